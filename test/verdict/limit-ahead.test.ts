/** W20 on generated dynos: a leak from the start that reaches the quota within the day, under noise and sawteeth. */
import { expect, test } from 'vitest';
import { createState, step } from '../../src/step.ts';
import { evidenceOf, readingsOf, slotOf } from '../support/readings.ts';
import { HOUR, MIB, Random, sawtooth, wandering } from '../support/synthetic.ts';

const LIMIT = 512;
const REACHED = 0.98 * LIMIT;
/** When the owner must know. */
const TOLD_BY = 4.5 * HOUR;
const SEEDS = 24;

/** From 300 MB on, with noise of 3 to 10 MB: white, wandering, or a sawtooth of minutes to an hour. */
function dyno(seed: number, perHour: number): (slot: number) => number {
  const random = new Random(seed);
  const deviation = 3 + 7 * random.next();
  const wander = wandering(random, 0.95);
  const tooth = sawtooth(random, random.between(6, HOUR));
  const noises = [() => random.normal(), () => wander(), (slot: number) => Math.sqrt(12) * (tooth(slot) - 0.5)];
  const noise = noises[seed % noises.length]!;
  return (slot) => 300 + (perHour * slot) / HOUR + deviation * noise(slot);
}

/** Is it foretold in time, with a range that holds the truth? */
function isForetold(seed: number, perHour: number, isDyno: boolean): boolean {
  const megabytes = dyno(seed, perHour);
  const values: number[] = [];
  while (!(values.at(-1)! >= REACHED)) values.push(megabytes(values.length));
  const state = createState({ intervalSeconds: 20, falseAlarmsPerMonth: 1, isDyno });
  for (let slot = 0; slot < Math.min(TOLD_BY, values.length); slot++) {
    const used = Math.round(values[slot]! * MIB);
    const bounds = { memory: { used, limit: LIMIT * MIB, of: '/dyno' } };
    const { events } = step(state, readingsOf(slot, { groups: { web: { anon: used } }, bounds }));
    const told = events.find(({ code, at }) => code === 'W20' && at === 'warn');
    if (!told) continue;
    const { exhaustionLow, exhaustionHigh } = evidenceOf(told);
    const truth = (values.length - 1 - slotOf(told)) * 20;
    return exhaustionLow! <= truth && truth <= exhaustionHigh!;
  }
  return false;
}

const foretold = (perHour: number, isDyno: boolean) =>
  Array.from({ length: SEEDS }, (_, seed) => isForetold(seed, perHour, isDyno)).filter(Boolean).length;

test('a dyno that reaches its quota before its daily restart is told of by hour 4.5', { timeout: 60_000 }, () => {
  expect(foretold(38, true)).toBeGreaterThanOrEqual(0.95 * SEEDS);
  // 90 % of 90 seeds; here one is left to chance.
  expect(foretold(20, true)).toBeGreaterThanOrEqual(0.85 * SEEDS);
});

test('elsewhere what is more than six hours ahead is not', { timeout: 60_000 }, () => {
  expect(foretold(20, false)).toBeLessThanOrEqual(0.4 * SEEDS);
});
