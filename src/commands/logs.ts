/**
 * `leakwatch logs`: reads a log of dynos, from a file of any size or from a pipe that never ends, and says what it amounts
 * to. On a terminal the report of a pipe is drawn anew while lines come in; into another pipe what happens is told line
 * by line. A file gets one report, at its end.
 */
import { createReadStream, renameSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { HerokuLog } from '../formats/heroku/log.ts';
import { Book } from '../logs/book.ts';
import { buildReport, type LogReport } from '../logs/report.ts';
import { describeNews, reportAsJson } from '../logs-report/json.ts';
import { renderPage } from '../logs-report/page.ts';
import { renderReport } from '../logs-report/table.ts';
import { paint } from '../terminal/paint.ts';
import { Failure, type Invocation } from './invocation.ts';

const CHUNK_BYTES = 1 << 20;
/** A screen is drawn, and news told, no more often than this. */
const DRAW_MS = 1000;
/** A page that somebody has open is written anew while the log goes on. */
const PAGE_MS = 10_000;

export async function runLogs(invocation: Invocation): Promise<number> {
  const { config, positionals, flags, stdout, env, signal, version } = invocation;
  const [path = '-'] = positionals;
  const isPipe = path === '-';
  if (isPipe && process.stdin.isTTY)
    throw new Failure('logs reads from a pipe, as in `heroku logs -t | leakwatch logs`, or from a FILE', {
      exitCode: 64,
    });
  const book = new Book({ falseAlarmsPerMonth: config.falseAlarmsPerMonth });
  const log = new HerokuLog((event, place) => book.take(event, place));
  const report = (): LogReport => buildReport({ state: book.state, counts: log.counts, span: log.span });
  const screen = stdout as NodeJS.WriteStream;
  const draws = isPipe && screen.isTTY === true && !flags.json;
  const colour = paint(stdout, env);
  let drawnLines = 0;
  let changed = false;
  let pageAt = performance.now();

  const timer = isPipe ? setInterval(update, DRAW_MS) : undefined;
  const input: Readable = isPipe ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const stop = (): void => void input.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    for await (const chunk of input) {
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
  stdout.write(flags.json ? `${JSON.stringify(reportAsJson(last))}\n` : renderReport(last, colour));
  return 0;

  function update(): void {
    if (!changed) return;
    changed = false;
    if (draws) draw();
    else if (!flags.json) tellNews();
    if (config.html !== undefined && performance.now() - pageAt >= PAGE_MS) {
      pageAt = performance.now();
      writePage(report());
    }
  }

  function tellNews(): void {
    for (const news of book.takeNews()) stdout.write(`${describeNews(news)}\n`);
  }

  /** As much as fits: what has scrolled away could not be drawn over. */
  function draw(): void {
    // A terminal that does not know its size says 0.
    const rows = Math.max(4, (screen.rows || 24) - 1);
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
    if (config.html === undefined) return;
    const unfinished = `${config.html}.${process.pid}.tmp`;
    try {
      writeFileSync(unfinished, renderPage(page, { version }));
      renameSync(unfinished, config.html);
    } catch (error) {
      throw new Failure(`cannot write the page ${config.html}: ${(error as Error).message}`);
    }
  }
}

/** Colours stand only around whole lines: one that is cut keeps its end. */
function cut(line: string, columns: number): string {
  const [, begin = '', words = '', end = ''] = /^((?:\u001b\[\d+m)*)(.*?)((?:\u001b\[\d+m)*)$/.exec(line) ?? [];
  return begin + words.slice(0, columns) + end;
}
