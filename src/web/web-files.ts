/**
 * The files of the web configuration: whether they have changed since they were read, and whether others can read what
 * they should not. Costs one stat(2) for each file at a look; nothing is opened, and no thread is needed.
 */
import { type BigIntStats, statSync } from 'node:fs';
import type { DaemonLog } from '../sinks/daemon-log.ts';
import { printable } from '../text/printable.ts';
import type { WebFile } from './web-config.ts';

/** Chosen: samples may be far closer than changes of a certificate. */
const LOOK_EVERY_MS = 5000;
/** Chosen: a file that was written within this time may be half written; it is looked at once more. */
const UNSETTLED_MS = 1000;

const SECRETS = {
  key: { forbidden: 0o077, what: 'a private key' },
  hashes: { forbidden: 0o007, what: 'hashes of passwords or tokens' },
} as const;

export class WebFiles {
  readonly #files: readonly WebFile[];
  /** Stamps of the files as they were read, and at the last look. */
  #read: string;
  #last: string;
  #lookedAt: number;

  /** @param now as performance.now(), when they were read */
  constructor(files: readonly WebFile[], now: number) {
    this.#files = files;
    this.#read = this.#last = stampOf(files.map(({ path }) => look(path)));
    this.#lookedAt = now;
  }

  /** Whether they are to be read again; each change is told once. */
  haveChanged(now: number): boolean {
    if (now - this.#lookedAt < LOOK_EVERY_MS) return false;
    this.#lookedAt = now;
    const stats = this.#files.map(({ path }) => look(path));
    const stamp = stampOf(stats);
    const isSettled = stamp === this.#last || stats.every((stat) => !stat || ageMs(stat) >= UNSETTLED_MS);
    this.#last = stamp;
    if (stamp === this.#read || !isSettled) return false;
    this.#read = stamp;
    return true;
  }

  /** Writes a line for each file that others can read, or that somebody else owns. */
  warn(log: DaemonLog): void {
    for (const { path, secret } of this.#files) {
      const stat = secret && look(path);
      // A pipe is gone when it is read.
      if (!secret || !stat?.isFile()) continue;
      const { forbidden, what } = SECRETS[secret];
      const file = printable(path);
      const mode = (Number(stat.mode) & 0o777).toString(8).padStart(4, '0');
      if ((Number(stat.mode) & forbidden) !== 0)
        log.warn({ file, mode }, `others can read this file with ${what}; it should have mode 0600`);
      const uid = Number(stat.uid);
      if (uid !== 0 && uid !== process.getuid?.())
        log.warn({ file, uid }, `another user owns this file with ${what}, and can read and replace it`);
    }
  }
}

function look(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** Links are followed: where a secret is mounted in a pod, a link is turned to the new one. */
function stampOf(stats: readonly (BigIntStats | undefined)[]): string {
  return stats.map((stat) => stat && [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join()).join(';');
}

function ageMs({ mtimeMs, ctimeMs }: BigIntStats): number {
  return Date.now() - Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs);
}
