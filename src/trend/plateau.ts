/** Has growth ended? A program that has what it needs keeps it: its floor is level in the second half of its life. */
import type { Floors } from '../series/floors.ts';
import { levelOf } from '../series/scale.ts';

/** A level floor moves by at most this share of its height. Chosen: W40 then counts workers of a size known to 5 %. */
const LEVEL_SHARE = 0.05;
/** Blocks that each end is averaged over. */
const SMOOTH = 2;
/** Hours that the floor must have been level for: as long as the verdict is `learning`. */
const LEAST_HOURS = 1;
/**
 * The last hour is compared in blocks of at least a sixth of it: ten minutes, longer than garbage collections are
 * apart.
 */
const FINE_BLOCKS_PER_HOUR = 6;

/** @returns the height of the floor; undefined where it still moves, or the life is too short to tell */
export function plateauOf(floors: Floors): number | undefined {
  const { scale, slots } = floors;
  if (slots < 2 * LEAST_HOURS * scale.hour) return undefined;
  const life = floors.lifeLevel();
  const half = Math.floor(floors.kept(life) / 2);
  const atHalf = floors.floors.mean(life, half, SMOOTH);
  const fine = levelOf(scale, scale.hour / FINE_BLOCKS_PER_HOUR);
  const now = floors.floors.mean(fine, 0, SMOOTH);
  const anHourAgo = floors.floors.mean(fine, Math.ceil((LEAST_HOURS * scale.hour) / floors.size(fine)), SMOOTH);
  const isLevel = (from: number) => Math.abs(now - from) <= LEVEL_SHARE * now;
  return isLevel(atHalf) && isLevel(anHourAgo) ? now : undefined;
}
