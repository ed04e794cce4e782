/**
 * Where log lines go: standard output, or a recording, through pino's destination, which writes behind our back and
 * holds at most a bounded amount. A reader that has stopped reading makes it drop lines, and they are counted; it never
 * makes the daemon wait.
 */
import { constants, fstatSync, openSync } from 'node:fs';
import pino from 'pino';

/** Bytes held for a slow reader. */
const MOST_HELD = 1 << 20;

export interface LineOutput {
  write(lines: readonly string[]): void;
  /** Lines that were lost. */
  readonly dropped: number;
  /** Writes what is held, as far as the reader takes it. */
  close(): Promise<void>;
}

export interface LineOutputOptions {
  /** An open descriptor. */
  readonly to: number;
  /** Told once of each kind of failure. */
  readonly onError: (error: Error) => void;
}

/**
 * Standard output or error, so that a write to it never waits. A pipe that nobody reads would hold the one thread of
 * libuv's pool for ever, and the end of the program with it; opened a second time without blocking it says EAGAIN instead,
 * and what others do with the pipe is not touched. Files take what they are given; a socket (the journal's) cannot be
 * opened so.
 */
export function openUnblocked(fd: number): number {
  try {
    if (!fstatSync(fd).isFIFO()) return fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}

/** How long a last reader may take; a sidecar that lingers holds up its app's end. */
const CLOSE_MS = 500;

export function openLineOutput({ to, onError }: LineOutputOptions): LineOutput {
  const destination = pino.destination({ dest: to, sync: false, maxLength: MOST_HELD });
  let dropped = 0;
  let broken = false;
  const told = new Set<string>();
  destination.on('drop', (text: string) => {
    dropped += text.split('\n').length - 1;
  });
  destination.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') broken = true;
    const kind = error.code ?? error.message;
    if (told.has(kind)) return;
    told.add(kind);
    onError(error);
  });
  return {
    write(lines) {
      if (broken) dropped += lines.length;
      // All at once: each write that is not waited for is a way to another thread and back.
      else if (lines.length > 0) destination.write(`${lines.join('\n')}\n`);
    },
    get dropped() {
      return dropped;
    },
    close: () =>
      new Promise((resolve) => {
        if (broken) return resolve();
        const timer = setTimeout(() => {
          destination.destroy();
          resolve();
        }, CLOSE_MS);
        destination.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        destination.end();
      }),
  };
}
