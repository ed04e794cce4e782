/** Logs read to their ends. */

import { HerokuLog } from '../../src/formats/heroku/log.ts';
import { Book, type BookOptions } from '../../src/logs/book.ts';
import { buildReport, type LogReport } from '../../src/logs/report.ts';
import type { LogBook } from '../support/heroku-logs.ts';

export function readLog(text: string | LogBook, options: BookOptions = { falseAlarmsPerMonth: 1 }): LogReport {
  const book = new Book(options);
  const log = new HerokuLog((event, origin) => book.take(event, origin));
  for (const part of typeof text === 'string' ? [text] : text.chunks()) log.push(Buffer.from(part));
  log.end();
  return buildReport({ state: book.state, counts: log.counts, span: log.span });
}
