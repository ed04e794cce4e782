/**
 * W50, monitor_degraded: leakwatch itself loses something, or sees less than it should. It follows the numbers that each
 * publication carries about leakwatch, one cause at a time. Pure. Not a `Watch` of the core: the numbers depend on the
 * run, and a replay of the recording does not repeat them.
 */
import { ALERTS } from '../model/alerts.ts';
import { splitMissKey } from '../model/misses.ts';
import { CAUSE_NAMES, CAUSES, type Cause } from './causes.ts';
import type { SelfState } from './publication.ts';
import type { Event, EventOf } from './report.ts';

/** The group of these events. */
const OWN_GROUP = 'leakwatch';
/** Samples in which the degraded ones are counted that begin it: five minutes at 20 s. */
const WINDOW = 15;
/** So many good samples in a row end it. */
const QUIET = 5;

/** How the number of a cause is to be read: a `total` of losses so far, or the `level` of now. */
type Reading = { readonly total: number } | { readonly level: number };

const READINGS: Readonly<Record<Cause, (self: SelfState) => Reading>> = {
  log_lines: ({ droppedTotal }) => ({ total: droppedTotal.get('log_lines') ?? 0 }),
  recording_lines: ({ droppedTotal }) => ({ total: droppedTotal.get('recording_lines') ?? 0 }),
  state_writes: ({ droppedTotal }) => ({ total: droppedTotal.get('state_writes') ?? 0 }),
  samples_failed: ({ failedTotal }) => ({ total: failedTotal }),
  samples_late: ({ lateTotal, leftOutTotal }) => ({ total: lateTotal - leftOutTotal }),
  sinks: ({ sinkFailuresTotal }) => ({ total: sum(sinkFailuresTotal.values()) }),
  pushes: ({ pushFailuresTotal }) => ({ total: sum(pushFailuresTotal?.values() ?? []) }),
  unreadable: ({ unreadable }) => ({ level: sum([...unreadable].map(([key, count]) => (isLoss(key) ? count : 0))) }),
  hidden: ({ hidden }) => ({ level: hidden === undefined ? 0 : 1 }),
  interval: ({ intervalSeconds, presentIntervalSeconds }) => ({
    level: presentIntervalSeconds > intervalSeconds ? presentIntervalSeconds : 0,
  }),
  memory: ({ memoryLeftBytes }) => ({ level: memoryLeftBytes ?? 0 }),
};

export class DegradationWatch {
  readonly #standings = CAUSE_NAMES.map((cause) => new Standing(cause));

  /** @returns what has changed with this sample, failed ones included */
  see(self: SelfState, t: number): readonly EventOf<'degradation'>[] {
    return this.#standings.flatMap((standing) => standing.next(self, t) ?? []);
  }

  /** What was told and is not over, each with its number of now. */
  standing(): readonly EventOf<'degradation'>[] {
    return this.#standings.flatMap((standing) => standing.told ?? []);
  }
}

/** One cause, followed from sample to sample. */
class Standing {
  readonly #cause: Cause;
  #total = 0;
  /** Numbers of the degraded samples of the window. */
  #bad: number[] = [];
  #sample = 0;
  /** Losses, and the time of the first one, since the last quiet; undefined = none. */
  #lost = 0;
  #since: number | undefined;
  #told: { readonly t: number; readonly at: 'alert' | 'warn' } | undefined;

  constructor(cause: Cause) {
    this.#cause = cause;
  }

  /** The event that was told, with the number of now; undefined = all is well, or it is no news yet. */
  get told(): EventOf<'degradation'> | undefined {
    return this.#told && this.#event(this.#told.t, this.#told.at);
  }

  next(self: SelfState, t: number): EventOf<'degradation'> | undefined {
    const sample = ++this.#sample;
    const amount = this.#amountOf(READINGS[this.#cause](self));
    this.#bad = this.#bad.filter((number) => sample - number < WINDOW);
    if (amount > 0) {
      this.#bad.push(sample);
      this.#since ??= t;
      this.#lost = amount;
      if (this.#told || this.#bad.length < CAUSES[this.#cause].begins) return undefined;
      this.#told = { t, at: CAUSES[this.#cause].at };
      return this.told;
    }
    if (this.#bad.length === 0) this.#forget();
    if (!this.#told || sample - (this.#bad.at(-1) ?? 0) < QUIET) return undefined;
    const event = this.#event(t, 'resolved');
    this.#told = undefined;
    this.#forget();
    return event;
  }

  /** What was lost since it began, if this sample lost anything; or the level of now. 0 = all is well. */
  #amountOf(reading: Reading): number {
    if ('level' in reading) return reading.level;
    const lost = reading.total - this.#total;
    this.#total = reading.total;
    return lost > 0 ? this.#lost + lost : 0;
  }

  #forget(): void {
    this.#bad = [];
    this.#lost = 0;
    this.#since = undefined;
  }

  #event(t: number, at: Event['at']): EventOf<'degradation'> {
    const evidence = { cause: this.#cause, amount: this.#lost, since: this.#since ?? t };
    const naming = { code: 'W50', desc: ALERTS.W50.name, group: OWN_GROUP } as const;
    return { t, ...naming, metric: 'processes', verdict: 'ok', previous: 'ok', value: undefined, at, evidence };
  }
}

/** A process that has ended is no loss. */
function isLoss(key: string): boolean {
  return splitMissKey(key).reason !== 'vanished';
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
