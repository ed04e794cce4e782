/** How far samples are taken apart so that they cost no more than their share of a core. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CpuBudget } from '../../src/daemon/cpu-budget.ts';

/** Takes samples for so long, each at the interval that the one before allows. */
function run(budget: CpuBudget, { seconds, cost, from = 0 }: { seconds: number; cost: number; from?: number }) {
  const intervals: number[] = [];
  let spent = 0;
  for (let t = from; t < from + seconds; t += budget.intervalSeconds) {
    budget.spend(cost, t);
    spent += cost;
    intervals.push(budget.intervalSeconds);
  }
  return { intervals, spent, last: intervals.at(-1)! };
}

test('a sample that costs less than its share changes nothing', () => {
  const { intervals } = run(new CpuBudget(20, 0.01), { seconds: 86_400, cost: 0.19 });
  expect(new Set(intervals)).toEqual(new Set([20]));
});

test('samples that cost 30 % of a core are soon taken 32 times as far apart', () => {
  const budget = new CpuBudget(0.1, 0.01);
  const { intervals, last } = run(budget, { seconds: 60, cost: 0.03 });
  expect(last).toBeCloseTo(3.2);
  // Half a second of processor time is spent first.
  expect(intervals.findIndex((interval) => interval > 0.1)).toBe(17);
});

test('the first samples of a start may cost more', () => {
  const budget = new CpuBudget(20, 0.01);
  expect(run(budget, { seconds: 60, cost: 0.3 }).last).toBe(20);
  expect(run(budget, { seconds: 6000, cost: 0.1, from: 60 }).last).toBe(20);
});

test('it comes back after two samples that cost less, as far as there is room', () => {
  const budget = new CpuBudget(1, 0.01);
  expect(run(budget, { seconds: 600, cost: 0.07 }).last).toBe(8);
  expect(run(budget, { seconds: 24, cost: 0.02, from: 600 }).intervals).toEqual([8, 4, 4, 4, 4]);
  expect(run(budget, { seconds: 24, cost: 0.005, from: 624 }).intervals.slice(0, 3)).toEqual([4, 1, 1]);
});

test('a cost that hovers around its share does not make it flap', () => {
  const budget = new CpuBudget(1, 0.01);
  let last = budget.intervalSeconds;
  let changes = 0;
  for (let at = 0, t = 0; at < 5000; at++, t += budget.intervalSeconds) {
    budget.spend(at % 2 === 0 ? 0.009 : 0.012, t);
    if (budget.intervalSeconds !== last) changes++;
    last = budget.intervalSeconds;
  }
  expect(changes).toBeLessThanOrEqual(1);
});

test('the first sample of a run on a large host changes nothing', () => {
  const budget = new CpuBudget(0.1, 0.01);
  budget.spend(1.2, 0);
  for (let at = 1; at < 4; at++) budget.spend(0.1, at);
  expect(budget.intervalSeconds).toBe(0.1);
  budget.spend(0.1, 4);
  expect(budget.intervalSeconds).toBeCloseTo(12.8);
});

test('one slow sample changes nothing', () => {
  const budget = new CpuBudget(1, 0.01);
  run(budget, { seconds: 100, cost: 0.008 });
  budget.spend(2, 100);
  expect(budget.intervalSeconds).toBe(1);
});

test('no interval is longer than five minutes, unless it is configured so', () => {
  expect(run(new CpuBudget(20, 0.01), { seconds: 86_400, cost: 1000 }).last).toBe(160);
  expect(run(new CpuBudget(3600, 0.01), { seconds: 864_000, cost: 1000 }).last).toBe(3600);
});

test('on average, no more than the share is spent, and half a second ahead', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 0.5, noNaN: true }),
      fc.double({ min: 0.1, max: 20, noNaN: true }),
      fc.double({ min: 0.005, max: 0.2, noNaN: true }),
      (cost, interval, share) => {
        fc.pre(cost / share < 100);
        const seconds = 4000;
        const { spent } = run(new CpuBudget(interval, share), { seconds, cost });
        // The samples of the median have to come before it reacts.
        expect(spent).toBeLessThanOrEqual(share * seconds + 0.5 + 5 * cost);
      },
    ),
    { numRuns: 300 },
  );
});
