/**
 * The shape of a rise over the last blocks of a level: in which order they rise, whether by one step, more slowly at
 * the end, or less than in the life before.
 */
import type { Blocks } from '../series/blocks.ts';
import type { Floors } from '../series/floors.ts';
import { reachesKendallS } from '../stats/kendall.ts';

/** Blocks of a rank window. */
export const RANK_WINDOW = 12;
/**
 * Least Kendall's S of those twelve blocks, of 66 at most. Under exchangeable blocks 50 has a chance of 1 in 8,000 and
 * 58 of 1 in 400,000 (exact distribution of S: Kendall 1975, Rank Correlation Methods). Of 58, 52 and 50 for a leak,
 * ADR 0017 compares the false alarms and the delays.
 */
export const RANK_S = { suspect: 50, leak: 58 };
/**
 * The largest increment may be this share of the rise: more is a step. An even part is 0.09 (of eleven) or 0.05 (of
 * twenty).
 */
export const STEP_SHARE = 0.4;
/**
 * An increment takes part in the rise if it has this share of an even part. Less: noise takes part; more: bursts do
 * not.
 */
export const PARTAKING_SHARE = 0.25;
/**
 * Share of the increments that must take part, or the rise is a few steps. Strict where steps are usual: on blocks of
 * hours.
 */
export const PARTAKING = { strict: 2 / 3, loose: 1 / 2 };
/**
 * The last third of a window must carry this share of an even third. Linear growth has 1, a root 0.55, a warm-up less.
 */
const LATE_SHARE = 0.6;
/** The second half of life must have risen this many times the quarter before it. Linear growth has 2, a root 1.41. */
const CONVEXITY = 1.5;
/** Blocks that each end of a whole life is averaged over. */
const LIFE_SMOOTH = 2;
/** The first quarter of a life is left out where it is asked whether the rest rises evenly: it is the warm-up. */
const WARM_UP_SHARE = 1 / 4;
/** Parts of a stretch whose rises are compared, and the least number of increments that tell. */
const PARTS = 4;
const LEAST_SPAN = 8;
/** Of things that are counted, a quarter may have brought so much of one more. Chosen: one half, the mean of 0 and 1. */
const GRAIN_SHARE = 0.5;

/** A rise over the last `span` increments of a level. */
export interface Ascent {
  readonly blocks: Blocks;
  readonly level: number;
  readonly span: number;
  /** Blocks that each end is averaged over. */
  readonly smooth: number;
  readonly rise: number;
}

/** Some of the last increments of a level. `span` need not be whole. */
type Stretch = Pick<Ascent, 'blocks' | 'level' | 'span' | 'smooth'>;

const window = new Float64Array(RANK_WINDOW);

/** Do the last twelve blocks rise almost one by one? @param least Kendall's S */
export function isRanked(blocks: Blocks, level: number, least: number): boolean {
  if (blocks.kept(level) < RANK_WINDOW) return false;
  blocks.read(level, window);
  return reachesKendallS(window, 0, RANK_WINDOW, least);
}

/** Is the rise the work of one increment, or of a few? @param partaking share of the increments that must take part */
export function isStepwise({ blocks, level, span, rise }: Ascent, partaking: number): boolean {
  let largest = 0;
  let rising = 0;
  for (let back = 0; back < span; back++) {
    const increment = blocks.at(level, back) - blocks.at(level, back + 1);
    if (increment > largest) largest = increment;
    if (increment >= (PARTAKING_SHARE * rise) / span) rising++;
  }
  return largest > STEP_SHARE * rise || rising < partaking * span;
}

/** Has the last third of the span brought less than it should? */
export function isSlowing({ blocks, level, span, smooth, rise }: Ascent): boolean {
  const third = Math.floor(span / 3);
  const late = blocks.mean(level, 0, smooth) - blocks.mean(level, third, smooth);
  return late < LATE_SHARE * (third / span) * rise;
}

/**
 * Has the second half of this life risen less than growth that goes on would? Warm-ups, caches and pools do. The
 * quarter before it counts as far as its rise exceeds the deepest fall.
 * @param now the newest value: on the level of a whole life it would be known late
 */
export function isConcave(floors: Floors, now: number): boolean {
  const level = floors.lifeLevel();
  const blocks = floors.floors;
  const life = floors.kept(level);
  const half = Math.floor(life / 2);
  const quarter = Math.floor(life / 4);
  const atHalf = blocks.mean(level, life - 1 - half, LIFE_SMOOTH);
  const atQuarter = blocks.mean(level, life - 1 - quarter, LIFE_SMOOTH);
  return now - atHalf < CONVEXITY * (atHalf - atQuarter - blocks.drawdown(level));
}

/**
 * How evenly the floor rises: the least rise of any quarter of a stretch as a share of an even quarter. A line has 1, a
 * warm-up, a wave or a step less; where a quarter falls it is below 0, and where nothing rises 0. NaN = unknown.
 * @param grain the least that the metric can grow by, of which half is added to the least quarter; 0 = nothing is
 */
export function evennessOf({ blocks, level, span, smooth }: Stretch, grain = 0): number {
  const heights = Array.from({ length: PARTS + 1 }, (_, part) =>
    heightAt(blocks, level, span * (1 - part / PARTS), smooth),
  );
  const rise = heights[PARTS]! - heights[0]!;
  if (rise <= 0) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (let part = 1; part <= PARTS; part++) least = Math.min(least, heights[part]! - heights[part - 1]!);
  return (PARTS * (least + GRAIN_SHARE * grain)) / rise;
}

/** The evenness of this life without its first quarter; NaN while it is too short to tell. @param grain see `evennessOf` */
export function evennessOfLife(floors: Floors, grain = 0): number {
  const level = floors.lifeLevel();
  const span = (1 - WARM_UP_SHARE) * (floors.kept(level) - LIFE_SMOOTH);
  if (span < LEAST_SPAN) return Number.NaN;
  return evennessOf({ blocks: floors.floors, level, span, smooth: LIFE_SMOOTH }, grain);
}

/** Slots that `evennessOfLife` looks at. */
export function lateSlots({ slots }: Floors): number {
  return (1 - WARM_UP_SHARE) * slots;
}

/** Rises of the third and of the fourth quarter of this life; NaN = unknown. */
export function lastQuarters(floors: Floors): readonly [third: number, fourth: number] {
  const level = floors.lifeLevel();
  const quarter = (floors.kept(level) - LIFE_SMOOTH) / 4;
  const at = (quarters: number) => heightAt(floors.floors, level, quarters * quarter, LIFE_SMOOTH);
  return [at(1) - at(2), at(0) - at(1)];
}

/** The mean of `smooth` blocks that end so many blocks ago, in between if that is no whole number. */
function heightAt(blocks: Blocks, level: number, back: number, smooth: number): number {
  const whole = Math.floor(back);
  const newer = blocks.mean(level, whole, smooth);
  if (whole === back) return newer;
  const older = blocks.mean(level, whole + 1, smooth);
  if (Number.isNaN(newer)) return older;
  return Number.isNaN(older) ? newer : newer + (back - whole) * (older - newer);
}
