import { createContext, Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinearPattern, NotLinearError } from '../../src/model/linear-pattern.ts';

/** As Node's own engine finds it. A sticky expression begins where the last one ended: here always at the beginning. */
const context = createContext({ isFound: undefined as (() => boolean) | undefined });
const inTime = new Script('isFound()');

/** A made-up pattern may take Node for ever, which is what a `LinearPattern` is for; undefined after a second. */
function isFoundInTime(pattern: RegExp, text: string): boolean | undefined {
  context.isFound = () => isFound(pattern, text);
  try {
    return inTime.runInContext(context, { timeout: 1000 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}

function isFound(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}

const LETTERS = [
  'a',
  'b',
  'A',
  ' ',
  '/',
  '-',
  '_',
  '1',
  '\n',
  '\r',
  '\u2028',
  '\u00a0',
  'é',
  'ſ',
  'K',
  '\u212a',
  '😀',
  '\ud83d',
];
const text = fc.array(fc.constantFrom(...LETTERS), { maxLength: 8 }).map((letters) => letters.join(''));

const atom = fc.constantFrom(
  ...[
    'a',
    'b',
    '/',
    ' ',
    '-',
    'é',
    '😀',
    '.',
    '\\w',
    '\\W',
    '\\d',
    '\\s',
    '\\S',
    '\\.',
    '\\/',
    '\\n',
    '\\x61',
    '\\u0061',
    '\\0',
  ],
  ...['[ab]', '[^ab]', '[\\w/]', '[a-z]', '[]', '[^]', '[\\]a]', '[é😀]', '[\\s\\S]', '[[:alpha:]]', '[^\\W]'],
);
/** Without the flag u these are what they are by Annex B of the standard. */
const oldAtom = fc.constantFrom(
  '[\\w-]',
  '[\\w-x]',
  '{',
  ']',
  '}',
  'a{',
  'a{,2}',
  '\\a',
  '\\z',
  '\\p',
  '\\X61',
  '\\u{2}',
  '\\012',
  '\\-',
  '\\k',
  '\\cA',
);
const newAtom = fc.constantFrom('\\p{L}', '\\P{Lu}', '\\u{1f600}', '\\ud83d\\ude00', '\\u{61}', '[\\p{L}_]', '\\u212a');
const oldBetween = fc.constantFrom('^', '$', '\\b', '\\B');
/** With the flag u, V8 also finds \B in the middle of a code point, which ECMA-262 does not. */
const newBetween = fc.constantFrom('^', '$', '\\b');
const sign = fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{0}', '{1,}', '{0,2}', '{2,3}?');

/** Patterns of a few parts, one in another. */
function patterns(characters: fc.Arbitrary<string>, between: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ pattern: string; part: string; group: string }>((tie) => ({
    pattern: fc
      .array(fc.array(tie('part'), { maxLength: 3 }), { minLength: 1, maxLength: 2 })
      .map((alternatives) => alternatives.map((parts) => parts.join('')).join('|')),
    part: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.tuple(characters, sign).map(([one, how]) => one + how),
      between,
      fc.tuple(tie('group'), sign).map(([one, how]) => one + how),
    ),
    group: fc.tuple(fc.constantFrom('(', '(?:'), tie('pattern')).map(([begin, inner]) => `${begin}${inner})`),
  })).pattern;
}

function compiled(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

describe('a pattern is found where Node finds it', () => {
  test.each([
    ['patterns without flags', patterns(fc.oneof(atom, oldAtom), oldBetween), ['', 'i', 'm', 's', 'g', 'y', 'im']],
    ['patterns of code points', patterns(fc.oneof(atom, newAtom), newBetween), ['u', 'iu', 'imsu']],
  ])('%s', (_, pattern, flags) => {
    fc.assert(
      fc.property(
        pattern,
        fc.constantFrom(...flags),
        fc.array(text, { minLength: 4, maxLength: 4 }),
        (source, flag, texts) => {
          const expression = compiled(source, flag);
          fc.pre(expression !== undefined);
          const pattern = new LinearPattern(expression!);
          for (const one of texts) {
            const found = isFoundInTime(expression!, one);
            if (found !== undefined) expect(pattern.isIn(one), `${expression} on ${JSON.stringify(one)}`).toBe(found);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  test.each([
    /^ruby .*sidekiq/,
    /\bworker\b/,
    /[\w-]+/,
    /puma|unicorn/,
    /^(?<program>\S+?)( -\w+)* server$/,
    /^\/usr\/s?bin\/[^/ ]+( |$)/,
    /worker[-_ ]?\d{1,3}$/,
    /Ünïcode/i,
    /\p{Lu}\p{Ll}+/u,
    /^(\w+[ /-]?)+$/,
    /(?:)/,
  ])('%s', (pattern) => {
    for (const line of [
      'ruby /app/bin/sidekiq -C x',
      'unicorn worker[1] -c x',
      'my_worker',
      'worker-12',
      'node -r dotenv server',
      '/usr/sbin/cron -f',
      'ÜNÏCODE',
      'Ärger',
      '',
      '--',
    ])
      expect(new LinearPattern(pattern).isIn(line), line).toBe(isFound(pattern, line));
  });
});

test('what it keeps of earlier texts makes no difference, nor that it is forgotten', () => {
  const source = /(a|b)*a(a|b){12}c\b/;
  const pattern = new LinearPattern(source);
  const letters = fc.array(fc.constantFrom('a', 'b', 'c', ' '), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(letters, (some) => {
      const line = some.join('');
      expect(pattern.isIn(line), line).toBe(source.test(line));
    }),
    { numRuns: 1500 },
  );
});

// Node's engine would not come back from these: then the test ends by its own limit of time.
test.each([
  /^(\w+[ /-]?)+$/,
  /^(a|a)*$/,
  /(a*)*b/,
  /(.*)*(.*)*x/,
  /\s+$/,
  /(a?){100}a{100}$/,
  /^(([a-z])+.)+[A-Z]([a-z])+$/,
  /(((a*)*)*)*b/,
  /(?:\w{1,64}-){1,6}!/,
])('no text makes %s take long', (pattern) => {
  expect(new LinearPattern(pattern).isIn(`${'a'.repeat(4094)}!?`)).toBe(false);
});

describe('what cannot be matched so is refused by its name', () => {
  test.each([
    ['(?=a)b', 'lookahead (?='],
    ['^(?!.*sidekiq)ruby', 'negative lookahead (?!'],
    ['(?<=a)b', 'lookbehind (?<='],
    ['a(?<!a)b', 'negative lookbehind (?<!'],
    ['(a)\\1', 'backreference, as in \\1'],
    ['(?<n>a)\\k<n>', 'backreference \\k<'],
    ['\\c1', '\\c without a letter'],
    ['a{1001}', 'more than 1000 parts, its counts written out,'],
    ['((a{10}){10}){11}', 'more than 1000 parts, its counts written out,'],
    ['((((){999}){999}){999}){999}', 'more than 1000 parts, its counts written out,'],
    [`${'('.repeat(1001)}${')'.repeat(1001)}`, 'more than 1000 parts, its counts written out,'],
    ['a{0,99999999999999999999}', 'more than 1000 parts, its counts written out,'],
  ])('%s', (source, what) => {
    expect(() => new LinearPattern(new RegExp(source))).toThrow(new NotLinearError(what));
  });

  test('as much as 1000 parts is not', () => {
    expect(new LinearPattern(/^a{500}b{0,248}$/).isIn('a'.repeat(500))).toBe(true);
  });
});
