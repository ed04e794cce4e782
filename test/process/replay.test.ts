/** A replay of a live run reports what the live run reported; and what `replay` makes of files of any kind. */
import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { METRICS } from '../../src/model/metrics.ts';
import { Daemon, type Finished, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { Puppet } from '../support/puppet.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

type Json = Record<string, unknown>;

const directory = temporaryDirectory('leakwatch-replay-');
const file = (name: string): string => `${directory}/${name}`;

function written(name: string, lines: readonly (string | object)[]): string {
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  writeFileSync(file(name), text);
  return file(name);
}

const parsed = (text: string): Json[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

function withoutSummary({ code, stdout, stderr }: Finished): { events: Json[]; summary: Json } {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = parsed(stdout);
  const last = lines.pop()!;
  expect(Object.keys(last)).toEqual(['summary']);
  expect(lines.some((line) => 'summary' in line)).toBe(false);
  return { events: lines, summary: last.summary as Json };
}

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a live run', () => {
  const title = uniqueName('app');
  const said = ({ t, group, metric, verdict, previous, code }: Json): Json => ({
    t,
    group,
    metric,
    verdict,
    previous,
    code,
  });
  let live: Json[];
  let puppet: Puppet | undefined;
  let daemon: Daemon | undefined;

  beforeAll(async () => {
    puppet = await Puppet.start({ title });
    const args = ['--interval', '100ms', '--log-format', 'json', '--group', `app=^${title}$`];
    daemon = await Daemon.start([...args, '--record', file('live')]);
    // Other programs of the host may leak as well.
    const told = (at: string): boolean =>
      daemon!.lines.some((line) => line.includes(`"at":"${at}"`) && line.includes('"group":"app"'));
    // One more between two looks, so that they grow from sample to sample.
    await until(
      async () => {
        if (!told('alert')) await puppet!.do({ zombies: 1 });
        return told('alert');
      },
      { what: 'the zombie leak to be told', everyMs: 100 },
    );
    await puppet.stop();
    puppet = await Puppet.start({ title });
    await until(() => told('resolved'), { what: 'its end' });
    await daemon.stop();
    live = daemon.lines
      .map((line): Json => JSON.parse(line))
      .filter(({ group, at }) => group === 'app' && at !== 'sample');
  });

  afterAll(async () => {
    daemon?.kill();
    await puppet?.stop();
  });

  test('is replayed with the same events', async () => {
    const { events, summary } = withoutSummary(await run(['replay', file('live'), '--json']));
    expect(live.map(({ at }) => at)).toEqual(expect.arrayContaining(['alert', 'resolved']));
    expect(events.filter(({ group }) => group === 'app').map(said)).toEqual(live.map(said));
    expect(summary).toMatchObject({ events: events.length, malformedLines: 0, wallSeconds: expect.any(Number) });
    expect(summary.ticks).toBeGreaterThan(10);
  });

  test('is replayed with the same evidence', async () => {
    const { events } = withoutSummary(await run(['replay', file('live'), '--json']));
    const evidence = ({ evidence: numbers, value }: Json): Json => ({ numbers, value });
    expect(events.filter(({ group }) => group === 'app').map(evidence)).toEqual(live.map(evidence));
  });

  test('is replayed in words', async () => {
    const { code, stdout, stderr } = await run(['replay', file('live')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ alert W11 app leaks zombies: \d+ zombies/m);
    expect(stdout).toMatch(/\n[\d,]+ samples of [\d,]+ series: \d+ events? \([\d.]+ s\)\n$/);
  });
});

/** A thread more every minute for five hours, sampled every 20 s: its limit is reached after three and a half. */
const TICKS = 900;

const leaking = [
  { leakwatch: 1, intervalSeconds: 20, source: 'web.1' },
  ...Array.from({ length: TICKS }, (_, at) => ({
    t: 1_700_000_000 + 20 * at,
    groups: { unicorn: { start: '4711:881234', threads: 43 + Math.floor(at / 3), zombies: 0, rss: 412_000_000 } },
    limits: { threads: 256, memory: 536_870_912 },
  })),
];

describe('a recording made by hand', () => {
  test('needs only the keys that docs/recording.md requires', async () => {
    const { events, summary } = withoutSummary(await run(['replay', written('hand', leaking), '--json']));
    const leak = events.find(({ verdict }) => verdict === 'leak')!;
    expect(leak).toMatchObject({ group: 'unicorn', metric: 'threads', code: 'W10', at: 'alert', desc: 'thread_leak' });
    expect(Object.keys(leak).slice(0, 7)).toEqual(['t', 'group', 'metric', 'verdict', 'previous', 'code', 'evidence']);
    expect((leak.evidence as Json).slopePerSecond).toBeCloseTo(1 / 60, 3);
    const forecast = events.find(({ code }) => code === 'W20')!;
    expect((forecast.evidence as Json).exhaustionSeconds).toBeLessThanOrEqual(3600);
    expect(events.at(-1)).toMatchObject({ code: 'W21', at: 'alert' });
    expect(events.every(({ metric }) => metric === 'threads')).toBe(true);
    expect(summary).toMatchObject({ ticks: TICKS, series: METRICS.length });
  });

  test('is read from standard input', async () => {
    const [fromFile, fromPipe] = await Promise.all([
      run(['replay', written('hand', leaking), '--json']),
      run(['replay', '-', '--json'], { stdin: leaking.map((line) => `${JSON.stringify(line)}\n`).join('') }),
    ]);
    expect(withoutSummary(fromPipe).events).toEqual(withoutSummary(fromFile).events);
  });

  test('with broken lines is replayed, and they are named and counted', async () => {
    const lines: (string | object)[] = [...leaking];
    lines.splice(3, 0, '{"t":1700000041,"gro');
    lines.splice(5, 0, '{"t":"then","groups":{}}', '', '[1]');
    const path = written('broken', lines);
    const { code, stdout, stderr } = await run(['replay', path, '--json']);
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      `leakwatch: ${path}:4: not JSON`,
      `leakwatch: ${path}:6: t: not a number from 0 to 2^53`,
      `leakwatch: ${path}:8: line: not an object`,
    ]);
    const replayed = parsed(stdout);
    expect(replayed.pop()).toMatchObject({ summary: { ticks: TICKS, malformedLines: 3 } });
    expect(replayed.some(({ code: alert }) => alert === 'W10')).toBe(true);
  });

  test('where two metrics alert at once is one line in words and two as JSON', async () => {
    // Half a day: it takes that long to be certain that memory leaks.
    const lines = Array.from({ length: 2200 }, (_, at) => {
      const unicorn = { start: '4711:881234', shmem: (400 + at) << 18, anon: (300 + at) << 18 };
      return { t: 1_700_000_000 + 20 * at, groups: { unicorn } };
    });
    const path = written('memory', [{ leakwatch: 1, intervalSeconds: 20, source: 'web.1' }, ...lines]);
    const [asJson, inWords] = await Promise.all([run(['replay', path, '--json']), run(['replay', path])]);
    const alerts = withoutSummary(asJson).events.filter(({ at }) => at === 'alert');
    expect(alerts.map(({ metric }) => metric).sort()).toEqual(['anon', 'shmem']);
    const told = inWords.stdout.trimEnd().split('\n');
    expect(told.filter((line) => line.includes(' alert W12 unicorn leaks '))).toHaveLength(1);
    expect(told.at(-1)).toContain(`: ${told.length - 1} events (`);
  });

  const MISSING = 'does not begin with a header: an interval of';
  const INFERRED = 'is assumed, the time between its samples';

  test('begins with a header, or the interval is inferred, with a warning', async () => {
    const slow = leaking.slice(1).map((line, at) => ({ ...line, t: 1_700_000_000 + 60 * at }));
    const header = { leakwatch: 1, intervalSeconds: 60, source: '' };
    const path = written('headless', slow);
    const [headless, whole] = await Promise.all([
      run(['replay', path, '--json']),
      run(['replay', written('headed', [header, ...slow]), '--json']),
    ]);
    expect(headless).toMatchObject({ code: 0, stderr: `leakwatch: ${path} ${MISSING} 60 s ${INFERRED}\n` });
    expect(withoutSummary({ ...headless, stderr: '' }).events).toEqual(withoutSummary(whole).events);
    const single = written('single', slow.slice(0, 1));
    expect(await run(['replay', single])).toMatchObject({
      code: 0,
      stderr: `leakwatch: ${single} ${MISSING} 20 s is assumed\n`,
    });
  });

  test('may have its header in the middle, or a byte order mark before it', async () => {
    const [header, ...samples] = leaking;
    const middle = await run([
      'replay',
      written('middle', [...samples.slice(0, 5), header!, ...samples.slice(5)]),
      '--json',
    ]);
    expect(middle.stderr).toContain(`${MISSING} 20 s ${INFERRED}`);
    const whole = await run(['replay', written('whole', leaking), '--json']);
    expect(withoutSummary({ ...middle, stderr: '' }).events).toEqual(withoutSummary(whole).events);
    const marked = written('marked', [`\ufeff${JSON.stringify(header)}`, ...samples]);
    expect(withoutSummary(await run(['replay', marked, '--json'])).events).toEqual(withoutSummary(whole).events);
  });

  test('of a later version is a failure', async () => {
    const path = written('later', [{ leakwatch: 2, every: '20s' }, ...leaking.slice(1)]);
    expect(await run(['replay', path])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `leakwatch: ${path}:1: a recording of version 2; this leakwatch reads version 1\n`,
    });
  });

  test('of nothing but rubbish is a failure', async () => {
    const { code, stdout, stderr } = await run(['replay', '-', '--json'], {
      stdin: `${'\u001b[2J}{\n'.repeat(1000)}\0\u0001\n`,
    });
    expect(code).toBe(1);
    expect(stderr).not.toContain('\u001b');
    expect(stderr.trimEnd().split('\n')).toHaveLength(22);
    expect(stderr).toMatch(/\nleakwatch: - holds no sample\n$/);
    expect(stderr).toContain('981 more malformed lines');
    expect(JSON.parse(stdout)).toMatchObject({ summary: { ticks: 0, series: 0, malformedLines: 1001 } });
  });

  test.each([
    ['is empty', []],
    ['has only a header', leaking.slice(0, 1)],
  ])('that %s holds no sample, which is a failure', async (_, lines) => {
    const path = written('none', lines);
    const says = { code: 1, stderr: `leakwatch: ${path} holds no sample\n` };
    expect(await run(['replay', path])).toMatchObject({ ...says, stdout: '' });
    const { stdout, ...rest } = await run(['replay', path, '--json']);
    expect(rest).toMatchObject(says);
    expect(JSON.parse(stdout)).toMatchObject({ summary: { ticks: 0, series: 0, events: 0 } });
  });
});

