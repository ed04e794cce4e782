/** What the last blocks of a level look like: do they rise, by one step, more slowly, less than before? */
import type { Blocks } from '../series/blocks.ts';
import type { Floors } from '../series/floors.ts';
import { reachesKendallS } from '../stats/kendall.ts';

/** Blocks of a rank window. */
export const RANK_WINDOW = 12;
/**
 * Kendall's S of 12 values is at most 66. For exchangeable values 50 has a chance of 1 in 8,000, which is a suspicion, and
 * 58 of 1 in 400,000, which is none but for the guards.
 */
export const RANK_S = { suspect: 50, leak: 58 };
/** The largest rise of one block may be this part of the whole: more is a step. */
const STEP_SHARE = 0.4;
/** So many of the increments must carry a quarter of their fair share, or it is a few steps; where those are usual, more. */
const EVEN_SHARE = 0.25;
const EVEN = { strict: 2 / 3, loose: 1 / 2 };
/** The last third of the window must carry this part of its fair share: less is growth that slows. */
const LATE_SHARE = 0.6;
/** The second half of life must have risen this much more than the quarter before it: linear growth has 2, a root 1.4. */
const CONVEXITY = 1.5;

const window = new Float64Array(RANK_WINDOW);

/** Do the last twelve rise almost one by one? @param least Kendall's S */
export function isRanked(blocks: Blocks, level: number, least: number): boolean {
  if (blocks.kept(level) < RANK_WINDOW) return false;
  blocks.read(level, window);
  return reachesKendallS(window, 0, RANK_WINDOW, least);
}

/** Is the rise of the last `span` increments the work of one of them, or of a few? */
export function isStep(blocks: Blocks, level: number, span: number, rise: number, strict: boolean): boolean {
  let largest = 0;
  let rising = 0;
  for (let back = 0; back < span; back++) {
    const increment = blocks.at(level, back) - blocks.at(level, back + 1);
    if (increment > largest) largest = increment;
    if (increment >= (EVEN_SHARE * rise) / span) rising++;
  }
  return largest > STEP_SHARE * rise || rising < (strict ? EVEN.strict : EVEN.loose) * span;
}

/** Has the last third of the span brought less than it should? @param smooth blocks that each end is averaged over */
export function isSlowing(blocks: Blocks, level: number, span: number, smooth: number, rise: number): boolean {
  const third = Math.floor(span / 3);
  const late = blocks.mean(level, 0, smooth) - blocks.mean(level, third, smooth);
  return late < LATE_SHARE * (third / span) * rise;
}

/** What the second half of its life has added to the floor. */
export function lateRise(floors: Floors): number {
  const level = floors.lifeLevel();
  return floors.floors.mean(level, 0, 2) - floors.floors.mean(level, Math.ceil(floors.kept(level) / 2) - 1, 2);
}

/**
 * Over its whole life: has the second half risen less than growth that goes on would? Warm-ups, caches and pools do.
 * What the quarter before it brought counts as far as it is more than the floor falls by itself.
 * @param now the newest value: on the level of a whole life it would be known late
 */
export function isConcave(floors: Floors, now: number): boolean {
  const level = floors.lifeLevel();
  const blocks = floors.floors;
  const life = floors.kept(level);
  const half = Math.floor(life / 2);
  const quarter = Math.floor(life / 4);
  const atHalf = blocks.mean(level, life - 1 - half, 2);
  const atQuarter = blocks.mean(level, life - 1 - quarter, 2);
  return now - atHalf < CONVEXITY * (atHalf - atQuarter - blocks.drawdown(level));
}

/** Was the floor still rising when its life ended, and by more than it ever fell? */
export function roseToTheEnd(floors: Floors): boolean {
  const level = floors.lifeLevel();
  const span = floors.kept(level) - 1;
  if (span < 6) return false;
  const rise = floors.floors.mean(level, 0, 2) - floors.floor(level, span);
  return rise > floors.floors.drawdown(level) && !isSlowing(floors.floors, level, span, 2, rise);
}
