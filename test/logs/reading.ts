/** A log read to its end. */

import { HerokuLog } from '../../src/formats/heroku/log.ts';
import { Book, type BookOptions } from '../../src/logs/book.ts';
import { buildReport, type LogReport } from '../../src/logs/report.ts';

export function readLog(text: string, options: BookOptions = { falseAlarmsPerMonth: 1 }): LogReport {
  const book = new Book(options);
  const log = new HerokuLog((event, origin) => book.take(event, origin));
  log.push(Buffer.from(text));
  log.end();
  return buildReport({ state: book.state, counts: log.counts, span: log.span });
}
