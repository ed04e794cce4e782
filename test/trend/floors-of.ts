/** Floors of known values, for tests of one statistic at its boundary. */
import { Floors } from '../../src/series/floors.ts';
import { INTERVAL_SECONDS } from '../support/synthetic.ts';

const ignore = { blockClosed: () => undefined };

/** @param values one for each block of the level, oldest first; NaN = unknown */
export function floorsOf(values: readonly number[], level = 0): Floors {
  const floors = new Floors(INTERVAL_SECONDS);
  for (const value of values) for (let slot = 0; slot < floors.size(level); slot++) floors.push(value, ignore);
  return floors;
}

/** A straight line of so many values, and what `change` makes of it. */
export function line(length: number, change: (value: number, at: number) => number = (value) => value): number[] {
  return Array.from({ length }, (_, at) => change(at, at));
}
