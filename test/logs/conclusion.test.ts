/** Incidents as logs, and the conclusions on them; with several seeds each, because none may depend on the noise. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LogFinding } from '../../src/logs/findings.ts';
import type { LogReport } from '../../src/logs/report.ts';
import { renderReport } from '../../src/logs-report/table.ts';
import { expectGolden } from '../support/golden.ts';
import {
  at,
  cyclingLeak,
  DAY,
  errors,
  exhaustion,
  HOUR,
  healthy,
  killed,
  LogBook,
  leakingWeb,
  live,
  MINUTE,
  plateau,
  restart,
  zombies,
} from '../support/heroku-logs.ts';
import { readLog } from './reading.ts';

const MIB = 2 ** 20;
const findingsOf = (book: LogBook): readonly LogFinding[] => readLog(book).findings;

/** Each incident is made and read once, whichever tests look at it. */
const reports = new Map<string, LogReport>();
function reportOf(incident: (seed: number) => LogBook, seed: number): LogReport {
  const key = `${incident.name} ${seed}`;
  const known = reports.get(key) ?? readLog(incident(seed));
  reports.set(key, known);
  return known;
}

describe.each([1, 2])('seed %i', (seed) => {
  test('a leak, with what followed from it', () => {
    const report = reportOf(leakingWeb, seed);
    expect(report.findings).toHaveLength(1);
    const [leak] = report.findings;
    expect(leak).toMatchObject({ kind: 'leak', certainty: 'likely', dyno: 'web.1', measure: 'memory', over: false });
    if (leak?.kind !== 'leak') throw new Error('not a leak');
    expect((leak.slopePerSecond! * 3600) / MIB).toBeCloseTo(38, -0.5);
    const [story] = report.timeline;
    expect(story?.happenings.map((one) => (one.kind === 'error' ? one.code : one.kind))).toEqual([
      'growth',
      'R14',
      'H12',
      'end',
    ]);
    expect(report.dynos[0]?.series.map(({ measure }) => measure)).toEqual(['memory', 'swap', 'load']);
  });

  test('a plateau above the quota, and how many workers fit', () => {
    const [found, ...others] = reportOf(plateau, seed).findings;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind: 'plateau', workers: 3, fit: 1, quotaBytes: 1024 * MIB, settled: true });
  });

  test('threads and processes used up, while memory is in order', () => {
    const [found, ...others] = reportOf(exhaustion, seed).findings;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind: 'exhaustion', what: 'threads', count: 50, first: at(5 * HOUR) + 3 });
  });

  test('zombies that leakwatch counted, and the limit that they hit', () => {
    const [first, second, ...others] = reportOf(zombies, seed).findings;
    expect(others).toEqual([]);
    expect(first).toMatchObject({ kind: 'exhaustion', what: 'threads', limit: 256, peak: 256, count: 8 });
    expect(second).toMatchObject({ kind: 'leak', measure: 'zombies', group: 'unicorn', culprit: 'ruby (4711)' });
  });

  test('a leak that the daily cycle interrupts', () => {
    const [found, ...others] = reportOf(cyclingLeak, seed).findings;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind: 'leak', certainty: 'found', dyno: 'worker.1', runs: 5, ofRuns: 5 });
  });

  test('a leak so fast that no life of it is long enough for a detector', () => {
    const report = reportOf(killed, seed);
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({ kind: 'leak', certainty: 'found', runs: 6 });
    expect(report.dynos[0]?.lives.map(({ end }) => end && `${end.how} ${end.status}`)).toEqual([
      ...Array(6).fill('killed 137'),
      undefined,
    ]);
  });

  test('good health', () => {
    const report = readLog(healthy(seed, 3));
    expect(report.findings).toEqual([]);
    expect(report.dynos.map(({ name }) => name)).toEqual(['web.1', 'web.2']);
  });

  test('frames of a drain say the same as lines', () => {
    const { counts: _, ...lines } = reportOf(leakingWeb, seed);
    const { counts: __, ...frames } = readLog(leakingWeb(seed).frames());
    expect(frames).toEqual(lines);
  });
});

/** One life with this memory, in MB. */
function life(
  memory: (slot: number) => number,
  { hours, quota = 512 }: { readonly hours: number; readonly quota?: number },
): LogBook {
  const book = new LogBook(11);
  live(book, {
    dyno: 'web.1',
    from: 0,
    slots: Math.round(hours * HOUR),
    quota,
    memory: (slot) => memory(slot) + 3 * book.random.normal(),
  });
  return book;
}

