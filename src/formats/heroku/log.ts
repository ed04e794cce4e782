/**
 * Reads a log of Heroku's: bytes in, events out. Takes `heroku logs` text, saved files and frames of a drain, in chunks
 * of any length. Counts what it does not understand. Keeps no more than one line. Cost: lines of successful requests
 * are never decoded to text; bench/logs.js measures it.
 */
import { ESCAPE } from './ascii.ts';
import { clip, type LineOrigin, type LogEvent } from './events.ts';
import { type Header, newHeader, readHeader } from './header.ts';
import { LineCutter } from './lines.ts';
import { readApiMessage, readDynoMessage, readLogplexMessage, readRouterMessage } from './platform.ts';
import { readOwnLine, readPlatformSample } from './samples.ts';
import { readAppMessage } from './troubles.ts';

/** Number of lines by source. `other`: a header with an unknown name; `unreadable`: no header. */
export interface LineCounts {
  lines: number;
  bytes: number;
  router: number;
  platform: number;
  app: number;
  other: number;
  unreadable: number;
  /** Longer than 64 KiB. */
  overlong: number;
  /** Lines of the platform that are neither understood nor known to be of no use. */
  platformUnknown: number;
}

export type TakeEvent = (event: LogEvent, origin: LineOrigin) => void;

/** In bytes. Heroku splits longer lines (devcenter limits). */
const MOST_MESSAGE = 10_000;
/** `heroku logs` colours the header on a terminal. */
const COLOUR = /\u001b\[[\d;]*m/g;
const ROUTER = Buffer.from('router');
const HEROKU = Buffer.from('heroku');
const APP = Buffer.from('app');
const FINE = Buffer.from('at=info');

/** The source is a dyno. Databases and hosts have lines of the same form. */
const DYNO = /^[A-Za-z][\w-]*\.\w+$/;
/** Lines of the platform that are known and hold nothing of use. */
const EXPECTED = /^(?:Stopping|Starting|Unidling|Listening|Process |Error L|Updating|Pulling|Waiting|Release command)/;

export class HerokuLog {
  readonly #take: TakeEvent;
  readonly #cutter: LineCutter;
  readonly #header: Header = newHeader();
  readonly #counts = {
    lines: 0,
    bytes: 0,
    router: 0,
    platform: 0,
    app: 0,
    other: 0,
    unreadable: 0,
    platformUnknown: 0,
  };
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor(take: TakeEvent) {
    this.#take = take;
    this.#cutter = new LineCutter((bytes, from, to) => this.#line(bytes, from, to));
  }

  push(chunk: Buffer): void {
    this.#counts.bytes += chunk.length;
    this.#cutter.push(chunk);
  }

  end(): void {
    this.#cutter.end();
  }

  get counts(): LineCounts {
    const { overlong } = this.#cutter;
    return { ...this.#counts, overlong, lines: this.#counts.lines + overlong };
  }

  /** The earliest and the latest time of all lines, seconds since the epoch; undefined if no line has a time. */
  get span(): { readonly from: number; readonly to: number } | undefined {
    return this.#first <= this.#last ? { from: this.#first, to: this.#last } : undefined;
  }

  #line(bytes: Buffer, from: number, to: number): void {
    if (from === to) return;
    if (bytes[from] === ESCAPE) {
      const plain = Buffer.from(bytes.toString('latin1', from, to).replace(COLOUR, ''), 'latin1');
      if (plain.length > 0 && plain[0] !== ESCAPE) {
        this.#line(plain, 0, plain.length);
        return;
      }
    }
    const counts = this.#counts;
    counts.lines++;
    const header = this.#header;
    if (!readHeader(bytes, from, to, header)) {
      this.#headless(bytes, from, to);
      return;
    }
    const { t } = header;
    if (t < this.#first) this.#first = t;
    if (t > this.#last) this.#last = t;
    const ofPlatform = equals(bytes, header.nameFrom, header.nameTo, HEROKU);
    if (ofPlatform && equals(bytes, header.processFrom, header.processTo, ROUTER)) {
      counts.router++;
      if (!startsWith(bytes, header.messageFrom, to, FINE)) this.#router(bytes, to);
      return;
    }
    const process = clip(bytes.toString('latin1', header.processFrom, header.processTo));
    const message = bytes.toString('utf8', header.messageFrom, Math.min(to, header.messageFrom + MOST_MESSAGE));
    if (ofPlatform) this.#platform(process, message, bytes);
    else if (equals(bytes, header.nameFrom, header.nameTo, APP)) this.#app(process, message, bytes);
    else counts.other++;
  }

  #router(bytes: Buffer, to: number): void {
    const found = readRouterMessage(bytes.toString('latin1', this.#header.messageFrom, to));
    if (found) this.#tell(found.event, bytes, found.dyno);
  }

  #platform(process: string, message: string, bytes: Buffer): void {
    this.#counts.platform++;
    if (message.startsWith('source=')) {
      const found = readPlatformSample(message);
      if (found) this.#tell(found.event, bytes, process || found.source);
      return;
    }
    const event = process === 'logplex' ? readLogplexMessage(message) : readDynoMessage(message);
    if (event) this.#tell(event, bytes, process);
    else if (!EXPECTED.test(message)) this.#counts.platformUnknown++;
  }

  #app(process: string, message: string, bytes: Buffer): void {
    this.#counts.app++;
    const event = process === 'api' ? readApiMessage(message) : (readOwn(message) ?? readAppMessage(message));
    if (event) this.#tell(event, bytes, process);
  }

  /** A line without a header: the output of a program as it wrote it. */
  #headless(bytes: Buffer, from: number, to: number): void {
    const header = this.#header;
    header.t = Number.NaN;
    header.hostFrom = header.hostTo = from;
    const line = bytes.toString('utf8', from, Math.min(to, from + MOST_MESSAGE));
    const [head, name, process = ''] = /^(heroku|app)\[([\w.-]{1,100})\]: /.exec(line) ?? [];
    if (head !== undefined && process !== 'router') {
      const message = line.slice(head.length);
      if (name === 'app') this.#app(process, message, bytes);
      else this.#platform(process, message, bytes);
      return;
    }
    const found = line.startsWith('source=') ? readPlatformSample(line) : undefined;
    const event = found && DYNO.test(found.source) ? found.event : (readOwn(line) ?? readAppMessage(line));
    if (event && event.kind !== 'worker') {
      if (found) this.#counts.platform++;
      else this.#counts.app++;
      this.#tell(event, bytes, sourceOf(line));
      return;
    }
    this.#counts.unreadable++;
  }

  #tell(event: LogEvent, bytes: Buffer, process: string): void {
    const { t, hostFrom, hostTo } = this.#header;
    const host = hostFrom === hostTo ? 'host' : bytes.toString('latin1', hostFrom, hostTo);
    this.#take(event, { t, drain: host === 'host' ? '' : clip(host), process: clip(process) });
  }
}

function readOwn(message: string): LogEvent | undefined {
  return message.startsWith('source=') || message.startsWith('{"time":') ? readOwnLine(message) : undefined;
}

/** @returns the source in a line of leakwatch's without a header */
function sourceOf(line: string): string {
  return (
    /^source=([\w.:/@+-]{1,100})/.exec(line)?.[1] ??
    /^\{"time":"[^"]*","source":"([\w.:/@+-]{1,100})"/.exec(line)?.[1] ??
    ''
  );
}

function equals(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  return to - from === word.length && startsWith(bytes, from, to, word);
}

function startsWith(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from < word.length) return false;
  for (let at = 0; at < word.length; at++) if (bytes[from + at] !== word[at]) return false;
  return true;
}
