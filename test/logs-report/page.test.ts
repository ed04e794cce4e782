/** The page of a log: whole by itself, and deaf to whatever a log holds. */
import { describe, expect, test } from 'vitest';
import { renderPage } from '../../src/logs-report/page.ts';
import { renderReport } from '../../src/logs-report/table.ts';
import { readLog } from '../logs/reading.ts';
import { healthy, killed, LogBook, leakingWeb, live, zombies } from '../support/heroku-logs.ts';

const page = (text: string): string => renderPage(readLog(text), { version: '1.2.3' });

describe.each<readonly [name: string, book: LogBook]>([
  ['a leak', leakingWeb()],
  ['many lives', killed()],
  ["leakwatch's own lines", zombies()],
  ['good health', healthy(4, 2)],
  ['nothing', new LogBook()],
])('of %s', (_, book) => {
  const html = page(book.text());

  test('loads nothing from another server', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bon\w+=|https?:/);
    expect(html).toContain(`default-src 'none'`);
  });

  test('is well formed', () => {
    const open: string[] = [];
    for (const [, close, name = '', , self] of html.matchAll(
      /<(\/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/gi,
    )) {
      if (self === '/' || name === 'meta') continue;
      if (close) expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
  });

  test('contains no NaN, Infinity or undefined', () => {
    expect(html).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });
});

test('has a chart of memory with the quota, the errors below, and the timeline', () => {
  const html = page(leakingWeb().text());
  expect(html).toContain('quota 512 MB');
  expect(html.match(/<svg /g)).toHaveLength(3);
  expect(html).toMatch(/<text class="tick"[^>]*>H12<\/text>/);
  expect(html).toContain('+38 MB/h for');
  expect(html).toContain('<h1>Probably a memory leak in web.1.</h1>');
});

describe('a hostile log', () => {
  const evil = `<script>alert(1)</script>"'&\u001b[2J\u202e`;
  const book = new LogBook();
  live(book, { dyno: `web.1${evil.replaceAll(/[\s\]]/g, '')}`, from: 0, slots: 60, memory: () => 700 });
  book.add(1_795_197_700, 'app web.2', `can't create Thread ${evil}`);
  book.add(
    1_795_197_701,
    'app web.2',
    `source=web.2 at=alert code=W11 desc=${evil} group=${evil} parent_comm=${evil} parent=1`,
  );
  book.add(1_795_197_702, 'heroku web.2', `Error R14 (${evil})`);
  book.add(1_795_197_703, 'app web.2', `source=web.2 dyno=x group=${evil} sample#group_threads=5`);
  const report = readLog(book);

  test('is shown as text', () => {
    const html = renderPage(report, { version: '1.2.3' });
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/[\u001b\u202e]/);
  });

  test('moves no cursor', () => {
    expect(renderReport(report, (_, text) => text)).not.toMatch(/[\u001b\u202e]/);
  });
});
