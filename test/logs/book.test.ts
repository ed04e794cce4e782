/** Which dyno, and which life of it, a line belongs to; and how much is kept of an endless log. */
import { describe, expect, test } from 'vitest';
import { HerokuLog } from '../../src/formats/heroku/log.ts';
import { Book, shareOfBudget } from '../../src/logs/book.ts';
import type { LogReport } from '../../src/logs/report.ts';
import {
  at,
  BEGIN,
  errors,
  HOUR,
  instanceId,
  LogBook,
  leakingWeb,
  live,
  request,
  restart,
  stamp,
} from '../support/heroku-logs.ts';
import { Random } from '../support/synthetic.ts';
import { readLog } from './reading.ts';

const livesOf = (report: LogReport, name = 'web.1') => report.dynos.find((dyno) => dyno.name === name)?.lives ?? [];
const steady = (value: number) => (): number => value;

describe('a life', () => {
  test('ends with a restart, and the next begins', () => {
    const book = new LogBook();
    live(book, { dyno: 'web.1', life: 1, from: 0, slots: HOUR, memory: steady(300) });
    restart(book, 'web.1', HOUR, 'cycling');
    live(book, { dyno: 'web.1', life: 2, from: HOUR + 2, slots: HOUR, memory: steady(300) });
    const lives = livesOf(readLog(book));
    expect(lives.map(({ instance }) => instance)).toEqual([instanceId('web.1', 1), instanceId('web.1', 2)]);
    expect(lives[0]?.end).toMatchObject({ how: 'cycled', status: 143 });
    expect(lives[1]?.end).toBeUndefined();
  });

  test('may overlap with the next: each sample goes to the life of its id', () => {
    const book = new LogBook();
    live(book, { dyno: 'web.1', life: 1, from: 0, slots: HOUR + 9, memory: steady(500), loss: 0 });
    live(book, { dyno: 'web.1', life: 2, from: HOUR, slots: HOUR, memory: steady(200), loss: 0 });
    const lives = livesOf(readLog(book));
    expect(lives.map(({ tracks }) => tracks.find(({ measure }) => measure === 'memory')?.samples)).toEqual([
      HOUR + 9,
      HOUR,
    ]);
    expect(lives[0]?.end).toMatchObject({ how: 'replaced' });
    expect(lives[1]?.tracks.find(({ measure }) => measure === 'memory')?.peak.value).toBe(200 * 2 ** 20);
  });

  test('is reported with the release or the crash that ended it', () => {
    const book = new LogBook();
    live(book, { dyno: 'web.1', life: 1, from: 0, slots: HOUR, memory: steady(300) });
    restart(book, 'web.1', HOUR, 'release');
    live(book, { dyno: 'web.1', life: 2, from: HOUR + 2, slots: HOUR, memory: steady(300) });
    book.add(
      at(2 * HOUR + 3),
      'heroku web.1',
      'Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM',
    );
    book.add(at(2 * HOUR + 4), 'heroku web.1', 'State changed from up to crashed');
    book.add(at(2 * HOUR + 4) + 1, 'heroku web.1', 'Process exited with status 1');
    const report = readLog(book);
    expect(livesOf(report).map(({ end }) => end && [end.how, end.status])).toEqual([
      ['released', 143],
      ['crashed', 1],
    ]);
    expect(report.releases).toMatchObject([{ text: 'Release v43 created' }]);
    expect(livesOf(report)[1]?.errors).toMatchObject([{ code: 'R12', count: 1 }]);
  });

  test('without ids is separated by changes of state alone', () => {
    const lines = leakingWeb()
      .lines()
      .filter((line) => !line.includes('sample#'));
    expect(livesOf(readLog(lines.join('\n'))).map(({ end }) => end?.how)).toEqual(['restarted', undefined]);
  });
});

describe('lines out of order', () => {
  test('by seconds do not change the findings', () => {
    const random = new Random(3);
    const lines = leakingWeb().lines();
    const key = (line: string): number => Date.parse(line.slice(0, 32)) / 1000;
    const shuffled = lines.map((line) => ({ line, at: key(line) + 4 * random.next() })).sort((a, b) => a.at - b.at);
    const [straight] = readLog(lines.join('\n')).findings;
    const [mixed] = readLog(shuffled.map(({ line }) => line).join('\n')).findings;
    expect(mixed).toMatchObject({ kind: 'leak', certainty: 'likely', dyno: 'web.1' });
    if (mixed?.kind !== 'leak' || straight?.kind !== 'leak') throw new Error('not a leak');
    expect(mixed.slopePerSecond! / straight.slopePerSecond!).toBeCloseTo(1, 1);
  });

  test('by days, as in files joined in the wrong order, still give separate lives', () => {
    const first = new LogBook(1);
    live(first, { dyno: 'web.1', life: 1, from: 0, slots: 9 * HOUR, memory: (slot) => 150 + (40 * slot) / HOUR });
    const second = new LogBook(2);
    live(second, { dyno: 'web.1', life: 2, from: 30 * HOUR, slots: 2 * HOUR, memory: steady(200) });
    expect(readLog(second.text() + first.text()).findings).toMatchObject([{ kind: 'leak' }]);
  });
});

