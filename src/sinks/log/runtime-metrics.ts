/**
 * `--log-runtime-metrics`: the two lines that Heroku prints of a dyno, printed by us where there is no Heroku, so that its
 * clients have something to read. The figures are read beside the sample, which does not wait for them.
 */
import { encodeRuntimeMetrics } from '../../formats/heroku/runtime-metrics.ts';
import type { Identity } from '../../model/identity.ts';
import type { RuntimeFigures } from '../../model/runtime-figures.ts';

export interface RuntimeMetricsOptions {
  /** In the platform's form, see identifyAsDyno. */
  readonly identity: Identity;
  readonly read: () => Promise<RuntimeFigures>;
  readonly write: (lines: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
}

export class RuntimeMetrics {
  readonly #options: RuntimeMetricsOptions;
  #reading = false;

  constructor(options: RuntimeMetricsOptions) {
    this.#options = options;
  }

  /** Called once a sample; where the figures of the one before are still being read, this one has none. */
  async print(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      this.#options.write(encodeRuntimeMetrics(this.#options.identity, await this.#options.read()));
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#reading = false;
    }
  }
}
