/**
 * Runs the examples in the comments of src: every line `expression // => value` under an @example, with what the file
 * exports in scope. Decimals are compared to as many digits as the example shows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface Example {
  readonly expression: string;
  /** Undefined where the example does not say. */
  readonly value: string | undefined;
}

const ROOT = new URL('../', import.meta.url);

/** The examples of a source file, in its order. */
function findExamples(source: string): Example[] {
  return [...source.matchAll(/\/\*\*(.*?)\*\//gs)].flatMap(([, comment = '']) => {
    const text = comment.replace(/^[ \t]*\*[ \t]?/gm, '');
    // The first part is what stands before any tag.
    const tags = text.split(/^\s*@(?=[a-z])/m).slice(1);
    return tags.filter((tag) => /^example\b/.test(tag)).flatMap((tag) => examplesOf(tag.slice('example'.length)));
  });
}

function examplesOf(text: string): Example[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const arrow = line.lastIndexOf(' // => ');
    if (arrow < 0) return { expression: line.trim(), value: undefined };
    return { expression: line.slice(0, arrow).trim(), value: line.slice(arrow + ' // => '.length).trim() };
  });
}

function evaluate(expression: string, scope: Readonly<Record<string, unknown>>): unknown {
  return new Function(...Object.keys(scope), `'use strict'; return (${expression});`)(...Object.values(scope));
}

/** The same value with its decimals as matchers that allow for the digits not shown. */
function asShown(value: unknown): unknown {
  if (typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value)) {
    return expect.closeTo(value, digitsShown(value));
  }
  if (Array.isArray(value)) return value.map(asShown);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asShown(inner)]));
  }
  return value;
}

/** Digits after the point: 3 of 0.025, 8 of 2.5e-7. */
function digitsShown(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (mantissa.split('.')[1] ?? '').length - Number(exponent));
}

const files = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => `src/${path}`)
  .sort();
const found = files
  .map((file) => ({ file, examples: findExamples(readFileSync(new URL(file, ROOT), 'utf8')) }))
  .filter(({ examples }) => examples.length > 0);

test('there are examples to run', () => {
  expect(found.length).toBeGreaterThan(0);
});

describe.each(found)('$file', ({ file, examples }) => {
  test.each(examples)('$expression', async ({ expression, value }) => {
    expect(value, 'an example needs its value: expression // => value').toBeDefined();
    const scope: Record<string, unknown> = await import(new URL(file, ROOT).href);
    expect(evaluate(expression, scope)).toEqual(asShown(evaluate(value!, scope)));
  });
});

describe('the reader of examples', () => {
  test('takes each line under an @example, up to the next tag', () => {
    const source =
      '/**\n * f(0) // => 9\n * @example f(1) // => 2\n *   g() // => [1,\n * @returns f(3) // => 4\n */\n/** @example h() */';
    expect(findExamples(source)).toEqual([
      { expression: 'f(1)', value: '2' },
      { expression: 'g()', value: '[1,' },
      { expression: 'h()', value: undefined },
    ]);
  });

  test('holds a decimal to the digits it shows', () => {
    expect({ a: [0.02504] }).toEqual(asShown({ a: [0.025] }));
    expect({ a: [0.0256] }).not.toEqual(asShown({ a: [0.025] }));
    expect(2.6e-7).not.toEqual(asShown(2.5e-7));
    expect(3.0001).not.toEqual(asShown(3));
  });
});
