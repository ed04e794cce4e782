/**
 * `leakwatch logs`: reads a log of dynos, from a file of any size or from a pipe that never ends, and prints a report.
 * For a pipe the report is redrawn on a terminal while lines arrive; if the output is a pipe as well, news are printed
 * line by line, and the report at the end. A file gets one report at its end.
 */
import { createReadStream, statSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EXIT } from '../config/exit-codes.ts';
import { Input } from '../config/input.ts';
import { HerokuLog } from '../formats/heroku/log.ts';
import { Book } from '../logs/book.ts';
import { buildReport, holdsDynos, type LogReport } from '../logs/report.ts';
import { describeNews, reportAsJson } from '../logs-report/json.ts';
import { isPageStart, renderPage } from '../logs-report/page.ts';
import { renderReport } from '../logs-report/table.ts';
import type { Kind } from '../sinks/file/own-file.ts';
import { checkReplaceable, replaceFile } from '../sinks/file/replace.ts';
import { paint } from '../terminal/paint.ts';
import { escapeJson } from '../text/printable.ts';
import { Failure, type Invocation, openOrFail } from './invocation.ts';

/** Chosen: a read costs little beside the parsing of 1 MB, and 1 MB little beside the memory of Node. */
const CHUNK_BYTES = 1 << 20;
/** Interval of redrawing and of printing news. Chosen: as fast as a person reads. */
const DRAW_MS = 1000;
/** Interval of rewriting the HTML page while the log goes on. Chosen: a reader reloads no sooner. */
const PAGE_MS = 10_000;
/** The heading and the conclusion, on however small a terminal. */
const LEAST_ROWS = 4;

/** Heroku wrote its first logs in 2010. */
const FIRST_LOGS_MS = Date.UTC(2010);
/** The first two bytes of a file of gzip (RFC 1952). */
const GZIP = [0x1f, 0x8b];
/** The byte order mark of UTF-16, little end first (RFC 2781). */
const UTF16 = [0xff, 0xfe];

const PAGE: Kind = { name: 'a page of leakwatch logs', isStart: isPageStart };

export async function runLogs(invocation: Invocation): Promise<number> {
  const { config, positionals, flags, stdout, env, signal, version } = invocation;
  const [path = '-'] = positionals;
  const isPipe = path === '-';
  if (isPipe && process.stdin.isTTY)
    throw new Failure('logs reads from a pipe, as in `heroku logs -t | leakwatch logs`, or from a FILE', {
      exitCode: EXIT.usage,
    });
  // Before the log is read, which may take long.
  const { html } = config;
  if (html !== undefined) openOrFail(() => checkReplaceable(html, PAGE), `cannot write the page ${html}`);
  const book = new Book({ falseAlarmsPerMonth: config.falseAlarmsPerMonth });
  const log = new HerokuLog((event, place) => book.take(event, place), { savedAt: savedAt(isPipe ? undefined : path) });
  const report = (): LogReport =>
    buildReport({ state: book.state, counts: log.counts, span: log.span, inferredYears: log.inferredYears });
  const screen = stdout as NodeJS.WriteStream;
  const draws = isPipe && screen.isTTY === true && !flags.json;
  const colour = paint(stdout, env);
  let drawnLines = 0;
  let changed = false;
  let pageAt = performance.now();

  const timer = isPipe ? setInterval(update, DRAW_MS) : undefined;
  const input: Readable = isPipe ? process.stdin : openLog(path, signal);
  const stop = (): void => void input.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    for await (const chunk of unpack(input)) {
      log.push(chunk);
      changed = true;
    }
  } catch (error) {
    if (!signal.aborted) throw new Failure(`cannot read the log ${path}: ${(error as Error).message}`);
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  }
  log.end();
  const last = report();
  if (draws) erase();
  else if (isPipe && !flags.json) tellNews();
  writePage(last);
  stdout.write(flags.json ? `${escapeJson(JSON.stringify(reportAsJson(last)))}\n` : renderReport(last, colour));
  if (!holdsDynos(last) && !signal.aborted) throw new Failure(`${path} holds no line of a dyno`);
  return 0;

  function update(): void {
    if (!changed) return;
    changed = false;
    log.settle();
    if (draws) draw();
    else if (!flags.json) tellNews();
    if (html !== undefined && performance.now() - pageAt >= PAGE_MS) {
      pageAt = performance.now();
      writePage(report());
    }
  }

  function tellNews(): void {
    for (const news of book.takeNews()) stdout.write(`${describeNews(news)}\n`);
  }

  /** Draws as many lines as fit, because lines that scroll away cannot be erased. */
  function draw(): void {
    // A terminal of unknown size reports 0.
    const rows = Math.max(LEAST_ROWS, (screen.rows || 24) - 1);
    const columns = screen.columns || 80;
    const lines = renderReport(report(), colour).trimEnd().split('\n');
    const shown = lines.slice(0, rows).map((line) => cut(line, columns));
    erase();
    stdout.write(`${shown.join('\n')}\n`);
    drawnLines = shown.length;
  }

  function erase(): void {
    if (drawnLines > 0) stdout.write(`\u001b[${drawnLines}A\u001b[J`);
    drawnLines = 0;
  }

  function writePage(page: LogReport): void {
    if (html === undefined) return;
    openOrFail(() => replaceFile(html, renderPage(page, { version }), PAGE), `cannot write the page ${html}`);
  }
}

/** A file is read ahead in a thread. A pipe is not: the thread would wait with it, and the program could not end. */
function openLog(path: string, signal: AbortSignal): Readable {
  const input = openOrFail(() => new Input(path), `cannot read the log ${path}`);
  if (input.isFile) return createReadStream(path, { fd: input.fd, highWaterMark: CHUNK_BYTES });
  return Readable.from(input.chunks(CHUNK_BYTES, signal));
}

/**
 * When the log was saved, in seconds since 1970: no line of it is later. A pipe is read now, and so is a file whose time
 * was lost, as that of a file in an image may be.
 */
function savedAt(path: string | undefined): number {
  const now = Date.now() / 1000;
  const changed = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return changed === undefined || changed < FIRST_LOGS_MS ? now : changed / 1000;
}

/**
 * The chunks as they are, or what is in them: archives of Papertrail are compressed with gzip, and PowerShell saves
 * UTF-16.
 */
async function* unpack(input: Readable): AsyncGenerator<Buffer> {
  const chunks = input[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  async function* all(): AsyncGenerator<Buffer> {
    yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  const [a, b] = first.value as Buffer;
  if (a === GZIP[0] && b === GZIP[1]) {
    const unpacked = createGunzip();
    // An error of the input ends the reading of `unpacked` with the same error.
    pipeline(Readable.from(all()), unpacked, () => undefined);
    yield* unpacked;
  } else if (a === UTF16[0] && b === UTF16[1]) {
    const decoder = new TextDecoder('utf-16le');
    for await (const chunk of all()) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  } else yield* all();
}

/** Cuts a line to the width of the terminal. A colour is only around a whole line, so its end is kept. */
function cut(line: string, columns: number): string {
  const [whole, begin = '', words = ''] = /^((?:\u001b\[\d+m)*)([^\u001b]*)/.exec(line)!;
  return begin + words.slice(0, columns) + line.slice(whole.length);
}
