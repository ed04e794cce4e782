/**
 * A file that the user named, read from its beginning: a file, a pipe (`<(command)`, mkfifo(1)) or a device. Opening a
 * pipe would wait for ever for somebody who writes to it, where no signal is heard; so it is opened without waiting, and
 * then asked again and again, for a bounded time.
 * Source: fifo(7), pipe(7).
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { pause } from './pause.ts';

/** Chosen: a command that is started beside us has opened the pipe by then. */
const WRITER_MS = 1000;
const RETRY_MS = 10;
const STDIN = 0;

export interface InputOptions {
  /** How long a writer may be silent; without end unless given, as a live log may be. */
  readonly silenceMs?: number;
}

export class Input {
  /** A regular file, whose reads do not wait. */
  readonly isFile: boolean;
  readonly fd: number;
  readonly #mayLackWriter: boolean;
  readonly #silenceMs: number;
  #hasBegun = false;
  #waitedMs = 0;

  /**
   * @param path '-' is standard input
   * @throws {Error} like node:fs
   */
  constructor(path: string, { silenceMs = Number.POSITIVE_INFINITY }: InputOptions = {}) {
    const isStdin = path === '-';
    this.fd = isStdin ? STDIN : openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = fstatSync(this.fd);
    this.isFile = stat.isFile();
    this.#mayLackWriter = !isStdin && stat.isFIFO();
    this.#silenceMs = silenceMs;
  }

  /**
   * Reads what is there next, and waits for it on this thread.
   * @returns number of bytes; 0 at the end
   * @throws {Error} like node:fs, and if nobody writes to a pipe
   */
  readonly read = (buffer: Buffer): number => {
    for (;;) {
      const length = this.#attempt(buffer);
      if (length !== undefined) return length;
      pause(RETRY_MS);
    }
  };

  /** The same for a program that has more to do meanwhile. Ends early when the signal is aborted. */
  async *chunks(size: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const buffer = Buffer.allocUnsafe(size);
    while (!signal.aborted) {
      const length = this.#attempt(buffer);
      if (length === 0) return;
      if (length !== undefined) {
        yield Buffer.from(buffer.subarray(0, length));
        // A device that never ends (/dev/zero) leaves no other moment in which a signal is heard.
        await setImmediate();
      } else await setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  close(): void {
    if (this.fd !== STDIN) closeSync(this.fd);
  }

  /** @returns undefined if there is nothing yet */
  #attempt(buffer: Buffer): number | undefined {
    let length = 0;
    let isSilent = false;
    try {
      length = readSync(this.fd, buffer, 0, buffer.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Standard input that is at its end on some terminals.
      if (code !== 'EAGAIN' && code !== 'EOF') throw error;
      isSilent = code === 'EAGAIN';
    }
    if (length > 0) {
      this.#hasBegun = true;
      this.#waitedMs = 0;
      return length;
    }
    const lacksWriter = !isSilent && this.#mayLackWriter && !this.#hasBegun;
    if (!isSilent && !lacksWriter) return 0;
    if (this.#waitedMs >= (lacksWriter ? WRITER_MS : this.#silenceMs))
      throw new Error(lacksWriter ? 'nobody writes to this pipe' : `nothing came for ${this.#silenceMs / 1000} s`);
    this.#waitedMs += RETRY_MS;
    return undefined;
  }
}
