/**
 * `--record`: writes the readings of each sample as a line of a recording, which `leakwatch replay` reads. When the file
 * was truncated or taken away (logrotate, rm), the next line goes to the path again, after a new header.
 * Cost: one system call per sample.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, statSync } from 'node:fs';
import { encodeHeader, encodeReadings, isRecordingStart, type RecordingHeader } from '../../formats/recording.ts';
import type { Readings } from '../../model/reading.ts';
import type { Publication } from '../../verdict/publication.ts';
import { type LineOutput, openLineOutput } from '../log/line-output.ts';
import type { Sink } from '../sink.ts';
import { checkKind, checkOwner, type Kind, NEW, OWNER_ONLY } from './own-file.ts';

/** Opening a pipe that nobody reads would wait for ever. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Links to what was open when leakwatch was started, such as a pipe of the shell, `>(gzip > FILE)`. */
const GIVEN = /^\/(dev\/(stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/;

const RECORDING: Kind = { name: 'a recording of leakwatch', isStart: isRecordingStart };

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

/**
 * Makes the file, or goes on with a recording, a pipe or a device that is there.
 * @throws {Error} like node:fs, or with a sentence; nothing has been written then
 */
function openAppending(path: string): number {
  if (GIVEN.test(path)) return openSync(path, APPEND);
  const fd = openOrMake(path);
  try {
    const found = fstatSync(fd);
    checkOwner(found);
    if (found.isFile()) {
      if (found.nlink > 1) throw new Error('it has a second name, a hard link');
      if (found.size > 0) checkKind(path, found, RECORDING);
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openOrMake(path: string): number {
  try {
    return openSync(path, APPEND | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return openSync(path, APPEND | NEW, OWNER_ONLY);
    if (code === 'ELOOP') throw new Error('it is a symbolic link, and links are not followed');
    if (code === 'ENXIO')
      throw new Error(lstatSync(path).isFIFO() ? 'nobody reads from this pipe' : 'it is not a file');
    throw error;
  }
}
