/**
 * The members of one group in one snapshot, added up to what its reading holds.
 */
import { Limits } from './bounds.ts';
import type { Membership } from './grouping.ts';
import type { Metric } from './metrics.ts';
import { isZombie, type ProcessSample, processId } from './snapshot.ts';

/** Adds up one group. A value that one member does not know is unknown for the group: a part is not the whole. */
export class Members {
  readonly zombies: ProcessSample[] = [];
  /** Of the living. */
  readonly limits = new Limits();
  orphans = 0;
  /** Trees. */
  roots = 0;
  #living = 0;
  #stateless = false;
  #threads: number | undefined = 0;
  #fds: number | undefined = 0;
  #rss: number | undefined = 0;
  #anon: number | undefined = 0;
  #root: ProcessSample | undefined;
  #oldest: ProcessSample | undefined;

  add(process: ProcessSample, membership: Membership): void {
    if (isZombie(process)) {
      this.zombies.push(process);
      return;
    }
    this.#living++;
    this.limits.add(process);
    if (process.state === undefined) this.#stateless = true;
    if (membership.orphan) this.orphans++;
    if (membership.root) {
      this.roots++;
      if (older(process, this.#root)) this.#root = process;
    }
    if (older(process, this.#oldest)) this.#oldest = process;
    this.#threads = sum(this.#threads, process.threads);
    this.#fds = sum(this.#fds, process.fds);
    this.#rss = sum(this.#rss, process.rssBytes);
    this.#anon = sum(this.#anon, process.anonBytes);
  }

  /** The oldest root; undefined where none lives. */
  get root(): ProcessSample | undefined {
    return this.#root;
  }

  /** The oldest root; where only orphans are left, the oldest of them; where only zombies are, nothing. */
  start(): string {
    const root = this.#root ?? this.#oldest;
    return root ? processId(root) : '';
  }

  values(): Partial<Record<Metric, number>> {
    const known: Partial<Record<Metric, number>> = { processes: this.#living };
    if (!this.#stateless) known.zombies = this.zombies.length;
    if (this.#threads !== undefined) known.threads = this.#threads;
    if (this.#fds !== undefined) known.fds = this.#fds;
    if (this.#rss !== undefined) known.rss = this.#rss;
    if (this.#anon !== undefined) known.anon = this.#anon;
    return known;
  }
}

function older(process: ProcessSample, than: ProcessSample | undefined): boolean {
  return (
    !than || process.startTicks < than.startTicks || (process.startTicks === than.startTicks && process.pid < than.pid)
  );
}

/** A sum in which an unknown part makes the whole unknown. */
export function sum(total: number | undefined, value: number | undefined): number | undefined {
  return total === undefined || value === undefined ? undefined : total + value;
}
