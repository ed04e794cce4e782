/** The same log in the forms of several services: the findings are those of `heroku logs`. */
import { describe, expect, test } from 'vitest';
import { HerokuLog } from '../../src/formats/heroku/log.ts';
import { Book } from '../../src/logs/book.ts';
import { buildReport, type LogReport } from '../../src/logs/report.ts';
import { leakingWeb } from '../support/heroku-logs.ts';
import { readLog } from './reading.ts';

interface Line {
  readonly iso: string;
  readonly name: string;
  readonly process: string;
  readonly message: string;
}

const LINES = leakingWeb()
  .lines()
  .map((line): Line => {
    const [, iso = '', name = '', process = '', message = ''] = /^(\S+) (\w+)\[([\w.]+)\]: (.*)$/.exec(line)!;
    return { iso, name, process, message };
  });
/** The log was saved on the day after its end. */
const SAVED_AT = Date.parse('2026-11-22') / 1000;

function report(text: string): LogReport {
  const book = new Book({ falseAlarmsPerMonth: 1 });
  const log = new HerokuLog((event, origin) => book.take(event, origin), { savedAt: SAVED_AT });
  log.push(Buffer.from(text));
  log.end();
  return buildReport({ state: book.state, counts: log.counts, span: log.span, inferredYears: log.inferredYears });
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const asRow = ({ iso, name, process, message }: Line): string =>
  [iso, `${name}/${process}`, message].map(quoted).join(',');
const asRecord = ({ iso, name, process, message }: Line) => ({
  timestamp: iso,
  syslog: { appname: name, procid: process },
  message,
});
const month = (iso: string): string => `Nov ${iso.slice(8, 10)} ${iso.slice(11, 19)}`;

describe('findings in a log', () => {
  const [straight] = readLog(leakingWeb()).findings;
  const forms: readonly (readonly [form: string, text: string])[] = [
    [
      'of text without a year',
      LINES.map(({ iso, name, process, message }) => `${month(iso)} shop ${name}/${process}:  ${message}`).join('\n'),
    ],
    [
      'of text without an app',
      LINES.map(({ iso, name, process, message }) => `${iso.replace('T', ' ')} ${name} ${process} - - ${message}`).join(
        '\n',
      ),
    ],
    ['of a table', ['Date,Program,Message', ...LINES.map(asRow)].join('\n')],
    ['of a table that begins with the newest line', ['Date,Program,Message', ...LINES.map(asRow).reverse()].join('\n')],
    ['of JSON, one object on each line', LINES.map((line) => JSON.stringify(asRecord(line))).join('\n')],
    ['of a JSON document', JSON.stringify({ events: LINES.map(asRecord) }, undefined, 1)],
  ];

  test.each(forms)('%s are those of the plain log', (_, text) => {
    const { findings, counts, span } = report(text);
    expect(findings).toMatchObject([{ kind: 'leak', certainty: 'likely', measure: 'memory', dyno: 'web.1' }]);
    if (findings[0]?.kind !== 'leak' || straight?.kind !== 'leak') throw new Error('not a leak');
    expect(findings[0].slopePerSecond! / straight.slopePerSecond!).toBeCloseTo(1, 2);
    expect(counts).toMatchObject({ lines: LINES.length, unreadable: 0, other: 0 });
    expect(new Date(span!.from * 1000).toISOString().slice(0, 16)).toBe('2026-11-20T17:59');
  });
});
