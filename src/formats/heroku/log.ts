/**
 * Reads a log of Heroku's: bytes in, events out. Takes `heroku logs` text, frames of a drain, and what log services show
 * and export: text, tables and JSON, in chunks of any length. Counts what it does not understand. Keeps no more than one
 * line. Cost: lines of successful requests are never decoded to text; bench/logs.js measures it.
 */
import { beginsDocument } from './beginning.ts';
import { DocumentCutter } from './documents.ts';
import { clip, type LineOrigin, type LogEvent } from './events.ts';
import { readHead, readSource, type Source } from './head.ts';
import { type Header, newHeader, readHeader } from './header.ts';
import { LineCutter, LONGEST_LINE } from './lines.ts';
import { Order } from './order.ts';
import { readApiMessage, readDynoMessage, readLogplexMessage, readRouterMessage } from './platform.ts';
import {
  ARCHIVE_COLUMNS,
  type Fields,
  type FoundRecord,
  fieldsOfInner,
  fieldsOfJson,
  fieldsOfRow,
  readRecord,
  sourceOfMessage,
} from './records.ts';
import { readOwnLine, readPlatformSample } from './samples.ts';
import { Table } from './tables.ts';
import { AppReader } from './troubles.ts';
import { Calendar } from './when.ts';

/** Number of lines by source. `other`: a header with an unknown name; `unreadable`: no header. */
export interface LineCounts {
  lines: number;
  bytes: number;
  router: number;
  platform: number;
  app: number;
  other: number;
  unreadable: number;
  /** Lines longer than 64 KB. */
  overlong: number;
  /** Lines of the platform that are neither understood nor known to be of no use. */
  platformUnknown: number;
}

export type TakeEvent = (event: LogEvent, origin: LineOrigin) => void;

/** In bytes. Heroku splits longer lines (devcenter limits). */
const MOST_MESSAGE = 10_000;
/**
 * A colour, as terminals take it, and as it is left in copies: cat -v writes ^[, rsyslog #033, JSON \u001b, and a
 * browser loses the first letter.
 */
