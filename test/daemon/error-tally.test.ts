/** Which errors are told: the same one once an hour. */
import { expect, test } from 'vitest';
import { ErrorTally } from '../../src/daemon/error-tally.ts';

const HOUR = 3_600_000;

test('the same error is told once, and after an hour with its number', () => {
  const tally = new ErrorTally();
  const error = new Error('cannot read /proc');
  expect(tally.count(error, 0)).toBe(1);
  for (let at = 1; at <= 86; at++) expect(tally.count(error, at)).toBeUndefined();
  expect(tally.count(error, HOUR)).toBe(87);
  expect(tally.count(error, HOUR + 1)).toBeUndefined();
});

test('errors that differ in numbers alone are the same, others are told', () => {
  const tally = new ErrorTally();
  expect(tally.count(new Error("ENOENT, lstat '/proc/28367'"), 0)).toBe(1);
  expect(tally.count(new Error("ENOENT, lstat '/proc/4'"), 1)).toBeUndefined();
  expect(tally.count('EMFILE', 2)).toBe(1);
});

test('it keeps no more than a hundred kinds', () => {
  const tally = new ErrorTally();
  const kind = (at: number): string => 'x'.repeat(at);
  for (let at = 0; at < 101; at++) tally.count(kind(at), 0);
  expect(tally.count(kind(100), 1)).toBeUndefined();
  expect(tally.count(kind(0), 1)).toBe(1);
});
