/**
 * The numbers in constants of the detectors, the watches and the log reports, and the rows of docs/constants.md, which
 * says what test holds each. `mutate-constants.js` writes that page; test/docs.test.ts checks that it has every number.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export const PAGE = 'docs/constants.md';

/**
 * Which tests must notice: first those of the same name, which are the quickest to fail, then the room, then those that
 * use the room.
 */
const ROOMS = [
  { sources: 'src/trend', tests: ['test/trend', 'test/verdict'] },
  { sources: 'src/verdict', tests: ['test/verdict'] },
  { sources: 'src/logs', tests: ['test/logs'] },
];

/** Places in arrays and conversions of units are no choices. */
const NO_CHOICES = /^(FIELDS|CLOSED|SECONDS_PER_YEAR|MONTHS_PER_YEAR)$/;

/**
 * A number within a constant.
 * @typedef {object} Literal
 * @property {string} file
 * @property {string} name of the constant, and which of its numbers if there are several: `BETS.1`
 * @property {string} value as it is written
 * @property {number} from where it begins in the file
 * @property {number} to
 *
 * @typedef {Literal & { readonly moves: readonly { readonly text: string, readonly noticedBy: string | undefined }[] }}
 *   Row
 */

/**
 * The numbers in constants of a source file, which are written in capitals at the top level. Zero is left out, because
 * nobody chose it: it is where something begins.
 * @param {string} file
 * @returns {Literal[]}
 */
export function literalsOf(file) {
  const text = readFileSync(file, 'utf8');
  const constants = text.matchAll(/^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: [^=\n]+)? = ([^;]*);$/gm);
  return [...constants].flatMap(({ 0: all, 1: name = '', 2: initializer = '', index }) => {
    if (NO_CHOICES.test(name)) return [];
    const begin = index + all.length - 1 - initializer.length;
    // Comments, texts and patterns hold digits that are no numbers.
    const code = initializer.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|\/(?:[^/\\\n]|\\.)+\//g, (part) =>
      ' '.repeat(part.length),
    );
    const numbers = [...code.matchAll(/(?<![\w.])(\d[\d_]*(?:\.\d+)?(?:e-?\d+)?)(?![\w.])/g)].filter(
      ([number]) => Number(number.replaceAll('_', '')) !== 0,
    );
    return numbers.map(([value], at) => {
      const offset = numbers[at]?.index ?? 0;
      const part = numbers.length === 1 ? '' : `.${at + 1}`;
      return { file, name: name + part, value, from: begin + offset, to: begin + offset + value.length };
    });
  });
}

/** The files whose constants are looked at, with the tests that must notice. */
export function sources() {
  return ROOMS.flatMap(({ sources, tests }) =>
    readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => `${sources}/${name}`)
      .map((file) => ({ file, tests: [...testsOfName(file), ...tests] })),
  );
}

/** @param {string} file */
function testsOfName(file) {
  const test = file.replace(/^src/, 'test').replace(/\.ts$/, '.test.ts');
  return existsSync(test) ? [test] : [];
}

/** The rows of the page as it is. @returns {Row[]} */
export function readPage() {
  let page = '';
  try {
    page = readFileSync(PAGE, 'utf8');
  } catch {
    return [];
  }
  const cells = [...page.matchAll(/^\| ([^|]+) \| `([^|]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  return cells.map(([, file = '', name = '', value = '', up = '', down = '']) => {
    const moves = [up, down].map((cell) => {
      const [text = '', test = ''] = cell.split(': ');
      return { text, noticedBy: test === '**no test**' ? undefined : `test/${test}.test.ts` };
    });
    return { file: `src/${file}`, name, value, from: 0, to: 0, moves };
  });
}
