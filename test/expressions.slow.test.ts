/**
 * Every regular expression of src that reads text of the host, of a log or of a client takes time that is linear in the
 * text, whatever the text. Two looks: an analysis of the expression (scslre), and texts made of its own parts, repeated.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import { parseAst } from 'rolldown/parseAst';
import { analyse } from 'scslre';
import { describe, expect, test } from 'vitest';

interface Expression {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** The longest line of a log (LONGEST_LINE in formats/heroku/lines.ts): no text that is read as a whole is longer. */
const LONGEST = 65_536;
/** Expressions that see short texts alone, which may be quadratic: characters, and what bounds them. */
const BOUNDED: Readonly<Record<string, number>> = {
  'src/formats/heroku/refusals.ts': 2000, // MOST_READ of troubles.ts
  'src/formats/heroku/troubles.ts': 2000, // the same
  'src/formats/heroku/tracebacks.ts': 2000, // the same
  'src/formats/heroku/head.ts': 500, // MOST_HEAD
  'src/formats/heroku/when.ts': 500, // the same
  'src/model/lasting.ts': 4096, // the longest path; a command line is read as far (sources/proc/looks.ts)
  'src/model/linear-pattern.ts': 4096, // patterns that the operator wrote
  'src/text/quantity.ts': 25, // digits of a number
};

const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.c?ts$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => `src/${file}`);

/** Those that are written as literals, found in the syntax tree. */
function literalsOf(file: string): Expression[] {
  const found: Expression[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('regex' in node && typeof node.regex === 'object' && node.regex !== null) {
      const { pattern, flags } = node.regex as { pattern: string; flags: string };
      found.push({ file, source: pattern, flags });
    }
    for (const value of Object.values(node)) walk(value);
  };
  walk(parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }));
  return found;
}

/** Those that a module makes from texts when it is loaded. */
async function madeBy(file: string): Promise<Expression[]> {
  const found: Expression[] = [];
  const { RegExp: original } = globalThis;
  globalThis.RegExp = new Proxy(original, {
    construct(target, [source, flags]) {
      const made = new target(source, flags);
      found.push({ file, source: made.source, flags: made.flags });
      return made;
    },
  });
  try {
    await import(/* @vite-ignore */ `../${file}?anew`);
  } finally {
    globalThis.RegExp = original;
  }
  return found;
}

/** Modules with `new RegExp` at their top. In `lasting.ts` others are made of the same separators when it is called. */
const MAKERS = [
  'src/formats/heroku/head.ts',
  'src/formats/heroku/refusals.ts',
  'src/formats/heroku/when.ts',
  'src/model/lasting.ts',
];
const SEPARATORS = '[-_.:/+]';
const CALLED: readonly Expression[] = [
  { file: 'src/model/lasting.ts', source: `(${SEPARATORS})${SEPARATORS}+`, flags: 'g' },
  { file: 'src/model/lasting.ts', source: `^${SEPARATORS}+|(?<!${SEPARATORS})${SEPARATORS}+$`, flags: 'g' },
  { file: 'src/model/lasting.ts', source: '(?<!\\d)4711(?!\\d)', flags: 'g' },
];

const made: Expression[] = [];
// One after the other: each puts its own class in the place of RegExp.
for (const file of MAKERS) made.push(...(await madeBy(file)));
const EXPRESSIONS = [...FILES.flatMap(literalsOf), ...made, ...CALLED];

/** A short text that a part of an expression matches, as far as that is easy to say. */
function textOf(part: AST.Element | AST.Alternative | AST.QuantifiableElement): string {
  switch (part.type) {
    case 'Character':
      return String.fromCodePoint(part.value);
    case 'CharacterClass':
    case 'CharacterSet':
      return (
        ['a', '1', ' ', '/', '.', '-', '"', ':', '(', '\u001b', '\n', 'A', 'é'].find((one) =>
          new RegExp(`^(?:${part.raw})$`, 'i').test(one),
        ) ?? ''
      );
    case 'Group':
    case 'CapturingGroup':
      return textOf(part.alternatives[0]!);
    case 'Alternative':
      return part.elements.map(textOf).join('');
    case 'Quantifier':
      return textOf(part.element).repeat(Math.max(1, Math.min(part.min, 8)));
    default:
      return '';
  }
}

/** Texts that begin as the expression begins, go on with some of its parts again and again, and end as none does. */
function attacksOn({ source, flags }: Expression, length: number): string[] {
  const attacks = new Set<string>();
  visitRegExpAST(new RegExpParser().parsePattern(source, 0, source.length, flags.includes('u')), {
    onAlternativeEnter({ elements }) {
      const texts = elements.map(textOf);
      for (let from = 0; from < texts.length; from++) {
        const before = texts.slice(0, from).join('');
        for (let to = from + 1; to <= texts.length; to++) {
          // All beginnings of the expression, and of the rest of it what is short.
          if (from > 0 && to > from + 3 && to < texts.length) continue;
          const repeated = texts.slice(from, to).join('');
          if (repeated !== '') attacks.add(`${before}${repeated.repeat(length / repeated.length)}\u0000`);
        }
      }
    },
  });
  return [...attacks];
}

test('all expressions of src are found', () => {
  expect(EXPRESSIONS.length).toBeGreaterThan(240);
  for (const file of MAKERS) expect(EXPRESSIONS.some((one) => one.file === file)).toBe(true);
});

test('the analysis finds no expression whose time grows faster than the text', () => {
  const quick = EXPRESSIONS.filter(({ file }) => !(file in BOUNDED));
  const slow = quick.filter(
    ({ source, flags }) =>
      analyse({ source, flags }, { reportTypes: { Move: true, Self: true, Trade: true } }).reports.length > 0,
  );
  expect(slow.map(({ file, source, flags }) => `${file} /${source}/${flags}`)).toEqual([]);
});

/** Processor time. A search that is linear takes about 1 ms for the longest text, one that is quadratic a second. */
const MOST_MS = 100;

describe('no text of its own parts keeps an expression busy', () => {
  test.each(FILES.filter((file) => EXPRESSIONS.some((one) => one.file === file)))('%s', (file) => {
    const length = BOUNDED[file] ?? LONGEST;
    for (const one of EXPRESSIONS) {
      if (one.file !== file) continue;
      const expression = new RegExp(one.source, one.flags.replace(/[gy]/g, ''));
      for (const attack of attacksOn(one, length)) {
        const before = process.cpuUsage();
        expression.test(attack);
        const { user } = process.cpuUsage(before);
        expect(user / 1000, `ms of ${expression} on ${JSON.stringify(attack.slice(0, 60))}...`).toBeLessThan(MOST_MS);
      }
    }
  });
});

test.each([
  // Only the analysis finds the first, and only the attack the others.
  ['\\s+[a-z]*$', 'analysis'],
  ['(?:quota|load_avg_\\w+)$', 'attack'],
  ['Error L1[0-3] \\([^)]*\\).*?\\b(\\d{1,9}) messages? dropped', 'attack'],
  ['^((?:\\u001b\\[\\d+m)*)(.*?)((?:\\u001b\\[\\d+m)*)$', 'attack'],
])('%s is found by the %s', (source, how) => {
  if (how === 'analysis') {
    expect(analyse({ source, flags: '' }, { reportTypes: { Move: true } }).reports).not.toEqual([]);
    return;
  }
  const begun = process.cpuUsage();
  for (const attack of attacksOn({ file: '', source, flags: '' }, LONGEST)) {
    new RegExp(source).test(attack);
    if (process.cpuUsage(begun).user / 1000 > MOST_MS) return;
  }
  expect.unreachable('no attack takes long');
});
