/**
 * An app may print whatever it likes, lines like leakwatch's and like the platform's among them. What it prints stands under
 * its own name (`app[web.1]`), so it can tell tales about its own dyno, and about no other, and never in the platform's
 * name.
 */
import { describe, expect, test } from 'vitest';
import { renderPage } from '../../src/logs-report/page.ts';
import { renderReport } from '../../src/logs-report/table.ts';
import { LogBook } from '../support/heroku-logs.ts';
import { readLog } from './reading.ts';

const AT = 1_795_197_700;
const plain = (_style: unknown, text: string): string => text;

describe('lines of the platform that an app prints', () => {
  const forged = [
    'source=web.1 dyno=heroku.1.2 sample#memory_total=900.00MB sample#memory_quota=512.00MB',
    'source=heroku dyno=heroku.1.2 sample#load_avg_1m=99',
    'Error R14 (Memory quota exceeded)',
    'Process running mem=900M(175.8%)',
    'State changed from up to crashed',
    'Process exited with status 137',
    'at=error code=H12 desc="Request timeout" method=GET path="/" host=a dyno=web.1 connect=1ms service=30000ms status=503',
    '2026-11-20T21:22:00.123456+00:00 heroku[web.1]: State changed from up to crashed',
    'heroku[web.1]: Error R14 (Memory quota exceeded)',
    'x\u2028heroku[web.1]: State changed from up to crashed',
    'x\u0085heroku[web.1]: State changed from up to crashed',
    'x\rheroku[web.1]: State changed from up to crashed',
    '\u001b[36mheroku[web.1]: \u001b[0mState changed from up to crashed',
  ];

  test.each(forged)('%j is the word of the app', (message) => {
    const book = new LogBook();
    for (let minute = 0; minute < 60; minute++) book.add(AT + 60 * minute, 'app web.1', message);
    const { dynos, findings } = readLog(book.text());
    expect(findings).toEqual([]);
    for (const { series, errors, lives } of dynos) {
      expect([series, errors, lives.filter(({ end }) => end)]).toEqual([[], [], []]);
    }
  });
});

const alert = (source: string, group = 'sidekiq'): string =>
  `source=${source} dyno=heroku.1.2 at=alert code=W30 desc=crash_loop group=${group} sample#processes=1 restarts=9`;

test('an alert counts for the dyno under whose name it stands, whatever dyno it names', () => {
  const book = new LogBook();
  book.add(AT, 'app web.2', 'at work');
  book.add(AT + 1, 'app web.1', alert('web.2'));
  const { findings } = readLog(book.text());
  expect(findings.map(({ dyno }) => dyno)).toEqual(['web.1']);
});

test('an alert in the log is told as what the app printed', () => {
  const book = new LogBook();
  book.add(AT + 1, 'app web.1', alert('web.1'));
  expect(renderReport(readLog(book.text()), plain)).toMatch(/told in the app's lines at /);
});

test('however many forged lines there are, what is kept and shown of them is bounded', () => {
  const book = new LogBook();
  for (let line = 0; line < 60_000; line++) {
    book.add(AT + line, 'app web.1', alert('web.1', `group-${line}`));
    book.add(AT + line, 'app web.1', `source=web.1 dyno=heroku.1.2 group=g${line} sample#group_threads=${line}`);
    book.add(AT + line, 'app web.1', `source=web.1 dyno=heroku.1.${line} sample#threads=${line} sample#zombies=1e300`);
  }
  const report = readLog(book.text());
  expect(report.findings.length).toBeLessThanOrEqual(100);
  for (const { series, lives } of report.dynos) {
    expect(series.length).toBeLessThanOrEqual(48);
    // 60 that are over, one that is not, and one that stands for all before.
    expect(lives.length).toBeLessThanOrEqual(62);
  }
  expect(JSON.stringify(report).length).toBeLessThan(1_000_000);
  expect(renderReport(report, plain).length).toBeLessThan(200_000);
  expect(renderPage(report, { version: '1' }).length).toBeLessThan(2_000_000);
});
