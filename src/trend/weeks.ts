/**
 * Memory that grows over weeks: what an engineer sees who looks at one value a day for a month. A real machine falls now
 * and then, by a reload or at a weekend, so that for months no rise exceeds the deepest fall. But few machines without a
 * leak rise by a fifth in 24 days, nearly every day against nearly every earlier one.
 *
 * What it costs: a random walk of memory does so once in two or three years (family `random-walk`), and so do a few
 * deploys in a row that each take more (family `steps`).
 */
import type { Floors } from '../series/floors.ts';
import { kendallS } from '../stats/kendall.ts';
import type { JudgedMetric } from './detector.ts';
import { evennessOf, PARTAKING_SHARE, STEP_SHARE } from './rises.ts';

// `npm run bench:detection -- --constant NAME=VALUE` shows the false alarms and the leaks found with another value.

/** Windows are at least so long: in twelve days many machines grow that do not in 24. */
const LEAST_DAYS = 24;
/** Lengths of the windows, in blocks of one day and of two. */
const WINDOWS = [12, 16, 24, 32] as const;
/** Share of the blocks of a window that must be known: a day in five may have no samples. */
const LEAST_KNOWN = 0.8;
/** Least Kendall's tau: one pair of days in eleven may fall. Less: random walks; more: machines with a noisy load are missed. */
const LEAST_TAU = 0.82;
/** Least rise, as a share of the height before it: growth is told before it has doubled. */
const LEAST_RISE = 0.2;
/** And at least so many times the least rise of the metric. */
const LEAST_RISES = 2;
/** Share of the blocks that must take part in the rise: fewer are deploys, each of which takes more. */
const LEAST_PARTAKING = 0.6;
/** Least evenness of its quarters: none of them may stand still. */
const LEAST_EVENNESS = 0.15;
/** Blocks that each end is averaged over. */
const SMOOTH = 3;

/** @param level with blocks of days */
export function growsOverWeeks(floors: Floors, level: number, metric: JudgedMetric): boolean {
  if (!metric.warmsUp) return false;
  for (const blocks of WINDOWS) {
    if (blocks * floors.size(level) < LEAST_DAYS * floors.scale.day) continue;
    if (blocks > floors.kept(level)) return false;
    if (growsOver(floors, level, blocks, metric)) return true;
  }
  return false;
}

function growsOver({ floors }: Floors, level: number, blocks: number, metric: JudgedMetric): boolean {
  const base = floors.mean(level, blocks - SMOOTH, SMOOTH);
  const rise = floors.mean(level, 0, SMOOTH) - base;
  if (!(rise >= Math.max(LEAST_RISES * metric.minimumRise, LEAST_RISE * base))) return false;
  const heights: number[] = [];
  for (let back = blocks - 1; back >= 0; back--) {
    const height = floors.at(level, back);
    if (!Number.isNaN(height)) heights.push(height);
  }
  const { length } = heights;
  if (length < LEAST_KNOWN * blocks) return false;
  if (kendallS(heights, 0, length) < (LEAST_TAU * length * (length - 1)) / 2) return false;
  if (!(evennessOf({ blocks: floors, level, span: blocks - SMOOTH, smooth: SMOOTH }) >= LEAST_EVENNESS)) return false;
  return !isStaircase(heights, rise);
}

/** Is the rise the work of one step, or of few? Two days above the two before are a step: a peak of one day is none. */
function isStaircase(heights: readonly number[], rise: number): boolean {
  const span = heights.length - 1;
  let [largest, partaking] = [0, 0];
  for (let at = 1; at <= span; at++) {
    const [before, after] = [heights[at - 1]!, heights[at]!];
    if (after - before >= (PARTAKING_SHARE * rise) / span) partaking++;
    const step = Math.min(after, heights[at + 1] ?? after) - Math.max(before, heights[at - 2] ?? before);
    if (step > largest) largest = step;
  }
  return largest > STEP_SHARE * rise || partaking < LEAST_PARTAKING * span;
}