describe('several dynos', () => {
  test('are separate, in the order of their numbers', () => {
    const book = new LogBook();
    for (const dyno of ['web.10', 'web.2', 'worker.1']) live(book, { dyno, from: 0, slots: 20, memory: steady(100) });
    errors(book, 'H12', 3, { from: 0, to: 20, dyno: 'web.2' });
    errors(book, 'H10', 2, { from: 0, to: 20 });
    const report = readLog(book);
    expect(report.dynos.map(({ name }) => name)).toEqual(['router', 'web.2', 'web.10', 'worker.1']);
    expect(report.dynos[1]?.errors).toMatchObject([{ code: 'H12', count: 3 }]);
    expect(report.dynos[0]?.errors).toMatchObject([{ code: 'H10', count: 2 }]);
  });

  test('of several apps are separated by the id of the app', () => {
    const book = new LogBook();
    live(book, { dyno: 'web.1', appId: 111, life: 1, from: 0, slots: 6 * HOUR, memory: steady(100) });
    live(book, { dyno: 'web.1', appId: 222, life: 2, from: 0, slots: 6 * HOUR, memory: steady(600) });
    const report = readLog(book);
    expect(report.dynos.map(({ title }) => title)).toEqual(['web.1 (app 111)', 'web.1 (app 222)']);
    expect(report.dynos.map(({ lives }) => lives.length)).toEqual([1, 1]);
    expect(report.findings).toMatchObject([{ kind: 'plateau', dyno: 'web.1 (app 222)' }]);
    // Complaints do not name their app: each one follows the sample that it belongs to.
    expect(report.dynos.map(({ errors: list }) => list.length)).toEqual([0, 1]);
  });

  test('of several apps are separated by the token of the drain', () => {
    const frames = (token: string, value: number): string => {
      const book = new LogBook();
      live(book, { dyno: 'web.1', from: 0, slots: 20, memory: steady(value) });
      return book.frames({ host: token });
    };
    expect(readLog(frames('d.73ea7440', 100) + frames('d.9d9e91fb', 200)).dynos).toHaveLength(2);
  });
});

test('a log without times is read with an interval of 20 seconds', () => {
  const lines = leakingWeb()
    .lines()
    .map((line) => line.slice(line.indexOf(' ') + 1));
  const report = readLog(lines.join('\n'));
  expect(report.untimed).toBe(true);
  expect(report.span).toBeUndefined();
  expect(report.findings).toMatchObject([{ kind: 'leak', dyno: 'web.1' }]);
});

test('a log in the form of 2013, with one value per line, gives the same finding', () => {
  const lines = leakingWeb()
    .lines()
    .flatMap((line) => {
      const [, head, source, appId, instance, rest] =
        /^(\S+ heroku\[web\.1\]: )source=(\S+) dyno=heroku\.(\d+)\.(\S+) (.*)$/.exec(line) ?? [];
      if (rest === undefined) return [line];
      return rest.split(' ').map((word) => {
        const [, name, value, unit] = /^sample#(\w+)=([\d.]+)(.*)$/.exec(word)!;
        return `${head}source=heroku.${appId}.${source}.${instance} measure=${name} val=${value}${unit ? ` units=${unit}` : ''}`;
      });
    });
  expect(readLog(lines.join('\n')).findings).toMatchObject([{ kind: 'leak', certainty: 'likely', dyno: 'web.1' }]);
});

test('each piece of news is told once, in order', () => {
  const book = new Book({ falseAlarmsPerMonth: 1 });
  const log = new HerokuLog((event, origin) => book.take(event, origin));
  log.push(Buffer.from(leakingWeb().text()));
  const news = book.takeNews();
  expect(
    news.map((one) =>
      one.kind === 'verdict' ? `${one.measure} ${one.verdict}` : one.kind === 'error' ? one.code : one.kind,
    ),
  ).toEqual(['memory suspect', 'ahead', 'ahead', 'R14', 'H12', 'end']);
  expect(book.takeNews()).toEqual([]);
});

