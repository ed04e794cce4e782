/**
 * The state file, in which learned levels outlive leakwatch: read once at boot, written every ten minutes and at the
 * end. A write goes to a second file that is then renamed, so a crash leaves either the old state or the new one.
 * Writes are synchronous, because an asynchronous one needs a thread. Failures are counted, and logged once until a
 * write succeeds.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { decodeState, encodeState } from '../../formats/state.ts';
import type { Learned } from '../../model/learned.ts';
import { formatBytes } from '../../text/quantity.ts';
import type { DaemonLog } from '../daemon-log.ts';

/** Also the limit in characters. About 1000 groups. */
const MOST_BYTES = 4 << 20;
/** A crash loses what was learned since the last write: ten minutes, of levels that are learned over days. */
const EVERY_MS = 600_000;

export interface StateFileOptions {
  readonly path: string;
  /** A state learned at a different interval cannot be used: its blocks have different lengths. */
  readonly intervalSeconds: number;
  readonly log: DaemonLog;
}

export class StateFile {
  readonly #options: StateFileOptions;
  /** The target if `options.path` is a symbolic link: renaming onto the link would replace it. */
  readonly #path: string;
  #writtenAt = performance.now();
  #isFailing = false;
  #hasLeftOutGroups = false;
  #failedTotal = 0;
  #leftOutTotal = 0;

  /** @throws {Error} if no state can be kept at this path: the directory is missing, or the path is no file */
  constructor(options: StateFileOptions) {
    this.#options = options;
    this.#path = targetOf(options.path);
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
    try {
      if (statSync(this.#path).size > MOST_BYTES) throw new Error(`it is larger than ${formatBytes(MOST_BYTES)}`);
      const learned = decodeState(readFileSync(this.#path, 'utf8'));
      if (learned.intervalSeconds !== intervalSeconds)
        throw new Error(`it was learned at an interval of ${learned.intervalSeconds} s, not ${intervalSeconds} s`);
      log.info({ path, groups: learned.groups.length }, 'continues with the state learned before');
      return learned;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') log.info({ path }, 'starts to learn: there is no state yet');
      else this.#setAside(message);
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
      replace(this.#path, text);
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

  /** Keeps the file under another name, for people to look at. It replaces one that was set aside before. */
  #setAside(reason: string): void {
    const { path, log } = this.#options;
    const aside = `${this.#path}.set-aside`;
    try {
      renameSync(this.#path, aside);
      log.warn({ path, reason, setAside: aside }, 'the state cannot be used and is set aside; learning starts over');
    } catch (error) {
      log.warn(
        { path, reason, alsoBecause: (error as Error).message },
        'the state cannot be used; learning starts over',
      );
    }
  }
}

/** The file that is written: the path, or the target of a symbolic link. */
function targetOf(path: string): string {
  if (!statSync(dirname(path)).isDirectory()) throw new Error(`${dirname(path)} is not a directory`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return path;
  if (!found.isFile()) throw new Error('it is not a file');
  return realpathSync(path);
}

/**
 * Writes a new file and renames it onto the old one. Only the owner may read it. The name of the new file is fixed, so
 * that one left behind by an interrupted write is removed by the next write.
 */
function replace(path: string, text: string): void {
  const beside = `${path}.new`;
  rmSync(beside, { force: true });
  const file = openSync(beside, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
}
