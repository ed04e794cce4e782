/**
 * Who may be connected: a bounded number of places. A new connection always gets one, so that a probe or a scraper is
 * answered whatever others hold. Where all are taken it gets the place of another connection: of the client who holds
 * most, the one that matters least (see `rankOf`), and of these the one that has been so for longest.
 * Cost: constant for a request; a look at each place for a connection that takes the place of another.
 */
import type { Socket } from 'node:net';
import { addressBlock } from './address-block.ts';
import { REFUSALS, type Refusal } from './refusals.ts';

/** What a connection is doing, and for how many seconds it may. First what matters least, once it is not fresh. */
const STAGES = {
  /** Its last answer is sent. It is read until the client closes it, because closing it before would lose the answer. */
  closing: 2,
  /** No complete request has come yet: it is silent, shakes hands, or writes. */
  waiting: 10,
  /** Between two requests. Longer than usual scrape intervals, so that a scraper keeps its connection. */
  kept: 125,
  /** Its answer is being sent. */
  sending: 30,
  /** As `answering`, for a client that asks again as soon as it is answered. */
  pressing: 30,
  /** A request has come, and it is us who have not answered yet. */
  answering: 30,
  /** It listens to events. */
  listening: Number.POSITIVE_INFINITY,
} as const;

export type Stage = keyof typeof STAGES;

export const KEPT_SECONDS = STAGES.kept;

const ORDER = Object.keys(STAGES) as readonly Stage[];

/**
 * A client that sends its request, or takes its answer, within this time is spared. Chosen: whatever the server does, it
 * reads what clients have sent within this time.
 */
const FRESH_MS = 1000;
/** A client that asks again within this time of its last answer is pressing. Chosen: no scraper does. */
const PRESSING_MS = 500;
/**
 * A quarter of the places, eight at most, is kept free, so that a connection that is to be closed has time, see `#leave`.
 */
const MOST_SPARE = 8;
const SPARE_SHARE = 0.25;
/** The event loop reads what has come once in each round, and the present round may have read already. */
const ROUNDS_TO_READ = 2;

/** The place of one connection. */
export interface Place {
  /** See `addressBlock`. */
  readonly client: string;
  stage: Stage;
  /** Begins `answering` or `pressing`. */
  ask(): void;
  /** Begins a stage. Does nothing once the connection is closed. */
  enter(stage: Stage): void;
  /** Counts a refusal. */
  refuse(why: Refusal): void;
}

export class Places {
  readonly #taken = new Set<TakenPlace>();
  /** Those of them that are to be closed soon. */
  readonly #leaving = new Set<TakenPlace>();
  readonly #countOf = new Map<string, number>();
  readonly #refused = new Map<Refusal, number>(REFUSALS.map((why) => [why, 0]));

  get size(): number {
    return this.#taken.size;
  }

  /** How often what was refused so far. */
  get refused(): ReadonlyMap<Refusal, number> {
    return this.#refused;
  }

  refuse(why: Refusal): void {
    this.#refused.set(why, this.#refused.get(why)! + 1);
  }

  /**
   * A place for an accepted connection, until it is closed.
   * @param most how many there may be, this one included
   */
  take(socket: Socket, most: number): Place {
    this.keepAtMost(most - 1);
    this.#leaveAtMost(most - Math.min(MOST_SPARE, Math.floor(SPARE_SHARE * most)));
    const place = new TakenPlace(socket, (why) => this.refuse(why));
    this.#taken.add(place);
    this.#countOf.set(place.client, (this.#countOf.get(place.client) ?? 0) + 1);
    socket.once('close', () => this.#free(place));
    return place;
  }

  /** Closes connections until no more than these are left. */
  keepAtMost(most: number): void {
    while (this.#taken.size > Math.max(0, most)) {
      const [leaving] = this.#leaving;
      this.#close(leaving ?? this.#leastImportant());
    }
  }

  /** Closes every connection on which no request has come that is not answered. */
  closeIdle(): void {
    for (const place of this.#taken) if (place.stage === 'waiting' || place.stage === 'kept') place.close();
  }

  closeAll(): void {
    for (const place of this.#taken) place.close();
  }

  #leaveAtMost(most: number): void {
    while (this.#taken.size - this.#leaving.size > most) {
      const place = this.#leastImportant();
      this.#leaving.add(place);
      this.#leave(place, place.stages, ROUNDS_TO_READ);
    }
  }

  /**
   * Closes a connection, unless a request has come on it: the event loop goes round before, because what has come is read
   * there. A client that asks on a connection that is just being closed would see it fail.
   */
  #leave(place: TakenPlace, stages: number, rounds: number): void {
    if (!this.#leaving.has(place)) return;
    if (place.stages !== stages) this.#leaving.delete(place);
    else if (rounds > 0) setImmediate(() => this.#leave(place, stages, rounds - 1));
    else this.#close(place);
  }

  #close(place: TakenPlace): void {
    if (place.stage !== 'closing') this.refuse('place');
    this.#free(place);
    place.close();
  }

  #leastImportant(): TakenPlace {
    const most = Math.max(...this.#countOf.values());
    const now = performance.now();
    let least: TakenPlace | undefined;
    let leastRank = Number.POSITIVE_INFINITY;
    for (const place of this.#taken) {
      if (this.#countOf.get(place.client) !== most || this.#leaving.has(place)) continue;
      const rank = rankOf(place, now);
      if (rank > leastRank || (rank === leastRank && place.since >= least!.since)) continue;
      least = place;
      leastRank = rank;
    }
    return least!;
  }

  #free(place: TakenPlace): void {
    if (!this.#taken.delete(place)) return;
    this.#leaving.delete(place);
    const left = this.#countOf.get(place.client)! - 1;
    if (left > 0) this.#countOf.set(place.client, left);
    else this.#countOf.delete(place.client);
  }
}

/** How much a connection matters: that of the lowest rank is closed first. */
function rankOf({ stage, since }: TakenPlace, now: number): number {
  const isFresh = (stage === 'waiting' || stage === 'sending') && now - since < FRESH_MS;
  return isFresh ? ORDER.indexOf('answering') - 0.5 : ORDER.indexOf(stage);
}

class TakenPlace implements Place {
  readonly client: string;
  stage: Stage = 'waiting';
  /** When the stage began, milliseconds of the monotonic clock. */
  since = 0;
  /** How many stages it has begun. */
  stages = 0;
  readonly refuse: (why: Refusal) => void;
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, refuse: (why: Refusal) => void) {
    this.client = addressBlock(socket.remoteAddress ?? '');
    this.#socket = socket;
    this.refuse = refuse;
    socket.once('close', () => clearTimeout(this.#timer));
    this.enter('waiting');
  }

  ask(): void {
    const isPressing = this.stage === 'kept' && performance.now() - this.since < PRESSING_MS;
    this.enter(isPressing ? 'pressing' : 'answering');
  }

  enter(stage: Stage): void {
    if (this.#socket.destroyed) return;
    this.stage = stage;
    this.stages++;
    this.since = performance.now();
    clearTimeout(this.#timer);
    const seconds = STAGES[stage];
    if (seconds === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => {
      if (stage !== 'closing' && stage !== 'kept') this.refuse('slow');
      this.close();
    }, seconds * 1000).unref();
  }

  close(): void {
    this.#socket.destroy();
  }
}
