/**
 * Password checks, one after the other. A check takes a tenth of a second of the thread that also takes the samples, so
 * all of them together may take a share of one core. Addresses take turns, and in each the user names, so that one who
 * guesses delays others by one check and not by all of theirs.
 * Source: fair queueing with the longest line cut first (McKenney 1990, Stochastic Fairness Queueing).
 */
import { cpuSecondsSince } from '../turns.ts';

/** Who asks for a check. */
export interface Asker {
  /** Takes turns with other addresses. */
  readonly address: string;
  /** Takes turns with other names of the same address. */
  readonly name: string;
  /** Checks of the same credentials are one check. */
  readonly digest: string;
  /** Has closed the connection: its place is free. */
  readonly isGone: () => boolean;
}

/** Chosen: of a core. At cost 10 that is two checks a second, and samples find the thread idle four times out of five. */
const SHARE = 0.2;
/** Chosen: at a tenth of a second for a check the last in the line waits for 8 s; Prometheus waits for 10 s. */
const MOST_WAITING = 16;

/** @param onSlice to be called at the beginning of each turn of the event loop that the check takes */
export type Check = (onSlice: () => void) => Promise<boolean>;

interface Waiting {
  readonly asker: Asker;
  readonly check: Check;
  readonly settle: (result: boolean | 'busy') => void;
}

export class CheckQueue {
  /** By address, then by name. First in the map = next; whoever had a turn goes to the end. */
  readonly #lines = new Map<string, Map<string, Waiting[]>>();
  #isRunning = false;

  /** @returns what the check returned; busy if the queue is full and others wait for shorter lines */
  run(asker: Asker, check: Check): Promise<boolean | 'busy'> {
    return new Promise((settle) => {
      this.#add({ asker, check, settle });
      if (!this.#isRunning) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#take(); next; next = this.#take()) {
      const begun = performance.now();
      let spentMs = 0;
      // A microtask runs when the slice is over, and before anybody else has the thread.
      const onSlice = (): void => {
        const before = process.cpuUsage();
        queueMicrotask(() => {
          spentMs += 1000 * cpuSecondsSince(before);
        });
      };
      // A check that fails has not let anybody in.
      const result = await next.check(onSlice).catch(() => false);
      next.settle(result);
      this.#settleSame(next.asker.digest, result);
      const restMs = spentMs / SHARE - (performance.now() - begun);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    this.#isRunning = false;
  }

  #add(waiting: Waiting): void {
    const { address, name } = waiting.asker;
    const names = this.#lines.get(address) ?? new Map<string, Waiting[]>();
    this.#lines.set(address, names);
    names.set(name, [...(names.get(name) ?? []), waiting]);
    if (this.#size() > MOST_WAITING) this.#remove(({ asker }) => asker.isGone(), 'busy');
    if (this.#size() > MOST_WAITING) {
      const longest = longestOf([...this.#lines.values()], (each) => sizeOf(each));
      const last = longestOf([...longest.values()], (line) => line.length).at(-1);
      this.#remove((each) => each === last, 'busy');
    }
  }

  /** The next whose client is still there. */
  #take(): Waiting | undefined {
    for (const [address, names] of this.#lines) {
      this.#lines.delete(address);
      const [name, line] = names.entries().next().value!;
      const waiting = line.shift();
      names.delete(name);
      if (line.length > 0) names.set(name, line);
      if (names.size > 0) this.#lines.set(address, names);
      if (waiting && !waiting.asker.isGone()) return waiting;
      waiting?.settle('busy');
    }
    return undefined;
  }

  #settleSame(digest: string, result: boolean): void {
    this.#remove(({ asker }) => asker.digest === digest, result);
  }

  #remove(isMeant: (waiting: Waiting) => boolean, result: boolean | 'busy'): void {
    for (const [address, names] of this.#lines) {
      for (const [name, line] of names) {
        const kept = line.filter((waiting) => !isMeant(waiting));
        for (const waiting of line) if (!kept.includes(waiting)) waiting.settle(result);
        if (kept.length > 0) names.set(name, kept);
        else names.delete(name);
      }
      if (names.size === 0) this.#lines.delete(address);
    }
  }

  #size(): number {
    return [...this.#lines.values()].reduce((sum, names) => sum + sizeOf(names), 0);
  }
}

function sizeOf(names: ReadonlyMap<string, readonly unknown[]>): number {
  return [...names.values()].reduce((sum, line) => sum + line.length, 0);
}

/** Of equals the last, which came last. */
function longestOf<T>(all: readonly T[], lengthOf: (one: T) => number): T {
  return all.reduce((longest, one) => (lengthOf(one) >= lengthOf(longest) ? one : longest));
}
