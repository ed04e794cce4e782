/**
 * Bundles a module with all that it imports, counts in it how often each block runs, and loads it. A block is the body of
 * a function, a branch of an `if`, `?:` or `switch`, the right side of `&&`, `||` and `??`, and the body of a loop.
 * Counters in the code cost about as much as the code; V8's own block coverage takes a millisecond to read.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { parseSync } from 'rolldown/utils';
import { textModules } from '../text-modules.js';

/**
 * @param {string} input path of the module
 * @returns {Promise<{ module: any, hits: Uint8Array }>} its exports, and one counter for each block
 */
export async function loadCounted(input) {
  const build = await rolldown({ input, platform: 'node', plugins: [textModules()] });
  const { output } = await build.generate({ format: 'esm', codeSplitting: false });
  const { code, blocks } = countBlocks(output[0].code);
  const hits = `export const __hits = new Uint8Array(${8 * Math.ceil(blocks / 8)});\n`;
  // Beside node_modules, so that what the bundle leaves outside of it is found.
  const directory = mkdtempSync(resolve('node_modules/.fuzz-'));
  try {
    const file = join(directory, 'module.js');
    writeFileSync(file, hits + code);
    const { __hits, ...module } = await import(pathToFileURL(file).href);
    return { module, hits: __hits };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string} code
 * @returns {{ code: string, blocks: number }}
 */
export function countBlocks(code) {
  let blocks = 0;
  /** What goes before the character at a position: the ends of inner nodes first, the beginnings of outer ones first. @type {Map<number, string>} */
  const begins = new Map();
  /** @type {Map<number, string>} */
  const ends = new Map();
  const insert = (/** @type {Map<number, string>} */ texts, /** @type {number} */ at, /** @type {string} */ text) =>
    texts.set(at, (texts.get(at) ?? '') + text);
  const hit = () => `__hits[${blocks++}]++`;

  /** @param {any} node @param {any} parent @param {string} key */
  const walk = (node, parent, key) => {
    const { type, start, end } = node;
    const isBranch = isStatementBranch(parent, key);
    const isExpression = isExpressionBranch(parent, key);
    if (type === 'BlockStatement') insert(begins, start + 1, `${hit()};`);
    else if (isBranch) insert(begins, start, `{${hit()};`);
    else if (isExpression) insert(begins, start, `(${hit()},`);
    else if (type === 'SwitchCase' && node.consequent.length > 0) insert(begins, node.consequent[0].start, `${hit()};`);
    for (const [name, value] of Object.entries(node))
      for (const child of Array.isArray(value) ? value : [value])
        if (typeof child?.type === 'string') walk(child, node, name);
    if (type === 'BlockStatement') return;
    if (isBranch) insert(ends, end, '}');
    else if (isExpression) insert(ends, end, ')');
  };
  walk(parseSync('module.js', code).program, undefined, '');

  let counted = '';
  let done = 0;
  for (const at of [...new Set([...begins.keys(), ...ends.keys()])].sort((a, b) => a - b)) {
    counted += code.slice(done, at) + (ends.get(at) ?? '') + (begins.get(at) ?? '');
    done = at;
  }
  return { code: counted + code.slice(done), blocks };
}

/** @param {any} parent @param {string} key */
function isStatementBranch(parent, key) {
  if (parent?.type === 'IfStatement') return key === 'consequent' || key === 'alternate';
  return key === 'body' && /^(?:For|While|DoWhile)/.test(parent?.type);
}

/** @param {any} parent @param {string} key */
function isExpressionBranch(parent, key) {
  if (parent?.type === 'ConditionalExpression') return key !== 'test';
  if (parent?.type === 'LogicalExpression') return key === 'right';
  return parent?.type === 'ArrowFunctionExpression' && parent.expression && key === 'body';
}
