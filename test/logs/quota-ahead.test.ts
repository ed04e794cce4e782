/** What is coming: memory of a dyno on its way to the quota, from the platform's measurements alone. */
import { describe, expect, test } from 'vitest';
import type { QuotaAhead } from '../../src/logs/findings.ts';
import type { LogReport } from '../../src/logs/report.ts';
import { reportAsJson } from '../../src/logs-report/json.ts';
import { renderPage } from '../../src/logs-report/page.ts';
import { renderReport } from '../../src/logs-report/table.ts';
import { at, HOUR, healthy, LogBook, live, plateau, restart } from '../support/heroku-logs.ts';
import { Random, sawtooth } from '../support/synthetic.ts';
import { readLog } from './reading.ts';

const QUOTA = 512;
const SEEDS = 16;

/** Megabytes by slot: from 300 on, with noise or a sawtooth of 3 to 10 MB. */
function leaking(seed: number, perHour: number): (slot: number) => number {
  const random = new Random(seed);
  const deviation = 3 + 7 * random.next();
  const tooth = sawtooth(random, random.between(6, HOUR));
  const noises = [() => random.normal(), (slot: number) => Math.sqrt(12) * (tooth(slot) - 0.5)];
  const values: number[] = [];
  return (slot) => {
    while (values.length <= slot) {
      const at = values.length;
      values.push(300 + (perHour * at) / HOUR + deviation * noises[seed % 2]!(at));
    }
    return values[slot]!;
  };
}

function logOf(memory: (slot: number) => number, hours: number, begin: 'restart' | 'unseen' = 'restart'): LogBook {
  const book = new LogBook(1);
  if (begin === 'restart') restart(book, 'web.1', 0, 'restart');
  live(book, { dyno: 'web.1', life: 1, from: 0, slots: hours * HOUR, memory });
  return book;
}

const aheadOf = ({ findings }: LogReport): QuotaAhead | undefined =>
  findings.find((finding) => finding.kind === 'quota_ahead');

/** How many logs of the first hours say when the quota is reached, with a range that holds the truth. */
function foretold(perHour: number, hours: number): number {
  let right = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const memory = leaking(seed, perHour);
    const found = aheadOf(readLog(logOf(memory, hours)));
    let slot = hours * HOUR;
    while (memory(slot) < QUOTA) slot++;
    if (found && found.reachedFrom <= at(slot) && at(slot) <= found.reachedTo) right++;
  }
  return right;
}

test('the first hours of a leaking dyno say when it reaches its quota', { timeout: 60_000 }, () => {
  expect(foretold(38, 4.5)).toBeGreaterThanOrEqual(0.8 * SEEDS);
  expect(foretold(20, 4.5)).toBeGreaterThanOrEqual(0.8 * SEEDS);
  expect(foretold(20, 6)).toBeGreaterThanOrEqual(0.8 * SEEDS);
});

describe('a dyno that has used 82 % of its quota after six hours', () => {
  const report = readLog(logOf(leaking(4, 20), 6));

  test('is named with its pace and its end: in text, in JSON and on the page', () => {
    const text = renderReport(report, (_, words) => words);
    expect(text).toContain('Probably a memory leak in web.1.');
    const sentence =
      /web\.1: memory will reach the quota of 512 MB in [2-6](\.\d)? h \(.* to .* h\), at about 0\d:\d\d \(0\d:\d\d to 0\d:\d\d\), if it goes on to grow: \+(19|2[01])(\.\d)? MB\/h, and 4\d\d MB at 23:5\d, 8\d % of it\./;
    expect(text).toMatch(sentence);
    expect(text).toMatch(/web\.1 +memory .* \+(19|2[01])(\.\d)? MB\/h +leak\?\n/);
    expect(renderPage(report, { version: '0' })).toMatch(sentence);
    const json = JSON.parse(JSON.stringify(reportAsJson(report)));
    expect(json.conclusion).toEqual({ kind: 'leak', text: 'Probably a memory leak in web.1.' });
    const [ahead] = json.findings.filter(({ kind }: { kind: string }) => kind === 'quota_ahead');
    expect(ahead.text).toMatch(sentence);
    const { at: seen, used, quotaBytes, reachedAt, reachedFrom, reachedTo, slopePerSecond } = ahead;
    expect(quotaBytes).toBe(512 * 2 ** 20);
    expect((slopePerSecond * 3600) / 2 ** 20).toBeCloseTo(20, -0.5);
    expect(used).toBeLessThan(quotaBytes);
    expect([seen < reachedFrom, reachedFrom < reachedAt, reachedAt < reachedTo]).toEqual([true, true, true]);
  });
});

test('a life whose beginning is not in the log is at least as old as the log', () => {
  expect(aheadOf(readLog(logOf(leaking(4, 20), 6, 'unseen')))).toBeDefined();
});

test('a life that has ended has nothing ahead, nor has the young one after it', () => {
  const book = logOf(leaking(4, 20), 6);
  restart(book, 'web.1', 6 * HOUR, 'restart');
  expect(aheadOf(readLog(book))).toBeUndefined();
  live(book, { dyno: 'web.1', life: 2, from: 6 * HOUR + 1, slots: HOUR, memory: () => 300 });
  expect(aheadOf(readLog(book))).toBeUndefined();
});

test('what is above the quota is not ahead of it', () => {
  expect(aheadOf(readLog(plateau()))).toBeUndefined();
  expect(aheadOf(readLog(logOf((slot) => 300 + (100 * slot) / HOUR, 3)))).toBeUndefined();
});

test('healthy dynos have nothing ahead', () => {
  for (const days of [0.3, 0.5, 1.4]) expect(aheadOf(readLog(healthy(4, days)))).toBeUndefined();
});

test('the last of it is said as well: less than an hour is left', () => {
  const found = aheadOf(readLog(logOf((slot) => 300 + (60 * slot) / HOUR, 3)))!;
  expect((found.reachedAt - found.at) / 3600).toBeCloseTo(32 / 60, 1);
});