const COLOUR = /(?:\u001b|\^\[|#033|\\(?:u001b|x1b|033|e))?\[(?:\d{1,3}(?:;\d{1,3})*)?m/g;
const ESCAPE = '\u001b';
/** Structured data of syslog, which some receivers add: `[meta sequenceId="1"] `. */
const STRUCTURED = /^\[[\w@.-]+ \w+="[^\]]*\] ?/;
/** Names of columns stand in the first line; a service may write a line or two before them. */
const MOST_LINES_BEFORE_TABLE = 3;
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
  /** Takes the events of saved lines, which may begin with the newest. */
  readonly #order: Order;
  readonly #cutter: LineCutter;
  readonly #document = new DocumentCutter((text) => {
    const fields = fieldsOfJson(text);
    return fields !== undefined && this.#record(fields);
  });
  readonly #calendar: Calendar;
  readonly #apps = new AppReader();
  #table: Table | undefined;
  /** The first bytes, until it is known whether they begin a document. */
  #beginning: Buffer | undefined = Buffer.alloc(0);
  #isDocument = false;
  /** Time of the present line; its drain is in `#bytes` at the positions of `#header`, or in `#drain`. */
  #t = Number.NaN;
  #bytes: Buffer | undefined;
  #drain = '';
  /** The present line is in a form of a log service. */
  #isSaved = false;
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

  /** @param options.savedAt seconds since 1970, for the years of lines that have none: no line is later */
  constructor(take: TakeEvent, options: { readonly savedAt?: number } = {}) {
    this.#take = take;
    this.#order = new Order(take);
    this.#calendar = new Calendar(options.savedAt);
    this.#cutter = new LineCutter((bytes, from, to) => this.#line(bytes, from, to));
  }

  push(chunk: Buffer): void {
    this.#counts.bytes += chunk.length;
    if (this.#beginning) this.#begin(Buffer.concat([this.#beginning, chunk]), false);
    else this.#cut(chunk);
  }

  end(): void {
    if (this.#beginning) this.#begin(this.#beginning, true);
    this.#cutter.end();
    const rest = this.#table?.rest();
    if (rest) this.#row(rest);
    this.#order.flush();
  }

  /** Tells what is known so far, while the log goes on. */
  settle(): void {
    this.#order.settle();
  }

  #begin(bytes: Buffer, isAll: boolean): void {
    const isDocument = beginsDocument(bytes, isAll);
    this.#beginning = isDocument === undefined ? Buffer.from(bytes) : undefined;
    if (isDocument === undefined) return;
    this.#isDocument = isDocument;
    this.#cut(bytes);
  }

  #cut(bytes: Buffer): void {
    if (this.#isDocument) this.#document.push(bytes);
    else this.#cutter.push(bytes);
  }

  get counts(): LineCounts {
    const { overlong } = this.#cutter;
    const { failed } = this.#document;
    const { lines, unreadable } = this.#counts;
    return { ...this.#counts, overlong, lines: lines + overlong + failed, unreadable: unreadable + failed };
  }

  /** The years that were inferred for lines without one. */
  get inferredYears(): { readonly from: number; readonly to: number } | undefined {
    return this.#calendar.inferred;
  }

  /** The earliest and the latest time of all lines, seconds since the epoch; undefined if no line has a time. */
  get span(): { readonly from: number; readonly to: number } | undefined {
    return this.#first <= this.#last ? { from: this.#first, to: this.#last } : undefined;
  }

  #line(bytes: Buffer, from: number, to: number, isColourless = false): void {
    if (from === to) return;
    if (this.#table) {
      const cells = this.#table.row(bytes.toString('utf8', from, to));
      if (cells) this.#row(cells);
      return;
    }
    this.#isSaved = false;
    const hasHeader = readHeader(bytes, from, to, this.#header);
    if (hasHeader && this.#plain(bytes, to)) return;
    const line = bytes.toString('utf8', from, Math.min(to, from + LONGEST_LINE));
    const text = isColourless ? line : line.replace(COLOUR, '');
    if (text.length === line.length) this.#unusual(text, hasHeader ? this.#header.t : undefined);
    else if (text === '') this.#unreadable();
    else {
      const plain = Buffer.from(text);
      this.#line(plain, 0, plain.length, true);
    }
  }

  /** @returns false if the header that was read is none of Heroku's */
  #plain(bytes: Buffer, to: number): boolean {
    const counts = this.#counts;
    const header = this.#header;
    const ofPlatform = equals(bytes, header.nameFrom, header.nameTo, HEROKU);
    if (!ofPlatform && !equals(bytes, header.nameFrom, header.nameTo, APP)) return false;
    counts.lines++;
    this.#bytes = bytes;
    this.#seen(header.t);
    if (ofPlatform && equals(bytes, header.processFrom, header.processTo, ROUTER)) {
      counts.router++;
      if (!startsWith(bytes, header.messageFrom, to, FINE))
        this.#router(bytes.toString('latin1', header.messageFrom, to));
      return true;
    }
    const process = clip(bytes.toString('latin1', header.processFrom, header.processTo));
    const message = bytes.toString('utf8', header.messageFrom, Math.min(to, header.messageFrom + MOST_MESSAGE));
    if (ofPlatform) this.#platform(process, message);
    else this.#app(process, message);
    return true;
  }

  #seen(t: number): void {
    this.#t = t;
    if (t < this.#first) this.#first = t;
    if (t > this.#last) this.#last = t;
  }

  /** A line that Heroku did not write like this: a service saved it, or it is the output of a program. */
  #unusual(line: string, headerTime: number | undefined): void {
    if (line.startsWith('{') && this.#json(line)) return;
    const cells = line.split('\t', ARCHIVE_COLUMNS.length);
    if (cells.length === ARCHIVE_COLUMNS.length && readSource(cells.at(-2)!)) {
      const message = line.slice(cells.slice(0, -1).join('\t').length + 1);
      if (this.#record(fieldsOfRow(ARCHIVE_COLUMNS, [...cells.slice(0, -1), message]))) return;
    }
    if (this.#headed(line, Number.NaN, '')) return;
    const { lines, unreadable } = this.#counts;
    if (lines === unreadable && lines < MOST_LINES_BEFORE_TABLE) this.#table = Table.begunBy(line);
    if (this.#table) return;
    if (headerTime === undefined) this.#headless(line, Number.NaN, '');
    else {
      this.#counts.lines++;
      this.#counts.other++;
      this.#seen(headerTime);
    }
  }

  #json(line: string): boolean {
    if (readOwn(line)) {
      this.#headless(line, Number.NaN, '');
      return true;
    }
    const fields = fieldsOfJson(line);
    return fields !== undefined && this.#record(fields);
  }

  #row(cells: readonly string[]): void {
    const { columns } = this.#table!;
    // Tables that were put together each have their names.
    if (cells.length === columns.length && cells.every((cell, at) => cell === columns[at])) return;
    if (!this.#record(fieldsOfRow(columns, cells))) this.#unreadable();
  }

  /** @returns whether it is a record of a line */
  #record(fields: Fields): boolean {
    const record = readRecord(fields);
    if (!record) return false;
    this.#isSaved = true;
    const { source, host } = record;
    const message = record.message.trimEnd();
    const t = this.#timeOf(record);
    if (source) {
      this.#dispatch(source, message, t, host);
      return true;
    }
    const line = Buffer.from(message);
    if (readHeader(line, 0, line.length, this.#header) && this.#plain(line, line.length)) return true;
    if (this.#headed(message, t, host)) return true;
    const inner = fieldsOfInner(fields, message);
    if (inner) return this.#record(inner);
    if (Number.isNaN(t)) return false;
    const guessed = sourceOfMessage(message, '');
    if (guessed.name === 'heroku') this.#dispatch(guessed, message, t, host);
    else this.#headless(message, t, host);
    return true;
  }

  #timeOf({ time, epoch }: Pick<FoundRecord, 'time' | 'epoch'>): number {
    return epoch ?? (time && this.#calendar.secondsOf(time)) ?? Number.NaN;
  }

  /** @returns false if the text has no head */
  #headed(text: string, t: number, host: string): boolean {
    const head = readHead(text);
    if (!head) return false;
    const own = this.#timeOf(head);
    const hasTime = !Number.isNaN(own);
    this.#isSaved ||= hasTime;
    this.#dispatch(head, head.message, hasTime ? own : t, head.host || host);
    return true;
  }

  #dispatch({ name, process }: Source, message: string, t: number, drain: string): void {
    this.#counts.lines++;
    this.#bytes = undefined;
    this.#drain = drain;
    this.#seen(t);
    if (name === 'app') this.#app(process, message.slice(0, MOST_MESSAGE));
    else if (process === 'router') {
      this.#counts.router++;
      this.#router(message.slice(0, MOST_MESSAGE));
    } else this.#platform(process, message.slice(0, MOST_MESSAGE));
  }

  #router(message: string): void {
    const found = readRouterMessage(withoutColours(message));
    if (found) this.#tell(found.event, found.dyno);
  }

  #platform(process: string, coloured: string): void {
    this.#counts.platform++;
    const message = withoutColours(coloured).replace(STRUCTURED, '');
    if (message.startsWith('source=')) {
      const found = readPlatformSample(message);
      if (found) this.#tell(found.event, process || found.source);
      return;
    }
    const event = process === 'logplex' ? readLogplexMessage(message) : readDynoMessage(message);
    if (event) this.#tell(event, process);
    else if (!EXPECTED.test(message)) this.#counts.platformUnknown++;
  }

  #app(process: string, coloured: string): void {
    this.#counts.app++;
    const message = withoutColours(coloured).replace(STRUCTURED, '');
    const event = process === 'api' ? readApiMessage(message) : (readOwn(message) ?? this.#apps.read(message, process));
    if (event) this.#tell(event, process);
  }

  /** Text that does not say who it is from: the output of a program as it wrote it. */
  #headless(text: string, t: number, drain: string): void {
    this.#bytes = undefined;
    this.#drain = drain;
    this.#t = t;
    const line = text.slice(0, MOST_MESSAGE);
    const found = line.startsWith('source=') ? readPlatformSample(line) : undefined;
    const event = found && DYNO.test(found.source) ? found.event : (readOwn(line) ?? this.#apps.read(line, ''));
    if (!event || event.kind === 'worker') {
      this.#unreadable();
      return;
    }
    this.#counts.lines++;
    if (found) this.#counts.platform++;
    else this.#counts.app++;
    this.#seen(t);
    this.#tell(event, sourceOf(line));
  }

  #unreadable(): void {
    this.#counts.lines++;
    this.#counts.unreadable++;
  }

  #tell(event: LogEvent, process: string): void {
    const { hostFrom, hostTo } = this.#header;
    const host = this.#bytes?.toString('latin1', hostFrom, hostTo) ?? this.#drain;
    const origin = { t: this.#t, drain: host === 'host' ? '' : clip(host), process: clip(process) };
    if (this.#isSaved) this.#order.take(event, origin);
    else this.#take(event, origin);
  }
}

function withoutColours(message: string): string {
  return message.includes(ESCAPE) ? message.replace(COLOUR, '') : message;
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
