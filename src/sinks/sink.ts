/**
 * A sink is an output that is given every sample: the log, /metrics, a recording, a server that is pushed to, the page.
 * All sinks stand in one list (`commands/sinks.ts`).
 */
import type { Readings } from '../model/reading.ts';
import type { Publication } from '../verdict/publication.ts';

export interface SinkFacts {
  /** URL of the server, without a path. */
  readonly address?: string;
}

export interface Sink {
  /** Its name in `leakwatch_sink_failures_total` and in our own log. */
  readonly name: string;
  /**
   * Takes a sample. It must not make the sampling wait: data that cannot be written now are buffered within bounds, or
   * dropped and counted. If it throws, that is counted, and the other sinks get the sample all the same. The times of the
   * publication are for people; those of the readings never go back, for measuring how much time has passed.
   * Without readings the sample has failed: then the report is that of the last sample, marked `extra`, and what is new
   * are the events about leakwatch and its numbers (`self`).
   */
  publish(publication: Publication, readings: Readings | undefined): void;
  /** Numbers of dropped things so far, by name: `log_lines`, `recording_lines` ... */
  dropped?(): Iterable<readonly [what: string, total: number]>;
  /** Pushes that failed so far, by what they went to. */
  pushFailures?(): Iterable<readonly [target: string, total: number]>;
  /** Requests and connections that were refused so far, by reason. */
  refusals?(): Iterable<readonly [reason: string, total: number]>;
  /** Whether somebody may still receive from it when standard output has no reader any more. */
  readonly outlivesStdout?: boolean;
  /** Facts for our own log at the start. */
  readonly facts?: SinkFacts;
  /** Writes what it holds, within a bounded time. */
  close?(): Promise<void> | void;
}

/** The outputs of a run, as one. */
export class Sinks {
  readonly #sinks: Sink[] = [];
  readonly #failures = new Map<string, number>();
  /** Sinks whose last sample failed. They are reported once, and not at each sample. */
  readonly #failing = new Set<Sink>();
  readonly #onFailure: (error: unknown, sink: string) => void;

  /** @param onFailure told when a sink begins to fail */
  constructor(onFailure: (error: unknown, sink: string) => void) {
    this.#onFailure = onFailure;
  }

  add(sink: Sink): void {
    this.#sinks.push(sink);
    this.#failures.set(sink.name, 0);
  }

  publish(publication: Publication, readings: Readings | undefined): void {
    for (const sink of this.#sinks) {
      try {
        sink.publish(publication, readings);
        this.#failing.delete(sink);
      } catch (error) {
        this.#failures.set(sink.name, this.#failures.get(sink.name)! + 1);
        if (this.#failing.has(sink)) continue;
        this.#failing.add(sink);
        this.#onFailure(error, sink.name);
      }
    }
  }

  /** Samples that a sink failed to take so far, by sink. */
  failures(): ReadonlyMap<string, number> {
    return new Map(this.#failures);
  }

  dropped(): ReadonlyMap<string, number> {
    return new Map(this.#sinks.flatMap((sink) => [...(sink.dropped?.() ?? [])]));
  }

  /** Undefined where nothing is pushed. */
  pushFailures(): ReadonlyMap<string, number> | undefined {
    const failures = this.#sinks.flatMap((sink) => [...(sink.pushFailures?.() ?? [])]);
    return failures.length > 0 ? new Map(failures) : undefined;
  }

  /** Undefined where nothing is served. */
  refusals(): ReadonlyMap<string, number> | undefined {
    const refusals = this.#sinks.flatMap((sink) => [...(sink.refusals?.() ?? [])]);
    return refusals.length > 0 ? new Map(refusals) : undefined;
  }

  get outliveStdout(): boolean {
    return this.#sinks.some(({ outlivesStdout }) => outlivesStdout);
  }

  get facts(): SinkFacts {
    return Object.assign({}, ...this.#sinks.map(({ facts }) => facts));
  }

  /** Closes all of them at once; one that fails to keeps no other from it. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#sinks.map(async (sink) => sink.close?.()));
  }
}
