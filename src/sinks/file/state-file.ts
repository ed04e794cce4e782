/**
 * The state file, in which learned levels outlive leakwatch: read once at boot, written every ten minutes and at the
 * end. Failures are counted, and logged once until a write succeeds. A state of another interval is kept beside it, as
 * `FILE.20s`, until leakwatch runs at that interval again.
 */
import { existsSync, renameSync } from 'node:fs';
import { readTextFile } from '../../config/text-file.ts';
import { decodeState, encodeState, isStateStart } from '../../formats/state.ts';
import type { Learned } from '../../model/learned.ts';
import { formatBytes } from '../../text/quantity.ts';
import type { DaemonLog } from '../daemon-log.ts';
import { type Kind, ownFile } from './own-file.ts';
import { checkReplaceable, replaceFile } from './replace.ts';

/** Also the limit in characters. About 1000 groups. */
const MOST_BYTES = 4 << 20;
/** A crash loses what was learned since the last write: ten minutes, of levels that are learned over days. */
const EVERY_MS = 600_000;
const STATE: Kind = { name: 'a state file of leakwatch', isStart: isStateStart };

export interface StateFileOptions {
  readonly path: string;
  /** A state learned at another interval cannot be used: its blocks have other lengths. */
  readonly intervalSeconds: number;
  readonly log: DaemonLog;
}

export class StateFile {
  readonly #options: StateFileOptions;
  readonly #path: string;
  #writtenAt = performance.now();
  #isFailing = false;
  #hasLeftOutGroups = false;
  #failedTotal = 0;
  #leftOutTotal = 0;

  /** @throws {Error} if no state can be kept at this path, see `checkReplaceable` */
  constructor(options: StateFileOptions) {
    this.#options = options;
    this.#path = options.path;
    checkReplaceable(options.path, STATE);
  }

  /** Totals since boot: writes that failed, and groups that did not fit into a write. */
  dropped(): readonly (readonly [what: string, total: number])[] {
    return [
      ['state_writes', this.#failedTotal],
      ['state_groups', this.#leftOutTotal],
    ];
  }

  /** Is it time for the next write? */
  get isDue(): boolean {
    return performance.now() - this.#writtenAt >= EVERY_MS;
  }

  /** @returns undefined if there is no state, or if it cannot be used; it is then set aside, with a warning */
  read(): Learned | undefined {
    const { path, intervalSeconds, log } = this.#options;
    const isFirst = isMissing(this.#path);
    const found = this.#readOne(this.#path);
    if (found?.intervalSeconds === intervalSeconds) return this.#goOn(found);
    if (found) {
      const kept = this.#pathOf(found.intervalSeconds);
      const learnedAt = found.intervalSeconds;
      if (this.#rename(this.#path, kept)) log.info({ path, learnedAt, kept }, 'keeps the state of another interval');
    }
    const own = this.#pathOf(intervalSeconds);
    const learned = existsSync(own) ? this.#readOne(own) : undefined;
    if (learned?.intervalSeconds === intervalSeconds && this.#rename(own, this.#path)) return this.#goOn(learned);
    if (isFirst || found) log.info({ path }, 'starts to learn: there is no state yet');
    return undefined;
  }

  #goOn(learned: Learned): Learned {
    this.#options.log.info(
      { path: this.#options.path, groups: learned.groups.length },
      'continues with the state learned before',
    );
    return learned;
  }

  /** Where the state of an interval waits while leakwatch runs at another one. */
  #pathOf(intervalSeconds: number): string {
    return `${this.#path}.${intervalSeconds}s`;
  }

  #readOne(path: string): Learned | undefined {
    try {
      if (isMissing(path)) return undefined;
    } catch (error) {
      this.#options.log.warn(
        { path, reason: (error as Error).message },
        'the state cannot be used; learning starts over',
      );
      return undefined;
    }
    try {
      return decodeState(readTextFile(path, MOST_BYTES));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EFBIG') this.#setAside(path, `it is larger than ${formatBytes(MOST_BYTES)}`);
      else if (code !== 'ENOENT') this.#setAside(path, message);
      return undefined;
    }
  }

  write(learned: Learned): void {
    const { path, log } = this.#options;
    this.#writtenAt = performance.now();
    const { text, leftOut } = encodeState(learned, MOST_BYTES);
    if (leftOut > 0 && !this.#hasLeftOutGroups)
      log.warn({ path, groups: leftOut }, 'the state is too large: groups are left out');
    this.#hasLeftOutGroups = leftOut > 0;
    this.#leftOutTotal += leftOut;
    try {
      replaceFile(this.#path, text, STATE);
    } catch (error) {
      this.#failedTotal++;
      if (!this.#isFailing)
        log.warn(
          { path, reason: (error as Error).message },
          'the state cannot be written; it is retried every ten minutes, and failures are counted',
        );
      this.#isFailing = true;
      return;
    }
    if (this.#isFailing) log.info({ path, failuresTotal: this.#failedTotal }, 'the state can be written again');
    this.#isFailing = false;
  }

  /** Keeps the file under another name, for people to look at. The first is never replaced, a later one by the next. */
  #setAside(path: string, reason: string): void {
    const first = `${this.#path}.set-aside`;
    const setAside = existsSync(first) ? `${first}.2` : first;
    if (this.#rename(path, setAside, reason))
      this.#options.log.warn(
        { path, reason, setAside },
        'the state cannot be used and is set aside; learning starts over',
      );
  }

  #rename(from: string, to: string, reason?: string): boolean {
    try {
      ownFile(to, STATE);
      renameSync(from, to);
      return true;
    } catch (error) {
      this.#options.log.warn(
        { path: from, ...(reason !== undefined && { reason }), alsoBecause: (error as Error).message },
        'the state cannot be used; learning starts over',
      );
      return false;
    }
  }
}

/** There is no state yet: no file, or an empty one that was made for it. @throws {Error} see `ownFile` */
function isMissing(path: string): boolean {
  return (ownFile(path, STATE)?.size ?? 0) === 0;
}
