/** Has growth ended? A program that has taken what it needs holds it: the floor of the later half of its life is level. */
import type { Floors } from '../series/floors.ts';
import { levelOf } from '../series/scale.ts';

/** The level half may rise, or fall, by this part of its height. */
const LEVEL_SHARE = 0.05;
/** Blocks that each end is averaged over. */
const SMOOTH = 2;
/** The level half must have lasted an hour. */
const LEAST_HOURS = 1;

/** @returns the height that the floor holds; undefined where it still moves, or is too young to tell */
export function plateauOf(floors: Floors): number | undefined {
  const { scale, slots } = floors;
  if (slots < 2 * LEAST_HOURS * scale.hour) return undefined;
  const life = floors.lifeLevel();
  const half = Math.floor(floors.kept(life) / 2);
  const atHalf = floors.floors.mean(life, half, SMOOTH);
  const fine = levelOf(scale, scale.hour / 6);
  const now = floors.floors.mean(fine, 0, SMOOTH);
  const anHourAgo = floors.floors.mean(fine, Math.ceil((LEAST_HOURS * scale.hour) / floors.size(fine)), SMOOTH);
  const isLevel = (from: number) => Math.abs(now - from) <= LEVEL_SHARE * now;
  return isLevel(atHalf) && isLevel(anHourAgo) ? now : undefined;
}
