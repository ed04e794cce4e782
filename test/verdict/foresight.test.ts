import { expect, test } from 'vitest';
import { Foresight } from '../../src/verdict/foresight.ts';

/** Forecasts that all name this moment, give or take ten minutes. */
const naming = (moment: number) => (t: number) => {
  const seconds = moment - t;
  return { seconds, low: seconds - 600, high: seconds + 600, slope: 1 };
};

/** The time at which forecasts have become steady, one each 20 seconds. */
function steadyAt(forecastAt: (t: number) => ReturnType<ReturnType<typeof naming>> | undefined): number {
  const foresight = new Foresight();
  for (let t = 0; ; t += 20) {
    foresight.see(t, forecastAt(t));
    if (foresight.isSteady(t)) return t;
  }
}

test('forecasts that name one moment are steady after an hour and a half', () => {
  expect(steadyAt(naming(1e6))).toBe(5400);
});

test('those that name another moment begin anew, and those that come nearer bit by bit as well', () => {
  expect(steadyAt((t) => naming(t < 5000 ? 1e6 : 2e6)(t))).toBe(10_400);
  const bending = (t: number) => naming(1e6 + (t < 20_000 ? t : 20_000))(t);
  expect(steadyAt(bending)).toBeGreaterThan(20_000);
});

test('a range that overlaps with all before is no other moment', () => {
  expect(steadyAt((t) => naming(1e6 + (t < 2000 ? 0 : 1200))(t))).toBe(5400);
  expect(steadyAt((t) => naming(1e6 + (t < 2000 ? 0 : 1201))(t))).toBe(7400);
  // The third overlaps with the second, and not with the first.
  expect(steadyAt((t) => naming(1e6 + (t < 1000 ? 0 : t < 2000 ? 1000 : 2000))(t))).toBe(7400);
});

test('what is lost for fifteen samples begins anew, and for less it does not', () => {
  const lost = (many: number) => (t: number) => (t < 1000 || t >= 1000 + 20 * many ? naming(1e6)(t) : undefined);
  expect(steadyAt(lost(14))).toBe(5400);
  expect(steadyAt(lost(15))).toBe(1000 + 300 + 5400);
});

test('it is empty before the first forecast, and when that is lost', () => {
  const foresight = new Foresight();
  expect(foresight.isEmpty).toBe(true);
  foresight.see(0, naming(1e6)(0));
  expect(foresight.isEmpty).toBe(false);
  for (let sample = 1; sample <= 15; sample++) foresight.see(20 * sample, undefined);
  expect(foresight.isEmpty).toBe(true);
  expect(foresight.isSteady(1e6)).toBe(false);
});
