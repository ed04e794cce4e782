/**
 * The shape of one life as a whole, seen after its end: do its values climb to the end, have they settled, or neither?
 * A detector needs hours to judge; a life that was shorter still has a shape.
 *
 *   climbing      _/     flat     ______     slowing    ___---     unclear   /|  /|
 *             __/~             __/                   _/~               |/ | / |
 *          _/~               _/                    _/                     |/
 *
 * A shape does not show whether a climb would have gone on. A climb only counts with a second reason, such as a quota
 * that was passed.
 */
import { mannKendall } from '../stats/kendall.ts';
import { median } from '../stats/quantile.ts';
import { theilSen } from '../stats/theil-sen.ts';
import type { Point } from './curve.ts';

export interface Shape {
  readonly kind: 'climbing' | 'flat' | 'slowing' | 'unclear';
  /** True if every quarter of the life brought its share of the rise. A wave or a warm-up does not rise like that. */
  readonly steady: boolean;
  /** Slope of the second half as a share of the first half's; Infinity if the first half was level or fell. */
  readonly lateShare: number;
  readonly spanSeconds: number;
  /** Over the life without its start, units per second. */
  readonly slopePerSecond: number;
  /** `from` is the least value of the first quarter, `to` the median of the last. */
  readonly from: number;
  readonly to: number;
}

export interface ShapeOptions {
  /** If the second half rises by less than this many units, or by less than this share of the level, it is flat. */
  readonly minimumRise: number;
  readonly minimumRiseRatio: number;
}

/** Fewer points have no shape. The second half has six of 12: six that rise reach LEAST_Z, five do not (z = 2.2). */
const LEAST_POINTS = 12;
/**
 * Neighbouring points of a longer life are merged until at most this many are left. A merged point has the least value
 * of its points, which hides short peaks. Fewer points hide longer peaks, but leave less for the test.
 */
export const MOST_POINTS = 32;
/**
 * Least number of points in the second half; a gap in the log may leave few. Chosen: four or five can show that memory
 * is flat, though never a climb (see LEAST_POINTS); fewer show nothing.
 */
const LEAST_LATE_POINTS = 4;
/** Chosen: a line through two points has no residual, and one odd point gives it any slope. */
const LEAST_LINE_POINTS = 3;
/** The first part of a life is left out of its slopes. Chosen: the start climbs in any program. */
const START_SHARE = 0.1;
/**
 * A climb whose second half has less than this share of the first half's slope is slowing. A straight line has 1, and a
 * square root without its start 0.60.
 */
const LATE_SHARE = 0.6;
/**
 * If one point is above the point before by more than this share of the rise, the rise is a step and no climb. A climb
 * needs six points (see LEAST_POINTS), so five rises: this is twice the share of each if all are equal. The detector
 * has the same share (trend/rises.ts).
 */
const STEP_SHARE = 0.4;
/**
 * Least share of the rise between two neighbouring quarters of a steady climb. On a straight line each has a third; on
 * a square root the last has 0.249, so that it is not steady.
 */
const STEADY_SHARE = 0.25;
/**
 * Least Mann-Kendall z of a rise. Chance alone exceeds it in 1 % of cases: the 99 % quantile of the normal is 2.326.
 */
const LEAST_Z = 2.33;

/**
 * @param all points of the life, in order of time
 * @returns undefined if there are too few points
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
  if (whole === undefined || lateLine === undefined || late.length < LEAST_LATE_POINTS) return undefined;
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

/** The least value of each block of neighbours. */
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
  if (!first || points.length < LEAST_LINE_POINTS) return undefined;
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
