/** The first lines of docs/detection-results.md: they say what is not good enough. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../bench/detection/follow.js';
import { documentOf, reportOf } from '../../bench/detection/report.js';

const [HOUR, DAY, YEAR] = [180, 4320, 365 * 4320];
const SUBJECT = { name: 'leakwatch', text: 'the default', bytes: 4000, isOurs: true, forecasts: true };

const outcome = (family: string, some: Partial<Outcome>): Outcome => ({
  family,
  seed: 1,
  subject: 'leakwatch',
  metric: 'threads',
  slots: YEAR,
  points: YEAR,
  microseconds: YEAR / 2,
  quietSlots: YEAR,
  falseAlarms: [],
  told: 0,
  warnings: 0,
  hasty: false,
  ...some,
});
const leak = (family: string, some: Partial<Outcome>) => outcome(family, { quietSlots: 0, oracle: HOUR, ...some });
const reportOn = (...outcomes: Outcome[]) => reportOf({ outcomes, subjects: [SUBJECT] });

describe('the summary', () => {
  const report = reportOn(
    outcome('constant', {}),
    outcome('backlog', { falseAlarms: [1, 10_000], warnings: 30 }),
    leak('clear-threads', { suspected: 60, found: 100 }),
    leak('accepted', { found: 200 }),
    leak('accepted', {}),
  );

  test('has the figures of what was held out, and no others', () => {
    expect(report.summary).toContain('- 2 false alarms in 1.00 years of healthy series, 2.00 a year for each');
    expect(report.summary).toContain('- 1 of 2 leaks found.');
  });

  test('says which targets are missed, of held-out and of tuned families apart', () => {
    expect(report.summary).toContain(
      '- leaks found before the limit, held-out families: 50 % (1 of 2 missed) (target >= 99.5 %)',
    );
    expect(report.summary).toContain('- false alarms per series-year, worst of the held-out families: backlog: 2.00');
    expect(report.summary).not.toContain('tuned families:');
  });

  test('is followed by the worst families, and both stand above everything else', () => {
    expect(report.worst).toContain('per series-year: `backlog` 2.00;');
    expect(report.worst).toContain('per day: `backlog` 0.08;');
    expect(report.worst).toContain('leaks missed: `accepted` 1 of 2.');
    const page = documentOf({ report, subjects: [SUBJECT], facts: [['date', '2026-01-01']] });
    expect(page.indexOf(report.summary)).toBeLessThan(page.indexOf(report.worst));
    expect(page.indexOf(report.worst)).toBeLessThan(page.indexOf('\n## '));
  });

  test('is short where nothing is missed', () => {
    const { summary, worst } = reportOn(outcome('backlog', {}), leak('accepted', { found: 100 }));
    expect(summary).toMatch(/All \d+ targets are met\.$/);
    expect(worst).not.toContain('`');
  });
});

describe('targets of single families', () => {
  const measured = (what: string, ...outcomes: Outcome[]) =>
    reportOn(...outcomes)
      .sections.find(({ title }) => title === 'Targets')!
      .text.split('\n')
      .find((row) => row.startsWith(`| ${what}`));

  test('a dyno with a quota is told when it is suspected or when a forecast holds what came, whatever is first', () => {
    const checkpoints = [
      { remaining: 5 * 3600 },
      { remaining: 4 * 3600, seconds: 9 * 3600, low: 8 * 3600, high: 10 * 3600 },
      { remaining: 3 * 3600, seconds: 3 * 3600, low: 2 * 3600, high: 4 * 3600 },
    ];
    const told = (some: Partial<Outcome>) =>
      measured('10 to 38 MB an hour', leak('quota', { untilLimit: 6 * HOUR, checkpoints, ...some }));
    expect(told({})).toMatch(/ 3\.00 h .* yes /);
    expect(told({ suspected: HOUR })).toMatch(/ 60\.0 min .* yes /);
    expect(told({ checkpoints: [] })).toMatch(/ never .* NO /);
  });

  test('of the last hour before the limit the interval has to hold what came, too', () => {
    const at = (remaining: number, isHeld: boolean) => ({
      remaining,
      seconds: remaining,
      low: remaining / 2,
      high: isHeld ? 2 * remaining : remaining / 2,
    });
    const checkpoints = Array.from({ length: 19 }, (_, hour) => at((hour + 2) * 3600, true));
    const withHeld = (held: number) => {
      const approach = Array.from({ length: 12 }, (_, part) => at((part + 1) * 300, part < held));
      return measured('forecasts in the last hour', leak('memory', { untilLimit: 20 * HOUR, checkpoints, approach }));
    };
    expect(withHeld(11)).toMatch(/ 92 % .* yes /);
    expect(withHeld(8)).toMatch(/ 67 % .* NO /);
  });

  test('threads that go two forward and one back are called early on the third day', () => {
    const what = 'threads 43, 45, 44, 46 ...: leak, third day';
    const calls = [
      { life: 0, after: 8 * HOUR },
      { life: 2, after: 2.5 * HOUR },
    ];
    expect(measured(what, leak('daily-forward-and-back', { lives: 15, calls }))).toMatch(/ 2\.50 h .* yes /);
    expect(measured(what, leak('daily-forward-and-back', { lives: 15, calls: calls.slice(0, 1) }))).toMatch(/ never /);
  });

  test('of daily restarts each life after the third has to be called', () => {
    const calls = Array.from({ length: 12 }, (_, life) => ({ life, after: HOUR }));
    const row = measured(
      'leaks with daily restarts: later lives',
      leak('daily-memory', { lives: 15, calls, found: 1 }),
    );
    expect(row).toMatch(/ 75 % \(3 of 12 missed\) .* NO /);
  });

  test('a healthy program that starts anew each day is warned of once in twenty days', () => {
    const what = 'warnings a day of a healthy program';
    expect(measured(what, outcome('dynos', { quietSlots: 20 * DAY, warnings: 1 }))).toMatch(/ yes /);
    expect(measured(what, outcome('dynos', { quietSlots: 20 * DAY, warnings: 2 }))).toMatch(/ NO /);
  });

  test('a ramp that has ended may not stand as a leak for more than a quarter of its length', () => {
    const ramps = (overdue: number) =>
      measured('ramps of 2 to 12 hours', outcome('long-ramps', { rises: 20, overdue }));
    expect(ramps(1)).toMatch(/ 5\.0 % .* yes /);
    expect(ramps(2)).toMatch(/ 10 % .* NO /);
  });
});