describe('memory', () => {
  test('that passes the quota for a moment is no finding, and is told', () => {
    const report = readLog(life((slot) => (slot > 2 * HOUR && slot < 2 * HOUR + 9 ? 530 : 400), { hours: 8 }).text());
    expect(report.findings).toEqual([]);
    expect(renderReport(report, (_, text) => text)).toContain('was above its quota for a short time');
  });

  test('that is above the quota when the log ends is not said to have come back', () => {
    const book = life((slot) => (slot > 2 * HOUR - 9 ? 530 : 400), { hours: 2 });
    expect(renderReport(readLog(book), (_, text) => text)).toContain('was above its quota when its log ended');
  });

  test('is back from 61 seconds after the last R14 on', () => {
    const told = (seconds: number) =>
      renderReport(
        readLog(
          `2026-11-20T18:00:00Z heroku[web.1]: Error R14 (Memory quota exceeded)\n2026-11-20T18:0${Math.floor(seconds / 60)}:0${seconds % 60}Z heroku[web.1]: Error R12 (Exit timeout)\n`,
        ),
        (_, text) => text,
      );
    expect(told(61)).toContain('for a short time only');
    expect(told(60)).toContain('when its log ended');
  });

  test('that is above it in a log of ten minutes is over quota, neither leak nor plateau', () => {
    expect(findingsOf(life(() => 560, { hours: 1 / 6 }))[0]).toMatchObject({ kind: 'over_quota' });
  });

  test('that is above it and level is a plateau, also without the number of workers', () => {
    const [found] = findingsOf(life(() => 600, { hours: 2 }));
    expect(found).toMatchObject({ kind: 'plateau' });
    expect(found).not.toHaveProperty('workers');
  });

  test('that leaked in a life before, and does no more, is over', () => {
    const book = life((slot) => 150 + (40 * slot) / HOUR, { hours: 12 });
    restart(book, 'web.1', 12 * HOUR, 'release');
    live(book, {
      dyno: 'web.1',
      life: 1,
      from: 12 * HOUR + 1,
      slots: DAY,
      memory: () => 200 + 3 * book.random.normal(),
    });
    expect(findingsOf(book)).toMatchObject([{ kind: 'leak', over: true, runs: 1, ofRuns: 2 }]);
  });

  test('of which the platform only complains is read from the complaints', () => {
    const complaints = (memory: (slot: number) => number): string =>
      life(memory, { hours: 3 })
        .lines()
        .filter((line) => !line.includes('sample#'))
        .join('\n');
    expect(readLog(complaints(() => 560)).findings).toMatchObject([{ kind: 'plateau', quotaBytes: 512 * MIB }]);
    expect(readLog(complaints((slot) => 540 + (80 * slot) / HOUR)).findings).toMatchObject([{ kind: 'leak' }]);
  });

  test('that only grows as cache is no leak', () => {
    const lines = life((slot) => 200 + (30 * slot) / HOUR, { hours: 9 }).lines();
    const cached = lines.map((line) =>
      line.replace(
        /memory_total=([\d.]+)MB(.*)memory_cache=[\d.]+MB/,
        (_, total, between) => `memory_total=${total}MB${between}memory_cache=${(total - 150).toFixed(2)}MB`,
      ),
    );
    expect(readLog(cached.join('\n')).findings).toEqual([]);
  });
});

describe('messages of the app', () => {
  const said = (line: string, times: number): LogBook => {
    const book = life(() => 300, { hours: 1 });
    for (let i = 0; i < times; i++) book.add(at(60 + i), 'app web.1', line);
    return book;
  };

  test('that may be harmless are no finding, however many there are', () => {
    expect(findingsOf(said('Errno::EAGAIN: Resource temporarily unavailable', 30))).toEqual([]);
    expect(findingsOf(said('Errno::EAGAIN: Resource temporarily unavailable - fork(2)', 1))).toMatchObject([
      { kind: 'exhaustion', what: 'threads' },
    ]);
  });

  test('about descriptors are exhaustion of descriptors', () => {
    expect(findingsOf(said('Errno::EMFILE: Too many open files', 1))).toMatchObject([
      { kind: 'exhaustion', what: 'fds' },
    ]);
  });
});

test('crashes without a leak are remarks, and no leak', () => {
  const book = life(() => 300, { hours: 2 });
  for (let i = 0; i < 4; i++) {
    book.add(at(2 * HOUR + i * 30 * MINUTE), 'heroku web.1', 'State changed from up to crashed');
    book.add(at(2 * HOUR + i * 30 * MINUTE) + 1, 'heroku web.1', 'Process exited with status 1');
    book.add(at(2 * HOUR + i * 30 * MINUTE) + 2, 'heroku web.1', 'State changed from crashed to starting');
  }
  errors(book, 'H10', 30, { from: 2 * HOUR, to: 4 * HOUR });
  const report = readLog(book);
  expect(report.findings).toEqual([]);
  expect(renderReport(report, (_, text) => text)).toMatch(/web\.1 crashed 4 times/);
});

describe('the report on a terminal', () => {
  test.each<readonly [name: string, report: () => LogReport]>([
    ['leak', () => reportOf(leakingWeb, 1)],
    ['plateau', () => reportOf(plateau, 2)],
    ['exhaustion', () => reportOf(exhaustion, 3)],
    ['zombies', () => reportOf(zombies, 7)],
    ['killed', () => reportOf(killed, 6)],
    ['healthy', () => readLog(healthy(4, 2))],
  ])('%s is as it was', (name, report) => {
    expectGolden(
      `logs-${name}.txt`,
      renderReport(report(), (_, text) => text),
    );
  });
});

test('docs/logs.md shows the printed reports', () => {
  const shown = readFileSync(new URL('../../docs/logs.md', import.meta.url), 'utf8');
  expect(shown).toContain(renderReport(reportOf(leakingWeb, 1), (_, text) => text));
  for (const golden of ['logs-plateau.txt', 'logs-zombies.txt']) {
    const [, , , , ...lines] = readFileSync(new URL(`../golden/${golden}`, import.meta.url), 'utf8').split('\n');
    for (const line of lines.slice(0, lines.indexOf(''))) expect(shown).toContain(line);
  }
});
