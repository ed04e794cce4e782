/** One rise with what a test says of it, for tests of one guard at its boundary. */
import { METRIC_ROWS, type Metric } from '../../src/model/metrics.ts';
import type { Floors } from '../../src/series/floors.ts';
import { scaleOf } from '../../src/series/scale.ts';
import { RANK_TRACK } from '../../src/trend/guards.ts';
import type { Lives } from '../../src/trend/lives.ts';
import { patienceOf } from '../../src/trend/patience.ts';
import type { Rise } from '../../src/trend/rise.ts';
import { DAY, INTERVAL_SECONDS } from '../support/synthetic.ts';
import { floorsOf, line } from './floors-of.ts';

export const patience = patienceOf(scaleOf(INTERVAL_SECONDS));

/** A bar that asks for no more than the least factor. */
const LOW_BAR = 20;

export interface Draft extends Partial<Rise> {
  readonly name?: Metric;
  /** Floors of this level, oldest first. */
  readonly values?: readonly number[];
}

type Asked = Pick<Lives, 'settledLives' | 'isAgeKnown' | 'usualHigh' | 'usualSpread' | 'neverSettle'>;

/** What is known of earlier lives: without `known`, of two that were not older and stayed at 0. */
export function livesWith(known: Partial<Asked>): Lives {
  const lives: Asked = {
    settledLives: 2,
    isAgeKnown: false,
    usualHigh: 0,
    usualSpread: 0,
    neverSettle: () => false,
    ...known,
  };
  return lives as Lives;
}

/** Nothing is known of earlier lives. */
export const FIRST_LIFE: Draft = {
  served: 0,
  lives: livesWith({ settledLives: 0, usualHigh: Number.NaN, usualSpread: Number.NaN }),
};

/** A rise by 100 of a metric that is well known, with what a test says of it. */
export function riseWith({ name = 'threads', values = line(32), level = 0, ...rest }: Draft): Rise {
  const floors = rest.floors ?? floorsOf(values, level);
  const track = rest.track ?? RANK_TRACK;
  const { span, smooth } = track;
  return {
    track,
    span,
    smooth,
    level,
    floors,
    blocks: floors.floors,
    metric: METRIC_ROWS.get(name)!,
    patience,
    isStrong: true,
    base: 100,
    now: 200,
    rise: 100,
    drawdown: 0,
    served: 30 * DAY,
    lives: livesWith({}),
    bar: LOW_BAR,
    ...rest,
  };
}

/** Floors that have been watched for so long, whatever they are. */
export function watchedFor(slots: number, values: readonly number[] = line(32)): Floors {
  return Object.defineProperty(floorsOf(values), 'slots', { value: slots });
}

/** 18 floors, of which those after the first quarter rise with this evenness: their last quarter brings less. */
export function lifeWith(evenness: number): number[] {
  // High enough that one thing more is nothing.
  const early = 1e6;
  const late = (8.5 * early * evenness) / (12 - 3.5 * evenness);
  const values = [0];
  for (let at = 1; at < 18; at++) values.push(values.at(-1)! + (at < 14 ? early : late));
  return values;
}
