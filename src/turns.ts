/**
 * Slices long work so that the event loop gets a turn after each millisecond, and a scrape is answered meanwhile. Where
 * the others take long for their turn, because clients keep the server busy, a slice is as long as their last turn: a
 * sample then gets half of the time, whatever clients ask for.
 *
 *   for (...) {
 *     work();
 *     if (turns.over()) await turns.next();
 *   }
 *   await turns.take(workInPortions)
 */
import { setImmediate as afterEvents } from 'node:timers';
import { setImmediate } from 'node:timers/promises';
import type { InPortions } from './model/portions.ts';

const SLICE_MS = 1;
/** Chosen: no client should wait for longer. */
const MOST_SLICE_MS = 50;
/** Calls of `over` per reading of the clock (a power of 2): reading it takes longer than some of the work. */
const ASK_EVERY = 8;

let othersSeconds = 0;

/** Processor time, in seconds, that others have used so far in the turns that they were given. */
export function cpuOfOthers(): number {
  return othersSeconds;
}

/** Processor time, in seconds, that this process has used since. */
export function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

export class Turns {
  #sliceMs = SLICE_MS;
  #begun = performance.now();
  #asked = 0;

  /** Is this slice used up? Answers by the clock only every eighth time. For small work. */
  over(): boolean {
    return (++this.#asked & (ASK_EVERY - 1)) === 0 && this.isOver();
  }

  /** Runs work that is given in portions, with a turn for others when a slice is used up. */
  async take<Result>(work: InPortions<Result>): Promise<Result> {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      if (this.isOver()) await this.next();
    }
  }

  /** Lets the event loop run; resolves when it is our turn again. */
  async next(): Promise<void> {
    const left = performance.now();
    const before = process.cpuUsage();
    await setImmediate();
    othersSeconds += cpuSecondsSince(before);
    this.#begun = performance.now();
    this.#sliceMs = Math.min(MOST_SLICE_MS, Math.max(SLICE_MS, this.#begun - left));
  }

  /** Is this slice used up? Reads the clock each time. */
  isOver(): boolean {
    return performance.now() - this.#begun > this.#sliceMs;
  }
}

/** Chosen: an empty round takes some 20 us, so that work goes on after a few milliseconds, whatever comes. */
const MOST_ROUNDS = 64;
/** Chosen: with no work for so long, the event loop has come round. */
const TURN_PAST_MS = 1;

/** Which work is done first: `soon`, then `later`, then `last`. */
export type Priority = 'soon' | 'later' | 'last';

/**
 * Work that comes in many small parts, each at any time, as answers to requests do. It is done at once while no more than
 * a millisecond of this turn is used up; the rest is done by priority and in the order in which it came, a millisecond in
 * each turn. What is `last` is done after new connections are accepted: the event loop accepts one each time it goes
 * round, and the others wait in the kernel, so it goes round for as long as one is accepted each time.
 */
export class SharedTurns {
  readonly #waiting: Readonly<Record<Priority, (() => void)[]>> = { soon: [], later: [], last: [] };
  #begun = Number.NEGATIVE_INFINITY;
  /** When work was done last. */
  #ended = Number.NEGATIVE_INFINITY;
  #isScheduled = false;
  #hasAccepted = false;

  /** To be called when a connection is accepted. */
  accepted(): void {
    this.#hasAccepted = true;
  }

  do(priority: Priority, work: () => void): void {
    const now = performance.now();
    // Where nothing has to wait, nothing is scheduled, which would cost as much as the work.
    if (!this.#isScheduled && now - this.#ended > TURN_PAST_MS) this.#begun = now;
    if (!this.#isScheduled && now - this.#begun <= SLICE_MS) {
      work();
      this.#ended = performance.now();
    } else {
      this.#waiting[priority].push(work);
      this.#schedule();
    }
  }

  get #size(): number {
    const { soon, later, last } = this.#waiting;
    return soon.length + later.length + last.length;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    let rounds = 0;
    const round = (): void => {
      rounds++;
      const hasAccepted = this.#hasAccepted;
      this.#hasAccepted = false;
      const isLast = this.#size === this.#waiting.last.length;
      if (hasAccepted && isLast && rounds < MOST_ROUNDS) afterEvents(round);
      else this.#turn();
    };
    afterEvents(round);
  }

  #turn(): void {
    const { soon, later, last } = this.#waiting;
    this.#isScheduled = false;
    this.#begun = performance.now();
    do (soon.shift() ?? later.shift() ?? last.shift())!();
    while (this.#size > 0 && performance.now() - this.#begun <= SLICE_MS);
    this.#ended = performance.now();
    if (this.#size > 0) this.#schedule();
  }
}
