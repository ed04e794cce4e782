/** Lines in, events out: every form that the platform, its clients and leakwatch itself write. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineOrigin, LogEvent } from '../../../src/formats/heroku/events.ts';
import { HerokuLog, type LineCounts } from '../../../src/formats/heroku/log.ts';
import { renderJson, renderL2met } from '../../../src/sinks/log/log-lines.ts';
import { expectGolden } from '../../support/golden.ts';
import { publication, zombieLeak } from '../../support/publication.ts';

const T = 1_440_422_840.354607;
const HEAD = '2015-08-24T13:27:20.354607+00:00';
const MIB = 2 ** 20;

interface Read {
  readonly events: (LogEvent & LineOrigin)[];
  readonly counts: LineCounts;
}

function read(input: string | Buffer): Read {
  const events: (LogEvent & LineOrigin)[] = [];
  const log = new HerokuLog((event, origin) => events.push({ ...event, ...origin }));
  log.push(Buffer.from(input));
  log.end();
  return { events, counts: log.counts };
}

const only = (line: string): (LogEvent & LineOrigin) | undefined => read(`${line}\n`).events[0];
const platform = (message: string, process = 'web.1') => only(`${HEAD} heroku[${process}]: ${message}`);
const app = (message: string, process = 'web.1') => only(`${HEAD} app[${process}]: ${message}`);

const MEMORY =
  'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#memory_total=21.50MB sample#memory_rss=21.22MB sample#memory_cache=0.25MB sample#memory_swap=1.00MB sample#memory_pgpgin=348836pages sample#memory_pgpgout=343403pages';
const LOAD = 'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#load_avg_1m=2.46';

describe('the header', () => {
  const messages: readonly (readonly [form: string, line: string])[] = [
    ['heroku logs', `${HEAD} heroku[web.1]: ${LOAD}`],
    ['without a fraction, with Z', `2015-08-24T13:27:20Z heroku[web.1]: ${LOAD}`],
    ['at another offset', `2015-08-24T15:27:20.354607+02:00 heroku[web.1]: ${LOAD}`],
    ['a drain without its count', `<45>1 ${HEAD} host heroku web.1 - ${LOAD}`],
    ['a drain with a wrong count', `7 <45>1 ${HEAD} host heroku web.1 - ${LOAD}`],
    ['a drain with structured data', `<45>1 ${HEAD} host heroku web.1 - - ${LOAD}`],
    ['a log service', `${HEAD} shop heroku/web.1: ${LOAD}`],
    ['in colour', `\u001b[36m${HEAD} heroku[web.1]:\u001b[0m ${LOAD}`],
    ['with CR', `${HEAD} heroku[web.1]: ${LOAD}\r`],
  ];

  test.each(messages)('%s', (_, line) => {
    const found = only(line);
    expect(found).toMatchObject({ kind: 'sample', process: 'web.1', values: { load: 2.46 } });
    expect(Math.abs(found!.t - T)).toBeLessThan(0.5);
  });

  test('a counted frame from the documentation of a log service is read', () => {
    const record = `<134>1 2023-08-24T10:28:47.153192+00:00 host heroku web.1 - source=web.1 dyno=heroku.322071457.63c5abfd-838b-4e2d-bce1-ce46de280675 sample#memory_total=180.43MB sample#memory_rss=180.05MB sample#memory_cache=0.38MB sample#memory_swap=0.00MB sample#memory_pgpgin=84329pages sample#memory_pgpgout=38140pages sample#memory_quota=512.00MB\n`;
    expect(Buffer.byteLength(record)).toBe(335);
    const { events, counts } = read(`335 ${record}335 ${record}`);
    expect(events).toHaveLength(2);
    expect(events[1]).toMatchObject({ quotaBytes: 512 * MIB, appId: '322071457', drain: '', cacheBytes: 0.38 * MIB });
    expect(counts).toMatchObject({ lines: 2, platform: 2 });
  });

  test('of a drain may contain its token', () => {
    expect(only(`<45>1 ${HEAD} d.73ea7440 heroku web.1 - ${LOAD}`)).toMatchObject({ drain: 'd.73ea7440' });
  });

  test.each([
    '',
    'hello',
    HEAD,
    `${HEAD} `,
    `${HEAD} heroku[web.1]`,
    '2015-13-45T99:99:99Z a b - c',
    `<45>1 ${HEAD} host`,
  ])('is not found in %j', (line) => {
    const { events, counts } = read(`${line}\n`);
    expect(events).toEqual([]);
    expect(counts.unreadable + counts.other).toBe(line === '' ? 0 : 1);
  });
});

describe('measurements', () => {
  test('in the present form', () => {
    expect(platform(MEMORY)).toMatchObject({
      kind: 'sample',
      by: 'platform',
      appId: '2808254',
      instance: 'd97d0ea7-cf3d-411b-b453-d2943a50b456',
      values: { memory: 21.5 * MIB, swap: MIB },
      cacheBytes: 0.25 * MIB,
    });
    expect(platform(`${MEMORY} sample#memory_quota=512.00MB`)).toMatchObject({ quotaBytes: 512 * MIB });
    expect(platform(`${LOAD} sample#load_avg_5m=1.06 sample#load_avg_15m=0.99`)).toMatchObject({
      values: { load: 2.46 },
    });
  });

  test('in another order, of an app with a UUID', () => {
    const line = 'dyno=heroku.0b1f6d40-aaaa.9c2d source=web.1 sample#memory_total=10.00MB';
    expect(platform(`source=web.1 ${line}`)).toMatchObject({ appId: '0b1f6d40-aaaa', instance: '9c2d' });
  });

  test('in the form of 2013', () => {
    const source = 'source=heroku.2808254.web.1.d97d0ea7-cf3d-411b-b453-d2943a50b456';
    expect(platform(`${source} measure=load_avg_1m val=2.46`)).toMatchObject({
      values: { load: 2.46 },
      appId: '2808254',
    });
    expect(platform(`${source} measure=memory_total val=766.50 units=MB`)).toMatchObject({
      values: { memory: 766.5 * MIB },
      instance: 'd97d0ea7-cf3d-411b-b453-d2943a50b456',
      process: 'web.1',
    });
  });

  test('of databases are ignored', () => {
    expect(
      app(
        'source=DATABASE sample#current_transaction=1 sample#load-avg-1m=0.01 sample#memory-total=16070676kB',
        'heroku-postgres',
      ),
    ).toBeUndefined();
  });

  test.each(['-1MB', '1e3MB', 'inf', 'MB', '1.2.3MB', '9'.repeat(30), '5parsecs'])('of %s are unknown', (text) => {
    expect(platform(`source=web.1 dyno=heroku.1.2 sample#memory_total=${text}`)).toBeUndefined();
  });

  test('in complaints of the platform', () => {
    const complaint = { kind: 'sample', by: 'complaint', values: { memory: 533 * MIB }, quotaBytes: 512 * MIB };
    expect(platform('Process running mem=533M(104.3%)')).toMatchObject(complaint);
    expect(platform('Process running mem=1028MB(100.4%)')).toMatchObject({ quotaBytes: 1024 * MIB });
    expect(platform('Process running mem=0M(0.0%)')).toBeUndefined();
  });

  test.each([
    // At most 512 MB, and at most 511.99: no dyno has as little as that, so it is what was computed.
    ['mem=543M(106.3%)', 512],
    ['mem=522M(102.2%)', 511],
    ['mem=639M(119.9%)', 512],
    ['mem=619M(118.5%)', 512],
    ['mem=807M(157.7%)', 512],
    ['mem=1180M(115.2%)', 1024],
    ['mem=2600M(120.0%)', 1024],
    ['mem=2900M(110.0%)', 2560],
    ['mem=15001M(104.5%)', 14_336],
    ['mem=31000M(100.5%)', 30_720],
    ['mem=64000M(100.5%)', 63_488],
    ['mem=130000M(100.5%)', 129_024],
  ])('%s is a complaint of a dyno of %d MB, whose disk cache is left out of the percentage', (words, quota) => {
    expect(platform(`Process running ${words}`)).toMatchObject({ by: 'complaint', quotaBytes: quota * MIB });
  });

  test('of leakwatch, as lines and as JSON', () => {
    const published = { ...publication(), events: [zombieLeak()] };
    const identity = { source: 'web.1', dyno: 'heroku.2808254.d97d0ea7' };
    const told = (lines: string[]) => lines.map((line) => app(line));
    const asLines = told(renderL2met(published, identity));
    const asJson = told(renderJson(published, identity));
    expect(asLines[1]).toMatchObject({
      by: 'leakwatch',
      group: 'unicorn',
      values: { threads: 47, zombies: 38, processes: 4 },
    });
    expect(asLines.at(-1)).toMatchObject({
      kind: 'alert',
      code: 'W11',
      at: 'alert',
      group: 'unicorn',
      culprit: 'ruby (4711)',
    });
    expect(asLines[0]).toMatchObject({ threadLimit: 256, instance: 'd97d0ea7' });
    // Megabytes on the line have two decimals.
    const rounded = (events: typeof asLines) =>
      JSON.stringify(events, (_, value) =>
        typeof value === 'number' && value > 1e6 ? Math.round(value / 1e6) : value,
      );
    expect(rounded(asJson)).toBe(rounded(asLines));
  });
});

describe('the platform', () => {
  test.each<readonly [message: string, event: object | undefined]>([
    ['Error R14 (Memory quota exceeded)', { kind: 'error', code: 'R14', desc: 'Memory quota exceeded' }],
    ['Error R15 (Memory quota vastly exceeded)', { kind: 'error', code: 'R15' }],
    ['Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch', { code: 'R10' }],
    ['Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM', { code: 'R12' }],
    ['State changed from up to crashed', { kind: 'state', from: 'up', to: 'crashed' }],
    ['Process exited with status 137', { kind: 'exit', status: 137 }],
    ['Starting process with command `bundle exec puma -C config/puma.rb`', { kind: 'start' }],
    ['Starting process with command `gunicorn app:app -w 4`', { kind: 'start', workers: 4 }],
    ['Stopping process with SIGKILL', { kind: 'stop', how: 'killed' }],
    ['Cycling', { kind: 'stop', how: 'cycling' }],
    ['Restarting', { kind: 'stop', how: 'restarting' }],
    ['Idling', { kind: 'stop', how: 'idling' }],
    ['Stopping all processes with SIGTERM', undefined],
  ])('%s', (message, event) => {
    if (event === undefined) expect(platform(message)).toBeUndefined();
    else expect(platform(message)).toMatchObject(event);
  });

  const request = 'method=GET path="/code=H99" host=x.herokuapp.com request_id=8 fwd="1.2.3.4"';
  test.each<readonly [message: string, event: object | undefined]>([
    [`at=info ${request} dyno=web.1 connect=1ms service=18ms status=200 bytes=13 protocol=https`, undefined],
    [
      `at=error code=H12 desc="Request timeout" ${request} dyno=web.2 connect=0ms service=30000ms status=503 bytes=0`,
      { kind: 'error', code: 'H12', desc: 'Request timeout', process: 'web.2' },
    ],
    [
      `at=error code=H10 desc="App crashed" ${request} dyno= connect= service= status=503 bytes=`,
      { code: 'H10', process: '' },
    ],
    [
      'Error H12 (Request timeout) -> GET x.herokuapp.com/ dyno=web.1 queue= wait= service=30000ms status=503',
      { code: 'H12', process: 'web.1' },
    ],
  ])('router: %s', (message, event) => {
    if (event === undefined) expect(platform(message, 'router')).toBeUndefined();
    else expect(platform(message, 'router')).toMatchObject(event);
  });

  test('reports lost lines and releases', () => {
    expect(
      platform('Error L10 (output buffer overflow): 500 messages dropped since 2011-04-19T19:04:29.', 'logplex'),
    ).toMatchObject({ kind: 'lost', lines: 500 });
    expect(
      platform(
        "Error L10 (output buffer overflow): drain 'd.3f1' dropped 7 messages since 2020-01-01T00:00:00.",
        'logplex',
      ),
    ).toMatchObject({ lines: 7 });
    expect(app('Release v42 created by user someone@example.com', 'api')).toMatchObject({
      kind: 'release',
      text: 'Release v42 created',
    });
    expect(app('Scaled to web@2:Standard-1X by user someone@example.com', 'api')).toMatchObject({
      text: 'Scaled to web@2:Standard-1X',
    });
  });
});

describe('lines without a header', () => {
  test('are read if they are measurements or troubles', () => {
    expect(only(MEMORY)).toMatchObject({ kind: 'sample', by: 'platform', process: 'web.1', t: Number.NaN });
    expect(only(`heroku[web.1]: ${LOAD}`)).toMatchObject({ process: 'web.1', t: Number.NaN });
    expect(only('[FATAL] Failed to create timer thread (errno: 11)')).toMatchObject({ kind: 'trouble', process: '' });
    expect(only('source=box sample#threads=59 sample#zombies=12')).toMatchObject({ by: 'leakwatch', process: 'box' });
  });

  test('are counted otherwise', () => {
    expect(read('hello\n{"time":\nsource=\n').counts.unreadable).toBe(3);
  });
});

test('the events of a day of lines are those of the golden file', () => {
  const lines = [
    `${HEAD} heroku[web.1]: ${LOAD}`,
    `${HEAD} heroku[web.1]: ${MEMORY} sample#memory_quota=512.00MB`,
    `${HEAD} heroku[web.1]: Process running mem=590M(115.2%)`,
    `${HEAD} heroku[web.1]: Error R14 (Memory quota exceeded)`,
    `${HEAD} heroku[router]: at=error code=H13 desc="Connection closed without response" method=GET path="/" host=x request_id=1 fwd="1.2.3.4" dyno=web.1 connect=0ms service=21ms status=503 bytes=0`,
    `${HEAD} app[web.1]: E, [2015-08-24T13:27:20 #4] ERROR -- : worker=1 PID:12 timeout (61s > 60s), killing`,
    `${HEAD} app[web.1]: I, [2015-08-24T13:27:20 #4]  INFO -- : worker=1 ready`,
    `${HEAD} app[web.1]: ThreadError: can't create Thread: Resource temporarily unavailable`,
    `${HEAD} something[else]: entirely`,
  ];
  expectGolden(
    'heroku-events.jsonl',
    `${read(`${lines.join('\n')}\n`)
      .events.map((event) => JSON.stringify(event))
      .join('\n')}\n`,
  );
});

test('any bytes are read without an error, and every line is counted', () => {
  const word = fc.oneof(
    fc.constantFrom(
      HEAD,
      ' ',
      'heroku[web.1]: ',
      'app[web.1]: ',
      '<45>1 ',
      'source=',
      'sample#',
      'memory_total=',
      'dyno=heroku.',
      '{"time":',
      'at=error code=H',
      '\n',
      '\u001b[36m',
      '99 <',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const { counts } = read(words.join(''));
      expect(counts.lines).toBe(
        counts.router + counts.platform + counts.app + counts.other + counts.unreadable + counts.overlong,
      );
    }),
    { numRuns: 3000 },
  );
});
