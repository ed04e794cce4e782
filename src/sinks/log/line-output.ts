/**
 * Writes lines to standard output or to a recording through pino's destination, which writes asynchronously and buffers
 * a bounded amount. If the reader stops reading, lines are dropped and counted; the daemon never waits.
 */
import { constants, fstatSync, openSync } from 'node:fs';
import pino from 'pino';

/** Bytes buffered for a slow reader: some minutes of lines of 50 groups. */
const MOST_HELD = 1 << 20;

export interface LineOutput {
  write(lines: readonly string[]): void;
  /** Number of lines that were lost. */
  readonly dropped: number;
  /** Writes the buffered lines, as far as the reader takes them within half a second. */
  close(): Promise<void>;
}

export interface LineOutputOptions {
  /** An open descriptor. */
  readonly to: number;
  /** Called once for each kind of failure. */
  readonly onError: (error: Error) => void;
}

/**
 * Opens standard output or error a second time, without blocking. A write to a full pipe would block the one thread of
 * libuv's pool, and the program could not end; a non-blocking descriptor gives EAGAIN instead. The flag is set on a new
 * open file description, so that other users of the pipe are not affected. A regular file never blocks, and a socket
 * (the journal's) cannot be opened again: both are used as they are.
 */
export function openUnblocked(fd: number): number {
  try {
    if (!fstatSync(fd).isFIFO()) return fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}

/** How long the reader may take for the last lines: a sidecar that lingers delays the stop of its app. */
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
      // One write for all lines, because each asynchronous write costs a round trip to another thread.
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
