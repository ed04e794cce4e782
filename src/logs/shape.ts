/**
 * The shape of one life, seen as a whole and afterwards: does it climb to its end, has it settled, or neither? Detectors
 * are asked while time passes and are patient; a life that ended before they could speak has a shape all the same.
 *
 *   climbing      _/     flat     ______     slowing    ___---     unclear   /|  /|
 *             __/~             __/                   _/~               |/ | / |
 *          _/~               _/                    _/                     |/
 *
 * What it cannot see: whether a climb would have gone on. It is a reason only beside another one (the quota was passed).
 */
import { mannKendall } from '../stats/kendall.ts';
import { median } from '../stats/quantile.ts';
import { theilSen } from '../stats/theil-sen.ts';
import type { Point } from './curve.ts';

export interface Shape {
  readonly kind: 'climbing' | 'flat' | 'slowing' | 'unclear';
  /** From each quarter of its life to the next it has risen by about the same: no wave and no warm-up does. */
  readonly steady: boolean;
  /** How steep its second half is, beside the first; Infinity where the first was level or fell. */
  readonly lateShare: number;
  readonly spanSeconds: number;
  /** Of the whole life but its first tenth, units per second. */
  readonly slopePerSecond: number;
  /** Floors at its beginning and its end. */
  readonly from: number;
  readonly to: number;
}

export interface ShapeOptions {
  /** A rise of the second half that is smaller than this many units, or this share of the level, is none. */
  readonly minimumRise: number;
  readonly minimumRiseRatio: number;
}

/** Fewer points than this have no shape. */
const LEAST_POINTS = 12;
/** ... and so many are enough. */
const MOST_POINTS = 32;
/** The first part of a life is its start, which climbs in any program. */
const START_SHARE = 0.1;
/** The second half of a climb is at least this part as steep as the first. */
const LATE_SHARE = 0.6;
/** One step that brought more than this part of the rise. */
const STEP_SHARE = 0.4;
/** The least part of the whole rise from one quarter to the next; a straight line has a third. */
const STEADY_SHARE = 0.25;
/** Mann-Kendall z of a rise that is not chance: one in a hundred. */
const LEAST_Z = 2.33;

/**
 * @param all in order of time
 * @returns undefined where there is too little to see
 */
export function measureShape(all: readonly Point[], options: ShapeOptions): Shape | undefined {
  const points = inBlocks(all);
  if (points.length < LEAST_POINTS) return undefined;
  const begin = points[0]!.t;
  const spanSeconds = points.at(-1)!.t - begin;
  const settled = points.filter(({ t }) => t - begin >= START_SHARE * spanSeconds);
  const early = settled.filter(({ t }) => t - begin <= spanSeconds / 2);
  const late = settled.filter(({ t }) => t - begin >= spanSeconds / 2);
  const whole = lineOf(settled);
  const lateLine = lineOf(late);
  if (whole === undefined || lateLine === undefined || late.length < LEAST_POINTS / 3) return undefined;
  const levels = [0, 1, 2, 3].map((quarter) => levelOf(points, begin + (quarter / 4) * spanSeconds, spanSeconds / 4));
  const level = levels[3]!;
  const minimum = Math.max(options.minimumRise, options.minimumRiseRatio * level);
  const lateRise = lateLine * (spanSeconds / 2);
  const earlySlope = lineOf(early) ?? 0;
  return {
    kind: kindOf({ lateRise, lateLine, earlySlope, minimum, late }),
    steady: isSteady(levels),
    lateShare: earlySlope > 0 ? lateLine / earlySlope : Number.POSITIVE_INFINITY,
    spanSeconds,
    slopePerSecond: whole,
    from: Math.min(...points.slice(0, Math.ceil(points.length / 4)).map(({ least }) => least)),
    to: level,
  };
}

/** The least of each few neighbours: what comes and goes within a block is not seen. */
function inBlocks(points: readonly Point[]): Point[] {
  const size = Math.ceil(points.length / MOST_POINTS);
  const blocks: Point[] = [];
  for (let at = 0; at < points.length; at += size) {
    const block = points.slice(at, at + size);
    blocks.push({ ...block[0]!, least: Math.min(...block.map(({ least }) => least)) });
  }
  return blocks;
}

function kindOf(seen: {
  readonly lateRise: number;
  readonly lateLine: number;
  readonly earlySlope: number;
  readonly minimum: number;
  readonly late: readonly Point[];
}): Shape['kind'] {
  const { lateRise, lateLine, earlySlope, minimum, late } = seen;
  if (Math.abs(lateRise) < minimum) return 'flat';
  if (lateRise < 0 || mannKendall(floorsOf(late)).z < LEAST_Z || isStep(late)) return 'unclear';
  return lateLine < LATE_SHARE * earlySlope ? 'slowing' : 'climbing';
}

function levelOf(points: readonly Point[], from: number, seconds: number): number {
  const inside = points.filter(({ t }) => t >= from && t <= from + seconds);
  return median(inside.map(({ least }) => least)) ?? Number.NaN;
}

function isSteady([first = Number.NaN, ...others]: readonly number[]): boolean {
  const rise = (others.at(-1) ?? Number.NaN) - first;
  return rise > 0 && others.every((level, at) => level - (others[at - 1] ?? first) >= STEADY_SHARE * rise);
}

function lineOf(points: readonly Point[]): number | undefined {
  const [first] = points;
  if (!first || points.length < 3) return undefined;
  return theilSen(
    Float64Array.from(points, ({ t }) => t - first.t),
    floorsOf(points),
  )?.slope;
}

function floorsOf(points: readonly Point[]): Float64Array {
  return Float64Array.from(points, ({ least }) => least);
}

function isStep(points: readonly Point[]): boolean {
  const rise = points.at(-1)!.least - points[0]!.least;
  return points.some(({ least }, at) => at > 0 && least - points[at - 1]!.least > STEP_SHARE * rise);
}
