/**
 * Turns the events of exports that begin with the newest line, as those of several log services do. Whether it is one is
 * told by its first events, which are held until then; the events of such an export are held and told from the last to
 * the first, in parts if there are too many.
 */
import type { LineOrigin, LogEvent } from './events.ts';

/** Steps in time that are looked at. Chosen: lines that come seconds too late are few, and no 20 of them are in a row. */
const LEAST_STEPS = 20;
/** Share of steps back in time from which on it begins with the newest. Chosen: between a few late lines and all. */
const BACK_SHARE = 0.75;
/** Chosen: more than the services export at once (Datadog 100,000); they take about 80 MB. */
const MOST_HELD = 200_000;

type Take = (event: LogEvent, origin: LineOrigin) => void;

export class Order {
  readonly #take: Take;
  #held: (readonly [LogEvent, LineOrigin])[] = [];
  #kind: 'unknown' | 'oldest first' | 'newest first' = 'unknown';
  #last = Number.NaN;
  #forward = 0;
  #back = 0;

  constructor(take: Take) {
    this.#take = take;
  }

  take(event: LogEvent, origin: LineOrigin): void {
    if (this.#kind === 'oldest first') {
      this.#take(event, origin);
      return;
    }
    this.#held.push([event, origin]);
    if (this.#kind === 'unknown') {
      if (origin.t > this.#last) this.#forward++;
      if (origin.t < this.#last) this.#back++;
      this.#last = origin.t;
      if (this.#forward + this.#back >= LEAST_STEPS) this.#decide();
    }
    if (this.#held.length >= MOST_HELD) this.flush();
  }

  /** Tells what is held because the order is not known yet. */
  settle(): void {
    if (this.#kind === 'unknown') this.#tell(this.#held);
  }

  /** Tells what is held. */
  flush(): void {
    if (this.#kind === 'unknown') this.#decide();
    this.#tell(this.#kind === 'newest first' ? this.#held.toReversed() : this.#held);
  }

  #tell(held: readonly (readonly [LogEvent, LineOrigin])[]): void {
    this.#held = [];
    for (const [event, origin] of held) this.#take(event, origin);
  }

  #decide(): void {
    const isBack = this.#back > BACK_SHARE * (this.#forward + this.#back);
    this.#kind = isBack ? 'newest first' : 'oldest first';
    if (!isBack) this.flush();
  }
}
