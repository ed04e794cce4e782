/**
 * Writes lines to standard output, standard error or a recording, one write at a time through libuv's thread pool. A
 * bounded amount is held for a reader that is slow; lines beyond that, and lines that cannot be written (disk full,
 * terminal gone), are dropped and counted. The daemon neither waits for a reader nor fails with it.
 */
import { constants, fstatSync, openSync, write } from 'node:fs';
import { isatty } from 'node:tty';

/** Bytes held for a slow reader: some minutes of lines of 50 groups. */
const MOST_HELD = 1 << 20;
/** The share of these bytes that only lines that must not be lost may use. */
const RESERVED_SHARE = 0.25;
/** Bytes of one write; a pipe takes as much at once (pipe(7)). */
const MOST_AT_ONCE = 1 << 16;
/** A full pipe is tried again after this. */
const RETRY_MS = 100;
const NEWLINE = 0x0a;
/** How long the reader may take for the last lines: a sidecar that lingers delays the stop of its app. */
const CLOSE_MS = 500;

export interface LineOutput {
  /**
   * Takes lines to write. Beyond the bound they are dropped, those that must not be lost last.
   * @param tells of so many lost lines the first of these lines tells
   */
  write(lines: readonly string[], importance?: 'must not be lost', tells?: number): void;
  /** All that was taken has been written, or was lost in writing. */
  readonly isIdle: boolean;
  /** Number of lines that were lost. */
  readonly dropped: number;
  /** Of these, the number that no line tells of: none that was written, and none that waits to be. */
  readonly untold: number;
  /** Writes the held lines, as far as the reader takes them within half a second. The rest is lost. */
  close(): Promise<void>;
}

export interface LineOutputOptions {
  /** An open descriptor. */
  readonly to: number;
  /** Bytes that are held for a slow reader; 1 MB unless given. */
  readonly mostHeld?: number;
  /** Called once for each kind of failure. */
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

/**
 * Opens standard output or error a second time, without blocking. A write to a full pipe or a stopped terminal would
 * block the one thread of libuv's pool, and the program could not end; a non-blocking descriptor gives EAGAIN instead.
 * The flag is set on a new open file description, so that other users of the pipe are not affected. A regular file never
 * blocks, and a socket (the journal's) cannot be opened again: both are used as they are.
 */
export function openUnblocked(fd: number): number {
  try {
    if (!fstatSync(fd).isFIFO() && !isatty(fd)) return fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}

export function openLineOutput(options: LineOutputOptions): LineOutput {
  return new Writer(options);
}

interface Line {
  /** With its newline. */
  readonly text: string;
  readonly tells: number;
}

class Writer implements LineOutput {
  readonly #fd: number;
  readonly #mostHeld: number;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  readonly #told = new Set<string>();
  /** Whole lines that wait, oldest first. */
  #held: Line[] = [];
  #heldBytes = 0;
  /** What the present write, or the next try of it, is to write; empty between writes. */
  #chunk = Buffer.alloc(0);
  /** The lines of the present write. */
  #writing: readonly Line[] = [];
  /** The last bytes written are no whole line: if the rest of it fails, the next line must not continue it. */
  #isMidLine = false;
  #isBroken = false;
  #dropped = 0;
  #untold = 0;
  /** Called when nothing is left to be written. */
  #onIdle: (() => void) | undefined;

  constructor({ to, mostHeld = MOST_HELD, onError }: LineOutputOptions) {
    this.#fd = to;
    this.#mostHeld = mostHeld;
    this.#onError = onError;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get untold(): number {
    return this.#untold;
  }

  get isIdle(): boolean {
    return this.#held.length === 0 && this.#chunk.length === 0;
  }

  write(lines: readonly string[], importance?: 'must not be lost', tells = 0): void {
    const most = importance ? this.#mostHeld : (1 - RESERVED_SHARE) * this.#mostHeld;
    for (const [at, line] of lines.entries()) {
      const text = `${line}\n`;
      const bytes = Buffer.byteLength(text);
      if (this.#isBroken || this.#heldBytes + bytes > most) {
        this.#lose([{ text, tells: 0 }]);
        continue;
      }
      const told = at === 0 ? tells : 0;
      this.#held.push({ text, tells: told });
      this.#untold -= told;
      this.#heldBytes += bytes;
    }
    if (this.#chunk.length === 0) this.#writeNext();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(), CLOSE_MS);
      const end = (): void => {
        clearTimeout(timer);
        this.#isBroken = true;
        this.#lose(this.#unwritten());
        this.#lose(this.#held);
        this.#held = [];
        this.#chunk = Buffer.alloc(0);
        resolve();
      };
      this.#onIdle = end;
      if (this.#chunk.length === 0) this.#writeNext();
    });
  }

  #writeNext(): void {
    if (this.#held.length === 0) {
      this.#onIdle?.();
      return;
    }
    let bytes = this.#isMidLine ? 1 : 0;
    let count = 0;
    while (count < this.#held.length && (count === 0 || bytes < MOST_AT_ONCE))
      bytes += Buffer.byteLength(this.#held[count++]!.text);
    this.#writing = this.#held.splice(0, count);
    const lines = this.#writing.map(({ text }) => text).join('');
    this.#heldBytes -= Buffer.byteLength(lines);
    this.#chunk = Buffer.from(this.#isMidLine ? `\n${lines}` : lines);
    this.#continue();
  }

  #continue(): void {
    const { length } = this.#chunk;
    // After `close` nothing is left to write.
    if (length === 0) return;
    write(this.#fd, this.#chunk, 0, length, null, (error, written) => {
      if (this.#chunk.length === 0) return;
      if (error) return this.#fail(error);
      this.#isMidLine = this.#chunk[written - 1] !== NEWLINE;
      this.#chunk = this.#chunk.subarray(written);
      if (this.#chunk.length > 0) this.#continue();
      else this.#writeNext();
    });
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (error.code === 'EAGAIN') {
      setTimeout(() => this.#continue(), RETRY_MS);
      return;
    }
    this.#lose(this.#unwritten());
    this.#chunk = Buffer.alloc(0);
    // Nobody reads a closed pipe again. A disk may have room again: the next lines are tried.
    if (error.code === 'EPIPE') {
      this.#isBroken = true;
      this.#lose(this.#held);
      this.#held = [];
    }
    const kind = error.code ?? error.message;
    if (!this.#told.has(kind)) {
      this.#told.add(kind);
      this.#onError(error);
    }
    this.#writeNext();
  }

  /** Lines of the present write of which some bytes are missing. */
  #unwritten(): readonly Line[] {
    const count = linesIn(this.#chunk);
    return count === 0 ? [] : this.#writing.slice(-count);
  }

  /** What a lost line would have told is untold again. */
  #lose(lines: readonly Line[]): void {
    this.#dropped += lines.length;
    for (const { tells } of lines) this.#untold += 1 + tells;
  }
}

/** Lines that end in these bytes. */
function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
