/**
 * `--log-runtime-metrics`: prints the two lines that Heroku prints for a dyno, for clients that read them on other hosts. The
 * figures are read beside the sample, which does not wait for them.
 */
import { encodeRuntimeMetrics } from '../../formats/heroku/runtime-metrics.ts';
import type { Origin } from '../../model/identity.ts';
import type { RuntimeFigures } from '../../model/runtime-figures.ts';
import type { Publication } from '../../verdict/publication.ts';
import type { Sink } from '../sink.ts';

export interface RuntimeMetricsOptions {
  /** In Heroku's form, see `identifyAsDyno`. */
  readonly identity: Origin;
  readonly read: () => Promise<RuntimeFigures>;
  readonly write: (lines: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
}

export class RuntimeMetrics implements Sink {
  readonly name = 'runtime_metrics';
  readonly #options: RuntimeMetricsOptions;
  #reading = false;
  #closed = false;

  constructor(options: RuntimeMetricsOptions) {
    this.#options = options;
  }

  publish({ report }: Pick<Publication, 'report'>): void {
    if (!report.extra) void this.print();
  }

  close(): void {
    this.#closed = true;
  }

  /** Prints the lines of one sample, unless the figures of the one before are still being read. */
  async print(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      const lines = encodeRuntimeMetrics(this.#options.identity, await this.#options.read());
      if (!this.#closed) this.#options.write(lines);
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#reading = false;
    }
  }
}
