/**
 * `--record`: writes the readings of each sample as a line of a recording, which `leakwatch replay` reads. When the file
 * was truncated or taken away (logrotate, rm), the next line goes to the path again, after a new header.
 * Cost: one system call per sample.
 */
import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { encodeHeader, encodeReadings, type RecordingHeader } from '../../formats/recording.ts';
import type { Readings } from '../../model/reading.ts';
import type { Publication } from '../../verdict/publication.ts';
import { type LineOutput, openLineOutput } from '../log/line-output.ts';
import type { Sink } from '../sink.ts';

/** Opening a pipe that nobody reads would wait for ever. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;

export interface RecorderOptions {
  readonly path: string;
  readonly header: RecordingHeader;
  /** Called once for each kind of failure. */
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

/** An open recording. */
interface Open {
  readonly fd: number;
  readonly output: LineOutput;
  readonly stat: Stats;
}

export class Recorder implements Sink {
  readonly name = 'recording';
  readonly outlivesStdout = true;
  readonly #options: RecorderOptions;
  #open: Open;
  /** Of the file, when it was last looked at. */
  #size = 0;
  /** Lines lost by files that are closed, and those for which none could be opened. */
  #lost = 0;
  #isLost = false;

  /** @throws {Error} if the file cannot be opened */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#open = this.#begin();
  }

  publish(_: Publication, readings: Readings | undefined): void {
    if (!readings) return;
    try {
      this.#follow();
      this.#isLost = false;
    } catch (error) {
      this.#lost++;
      if (!this.#isLost) this.#options.onError(error as Error);
      this.#isLost = true;
      return;
    }
    this.#open.output.write([encodeReadings(readings)]);
  }

  dropped() {
    return [['recording_lines', this.#lost + this.#open.output.dropped]] as const;
  }

  close(): Promise<void> {
    return this.#open.output.close();
  }

  #begin(): Open {
    const { path, header, onError } = this.#options;
    const fd = openAppending(path);
    const output = openLineOutput({ to: fd, onError });
    output.write([encodeHeader(header)]);
    this.#size = 0;
    return { fd, output, stat: fstatSync(fd) };
  }

  /** @throws {Error} if the file has gone and cannot be made again */
  #follow(): void {
    const { path, header } = this.#options;
    const { fd, output, stat } = this.#open;
    // A pipe or a device is not replaced.
    if (!stat.isFile()) return;
    const now = statSync(path, { throwIfNoEntry: false });
    if (now?.ino === stat.ino && now.dev === stat.dev) {
      if (now.size < this.#size) output.write([encodeHeader(header)]);
      this.#size = now.size;
      return;
    }
    this.#open = this.#begin();
    const before = output.dropped;
    this.#lost += before;
    void output.close().then(() => {
      this.#lost += output.dropped - before;
      // If a disk hangs, a write may still be under way, and must not go to another file with this number.
      if (output.dropped === before) closeSync(fd);
    });
  }
}

function openAppending(path: string): number {
  try {
    return openSync(path, APPEND, 0o666);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') throw new Error('nobody reads from this pipe');
    throw error;
  }
}
