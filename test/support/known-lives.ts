/**
 * A state file that knows earlier lives of programs, as after weeks beside them. A leak is then told after three hours
 * and a half, and not after the six or thirty of a first life: in quick motion after a minute, not after two or nine.
 */
import { writeFileSync } from 'node:fs';
import { encodeState } from '../../src/formats/state.ts';
import type { LearnedSeries } from '../../src/model/learned.ts';
import type { Metric } from '../../src/model/metrics.ts';
import { Watched } from '../trend/watched.ts';
import { DAY } from './synthetic.ts';

const AGES = 20;

export type KnownGroups = Readonly<Record<string, Readonly<Partial<Record<Metric, number>>>>>;

/** @param groups how high each metric was at every age, by the name of the group */
export function writeKnownLives(path: string, intervalSeconds: number, groups: KnownGroups): void {
  const learned = Object.entries(groups).map(([name, heights]) => ({
    name,
    lastSeen: Date.now() / 1000,
    series: Object.fromEntries(
      Object.entries(heights).map(([metric, height]) => [metric, knownSeries(metric as Metric, height)]),
    ),
  }));
  writeFileSync(path, encodeState({ intervalSeconds, groups: learned }, 1 << 22).text, { mode: 0o600 });
}

function knownSeries(metric: Metric, height: number): LearnedSeries {
  const heights = Array<number>(AGES).fill(height);
  return {
    ...new Watched(metric).detector.learned(),
    slots: 20 * DAY,
    lives: { settled: 4, unsettledSlots: 0, thirdRise: 0, fourthRise: 0, highs: heights, lows: heights },
  };
}