test.each([
  ['that is missing', 'missing', 'ENOENT'],
  ['that is a directory', '', 'EISDIR'],
])('a file %s is a failure in one sentence', async (_, name, reason) => {
  const { code, stdout, stderr } = await run(['replay', file(name)]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^leakwatch: cannot read the recording .*${reason}.*\\n$`));
});

describe('how far ahead a limit is warned of', () => {
  const MIB = 2 ** 20;
  const growing = (source: string): string => {
    const lines = Array.from({ length: 900 }, (_, slot) => {
      const anon = Math.round((300 + slot / 9) * MIB);
      const limits = { limits: { memory: 512 * MIB }, used: { memory: anon } };
      return { t: 1_700_000_000 + 20 * slot, groups: { web: { start: '1:1', anon } }, ...limits };
    });
    return written(source, [{ leakwatch: 1, intervalSeconds: 20, source }, ...lines]);
  };
  const hoursAhead = async (source: string, ...args: string[]) => {
    const { events } = withoutSummary(await run(['replay', growing(source), '--json', ...args]));
    const told = events.find(({ code }) => code === 'W20') as { evidence: { exhaustionSeconds: number } } | undefined;
    return told && told.evidence.exhaustionSeconds / 3600;
  };

  test('is the time that was asked for, and on a dyno the time to its restart', async () => {
    expect(await hoursAhead('host')).toBeLessThan(6);
    expect(await hoursAhead('web.1')).toBeGreaterThan(6.5);
    expect(await hoursAhead('host', '--warn-ahead', '9h')).toBeGreaterThan(6.5);
    expect(await hoursAhead('host', '--warn-ahead', '1h')).toBeUndefined();
  });
});
