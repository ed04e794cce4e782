/**
 * The file in which what was learned outlives leakwatch: read once at boot, written every ten minutes and at the end. It
 * is written beside itself and then renamed, so that whoever dies or is cut off leaves the old one or the new. Synchronous:
 * a file operation that is not waited for needs a thread. Its failures are counted, and said once until it works again.
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
import type { DaemonLog } from '../daemon-log.ts';

/** Characters, and bytes: about 1000 groups. */
const MOST_BYTES = 4 << 20;
const EVERY_MS = 600_000;

export interface StateFileOptions {
  readonly path: string;
  /** What was learned at another interval is set aside: its blocks have other lengths. */
  readonly intervalSeconds: number;
  readonly log: DaemonLog;
}

export class StateFile {
  readonly #options: StateFileOptions;
  /** Where symbolic links lead: they are not replaced. */
  readonly #path: string;
  #writtenAt = performance.now();
  #isFailing = false;
  #hasLeftOut = false;
  #failedTotal = 0;
  #leftOutTotal = 0;

  /** @throws {Error} if nothing can ever be kept there: its directory is missing, or it is something else than a file */
  constructor(options: StateFileOptions) {
    this.#options = options;
    this.#path = placeOf(options.path);
  }

  /** Writes that failed so far, and groups that did not fit, added up over all writes. */
  dropped(): readonly (readonly [what: string, total: number])[] {
    return [
      ['state_writes', this.#failedTotal],
      ['state_groups', this.#leftOutTotal],
    ];
  }

  get isDue(): boolean {
    return performance.now() - this.#writtenAt >= EVERY_MS;
  }

  /** What is there; undefined if nothing is. What cannot be used is set aside, with a warning. */
  read(): Learned | undefined {
    const { path, intervalSeconds, log } = this.#options;
    try {
      if (statSync(this.#path).size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
      const learned = decodeState(readFileSync(this.#path, 'utf8'));
      if (learned.intervalSeconds !== intervalSeconds)
        throw new Error(`it was learned at an interval of ${learned.intervalSeconds} s, not ${intervalSeconds} s`);
      log.info({ path, groups: learned.groups.length }, 'goes on from what was learned before');
      return learned;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') log.info({ path }, 'begins to learn: there is no state yet');
      else this.#setAside(message);
      return undefined;
    }
  }

  write(learned: Learned): void {
    const { path, log } = this.#options;
    this.#writtenAt = performance.now();
    const { text, leftOut } = encodeState(learned, MOST_BYTES);
    if (leftOut > 0 && !this.#hasLeftOut)
      log.warn({ path, groups: leftOut }, 'the state leaves out groups: it is too large');
    this.#hasLeftOut = leftOut > 0;
    this.#leftOutTotal += leftOut;
    try {
      replace(this.#path, text);
    } catch (error) {
      this.#failedTotal++;
      if (!this.#isFailing)
        log.warn(
          { path, reason: (error as Error).message },
          'the state cannot be written; it is tried again every ten minutes, and failures are counted',
        );
      this.#isFailing = true;
      return;
    }
    if (this.#isFailing) log.info({ path, failuresTotal: this.#failedTotal }, 'the state is written again');
    this.#isFailing = false;
  }

  /** In the place of what was set aside before. */
  #setAside(reason: string): void {
    const { path, log } = this.#options;
    const aside = `${this.#path}.set-aside`;
    try {
      renameSync(this.#path, aside);
      log.warn({ path, reason, setAside: aside }, 'the state cannot be used and is set aside; learns anew');
    } catch (error) {
      log.warn({ path, reason, alsoBecause: (error as Error).message }, 'the state cannot be used; learns anew');
    }
  }
}

function placeOf(path: string): string {
  if (!statSync(dirname(path)).isDirectory()) throw new Error(`${dirname(path)} is not a directory`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return path;
  if (!found.isFile()) throw new Error('it is not a file');
  return realpathSync(path);
}

/** For its owner alone. One of a name that is known stays behind where a write is cut off: the next one removes it. */
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
