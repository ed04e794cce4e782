/** A series with its growth detector, as a judge holds them. */
import { METRIC_ROWS, type Metric } from '../../src/model/metrics.ts';
import { FloatArena } from '../../src/series/float-arena.ts';
import { Floors } from '../../src/series/floors.ts';
import { scaleOf } from '../../src/series/scale.ts';
import { Series } from '../../src/series/series.ts';
import type { Stage } from '../../src/trend/detector.ts';
import { GrowthDetector } from '../../src/trend/growth.ts';
import { type GrowthLine, measureGrowth } from '../../src/trend/growth-line.ts';
import { EPOCH, INTERVAL_SECONDS } from '../support/synthetic.ts';

export class Watched {
  readonly series: Series;
  readonly detector: GrowthDetector;
  readonly #epoch: number;

  constructor(name: Metric, { falseAlarmsPerYear = 1, epoch = EPOCH } = {}) {
    const scale = scaleOf(INTERVAL_SECONDS);
    const arena = new FloatArena(Floors.sizeOf(scale) + GrowthDetector.sizeOf(scale));
    this.series = new Series(INTERVAL_SECONDS, arena);
    this.detector = new GrowthDetector({
      metric: METRIC_ROWS.get(name)!,
      series: this.series,
      arena,
      falseAlarmsPerYear,
    });
    this.#epoch = epoch;
  }

  push(slot: number, value: number): Stage {
    this.series.push(this.#epoch + slot * INTERVAL_SECONDS, value, this.detector);
    return this.detector.stage;
  }

  restart(): void {
    this.detector.restart();
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