test('the state of an endless log is bounded', () => {
  const book = new Book({ falseAlarmsPerMonth: 1, mostDynos: 100 });
  const log = new HerokuLog((event, origin) => book.take(event, origin));
  const size = (): number => JSON.stringify(book.state).length;
  const more = (from: number, to: number): void => {
    const lines: string[] = [];
    for (let i = from; i < to; i++) {
      // A one-off dyno starts every minute. A dyno that was silent for an hour gives its place to a new one.
      const head = stamp(BEGIN + 60 * i);
      lines.push(`${head} heroku[run.${i}]: State changed from starting to up`);
      lines.push(
        `${head} heroku[web.1]: source=web.1 dyno=heroku.1.${i % 50 === 0 ? i : i - (i % 50)} sample#memory_total=${i % 400}.00MB`,
      );
      lines.push(`${head} app[web.1]: source=web.1 dyno=x group=g${i} sample#group_threads=${i % 9}`);
      lines.push(`${head} app[web.1]: source=web.1 at=alert code=W10 desc=d group=g${i}`);
      lines.push(`${head} app[web.1]: worker=${i % 999} ready`);
      lines.push(`${head} heroku[web.1]: Error Q${String(i % 100).padStart(2, '0')} (${'x'.repeat(90)})`);
      lines.push(`${head} app[api]: Release v${i} created by user x`);
    }
    log.push(Buffer.from(`${lines.join('\n')}\n`));
  };
  more(0, 5000);
  const before = size();
  more(5000, 10_000);
  expect(size()).toBeLessThan(1.2 * before);
  expect(book.state).toMatchObject({ dynos: { length: 100 }, releases: { length: 100 } });
  expect(book.state.forgottenDynos).toBeGreaterThan(9000);
  expect(book.takeNews()).toHaveLength(500);
});

describe('of too many dynos', () => {
  const starting = { kind: 'state', from: 'down', to: 'starting' } as const;
  const take = (book: Book, name: string, seconds: number): void =>
    book.take(starting, { t: BEGIN + seconds, drain: '', process: name });

  test('10,000 are kept', () => {
    const book = new Book({ falseAlarmsPerMonth: 1 });
    for (let at = 1; at <= 10_001; at++) take(book, `web.${at}`, at / 1000);
    expect(book.state.dynos).toHaveLength(10_000);
    expect(book.state).toMatchObject({ forgottenDynos: 0, leftOut: 1 });
  });

  test('a new one is left out until another was silent for an hour, and then takes its place', () => {
    const book = new Book({ falseAlarmsPerMonth: 1, mostDynos: 2 });
    take(book, 'web.1', 0);
    take(book, 'web.2', 1);
    take(book, 'web.3', 3599);
    expect(book.state).toMatchObject({ dynos: [{ name: 'web.1' }, { name: 'web.2' }], forgottenDynos: 0, leftOut: 1 });
    take(book, 'web.3', 3600);
    expect(book.state).toMatchObject({ dynos: [{ name: 'web.2' }, { name: 'web.3' }], forgottenDynos: 1, leftOut: 1 });
    take(book, 'web.2', 7300);
    take(book, 'web.4', 7300);
    expect(book.state.dynos.map(({ name }) => name)).toEqual(['web.2', 'web.4']);
  });

  test('those after the first 300 are kept in brief, with the same findings', () => {
    const filler = Array.from({ length: 300 }, (_, at) => `${stamp(BEGIN)} heroku[run.${at}]: Starting process\n`);
    const full = readLog(leakingWeb());
    const ofWeb = (text: string) => {
      const report = readLog(text);
      return { findings: report.findings, ...report.dynos.find(({ name }) => name === 'web.1') };
    };
    const text = leakingWeb().text();
    const almost = ofWeb(filler.slice(1).join('') + text);
    const brief = ofWeb(filler.join('') + text);
    expect(almost).toMatchObject({ findings: full.findings, series: full.dynos[0]!.series });
    // In brief there are two series instead of three, so each has a larger share of the budget of false alarms.
    expect(brief.findings).toMatchObject([{ kind: 'leak', certainty: 'likely', dyno: 'web.1' }]);
    expect(brief.series?.map(({ measure, chart }) => [measure, chart!.points.length <= 48])).toEqual([
      ['memory', true],
      ['load', true],
    ]);
    expect(almost.series?.map(({ measure, chart }) => [measure, chart!.points.length <= 48])).toContainEqual([
      'memory',
      false,
    ]);
  });
});

test('the budget of false alarms is divided by the number of series', () => {
  expect([0, 1, 3].map((series) => shareOfBudget(1, series))).toEqual([12, 12, 4]);
});

test('errors of requests that reached no dyno belong to the only web dyno', () => {
  const book = new LogBook();
  live(book, { dyno: 'web.1', from: 0, slots: 5, memory: steady(100) });
  request(book, at(4) + 19, { code: 'H10' });
  expect(readLog(book).dynos[0]).toMatchObject({ name: 'web.1', errors: [{ code: 'H10', count: 1 }] });
});
