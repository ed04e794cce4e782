/** A series with its growth detector, as a judge holds them. */
import { METRICS, type Metric } from '../../src/model/metrics.ts';
import { FloatArena } from '../../src/series/float-arena.ts';
import { Series } from '../../src/series/series.ts';
import type { Stage } from '../../src/trend/detector.ts';
import { GrowthDetector } from '../../src/trend/growth.ts';
import { type GrowthLine, measureGrowth } from '../../src/trend/growth-line.ts';
import { EPOCH, INTERVAL_SECONDS } from '../support/synthetic.ts';

export class Watched {
  readonly series = new Series(INTERVAL_SECONDS);
  readonly detector: GrowthDetector;
  readonly #epoch: number;

  constructor(metric: Metric, { falseAlarmsPerYear = 1, epoch = EPOCH } = {}) {
    const row = METRICS.find(({ name }) => name === metric)!;
    const { scale } = this.series.floors;
    this.detector = new GrowthDetector(row, scale, falseAlarmsPerYear, new FloatArena(GrowthDetector.sizeOf(scale)));
    this.#epoch = epoch;
  }

  push(slot: number, value: number): Stage {
    const t = this.#epoch + slot * INTERVAL_SECONDS;
    this.series.push(t, value, { blockClosed: (level) => this.detector.blockClosed(this.series.floors, level) });
    return this.detector.stage;
  }

  restart(): void {
    this.detector.restart(this.series.floors);
    this.series.restart();
  }

  growth(): GrowthLine | undefined {
    return measureGrowth(this.series, this.detector.level);
  }

  /** Slots since the epoch until the growth began. */
  sinceSlot(): number {
    return (this.growth()!.since - this.#epoch) / INTERVAL_SECONDS;
  }
}

export interface Turn {
  readonly slot: number;
  readonly stage: Stage;
}

/** Every change of the stage over so many slots. */
export function turns(watched: Watched, values: (slot: number) => number, slots: number): Turn[] {
  const turned: Turn[] = [];
  let before = watched.detector.stage;
  for (let slot = 0; slot < slots; slot++) {
    const stage = watched.push(slot, values(slot));
    if (stage !== before) turned.push({ slot, stage });
    before = stage;
  }
  return turned;
}
