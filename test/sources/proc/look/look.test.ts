import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mostFirst } from '../../../../src/model/look.ts';
import { LookBudget } from '../../../../src/sources/proc/look/budget.ts';
import { looker, NOW } from '../../../support/looker.ts';

const VANISHED = { t: NOW, at: 'threads', kinds: [], incomplete: 'vanished' };

test('a different process with the same pid is not looked at', () => {
  expect(looker({}).look('threads', undefined, 6)).toEqual(VANISHED);
});

test('the look says if the process has ended', () => {
  const { tree, look } = looker({});
  rmSync(`${tree.dir}/10/task`, { recursive: true });
  expect(look('threads')).toEqual(VANISHED);
  tree.kill(10);
  expect(look('threads')).toEqual(VANISHED);
});

test('a look has room for 64 kinds, and adds up the rest', () => {
  const kinds = Array.from({ length: 70 }, (_, at) => ({ name: `${at}`, amount: at + 1 }));
  const look = mostFirst(kinds);
  expect(look.kinds).toHaveLength(64);
  expect(look.kinds[0]).toEqual({ name: '69', amount: 70 });
  expect(look.rest).toBe(1 + 2 + 3 + 4 + 5 + 6);
  expect(mostFirst(kinds.slice(0, 64))).not.toHaveProperty('rest');
});

test('a budget is used up after 2,000 files, and stays so', () => {
  const budget = new LookBudget(() => 0);
  const allowed = Array.from({ length: 2100 }, () => budget.spend());
  expect(allowed.indexOf(false)).toBe(2000);
  expect(allowed.lastIndexOf(true)).toBe(1999);
  expect(new LookBudget(() => 0).spend(2001)).toBe(false);
});

test('a budget is used up after 20 ms of processor time', () => {
  let used = 0;
  const budget = new LookBudget(() => used);
  const allowed = Array.from({ length: 100 }, () => {
    used += 0.001;
    return budget.spend();
  });
  // The clock is read at each eighth file: at the 1st, 9th, 17th and 25th.
  expect(allowed.indexOf(false)).toBe(24);
  expect(allowed.lastIndexOf(true)).toBe(23);
});

test('a part of it may be used up before the rest, and work without a file reads the clock each time', () => {
  let used = 0;
  const budget = new LookBudget(() => used);
  expect(budget.spend(1000, 0.5)).toBe(true);
  expect(budget.spend(1, 0.5)).toBe(false);
  expect(budget.spend(1)).toBe(true);
  used = 0.011;
  expect(budget.spend(0)).toBe(true);
  expect(new LookBudget(() => used).spend(0, 0.5)).toBe(false);
  used = 0.021;
  expect(budget.spend(0)).toBe(false);
});
