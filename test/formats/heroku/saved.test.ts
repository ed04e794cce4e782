/** Logs as log services show, save and export them: each form gives what `heroku logs` gives. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineOrigin, LogEvent } from '../../../src/formats/heroku/events.ts';
import { HerokuLog, type LineCounts } from '../../../src/formats/heroku/log.ts';
import { Order } from '../../../src/formats/heroku/order.ts';

const MIB = 2 ** 20;
/** 2026-01-08T08:55:11Z */
const T = 1_767_862_511;
/** 2026-11-27 */
const SAVED_AT = T + 323 * 86_400;
const SAMPLE =
  'source=web.1 dyno=heroku.1.0000-01 sample#memory_total=300.00MB sample#memory_rss=300.00MB sample#memory_quota=512.00MB';
const STATE = 'State changed from up to crashed';

type Found = LogEvent & LineOrigin;

function read(input: string, { savedAt = SAVED_AT, chunk = 1 << 20 } = {}) {
  const events: Found[] = [];
  const log = new HerokuLog(
    (event, origin) => events.push({ ...event, ...origin }),
    Number.isNaN(savedAt) ? {} : { savedAt },
  );
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += chunk) log.push(bytes.subarray(at, at + chunk));
  log.end();
  return { events, counts: log.counts, years: log.inferredYears };
}

const expectSample = (event: Found | undefined, drain = ''): void => {
  expect(event).toMatchObject({ kind: 'sample', by: 'platform', process: 'web.1', values: { memory: 300 * MIB } });
  expect({ t: Math.floor(event!.t), drain: event!.drain }).toEqual({ t: T, drain });
};
const expectState = (event: Found | undefined, process = 'web.1'): void => {
  expect(event).toMatchObject({ kind: 'state', from: 'up', to: 'crashed', process });
  expect(Math.floor(event!.t)).toBe(T);
};

describe('a line of text', () => {
  test.each<[head: string, drain?: string]>([
    // Papertrail: viewer, its copy, command line, without the year and with the time of another zone
    ['Jan 08 08:55:11 shop heroku/web.1:  ', 'shop'],
    ['Jan 08 08:55:11 heroku/web.1 '],
    ['Jan  8 08:55:11 shop heroku/web.1: ', 'shop'],
    ['2026-01-08T00:55:11-08:00 shop heroku/web.1: ', 'shop'],
    ['\u001b[36mJan 08 08:55:11\u001b[0m \u001b[1mshop\u001b[0m \u001b[32mheroku/web.1\u001b[0m: ', 'shop'],
    [
      '50342052\t2026-01-08 00:55:11 -0800\t2026-01-08 00:55:12 -0800\t42\tshop\t10.1.2.3\tUser\tInfo\theroku/web.1\t',
      'shop',
    ],
    ['50342052\t2026-01-08T08:55:11\t2026-01-08T08:55:12Z\t42\tshop\t10.1.2.3\tLocal3\tInfo\theroku/web.1\t', 'shop'],
    // Logentries: export, tail, frames
    ['2026-01-08 08:55:11.100000+00:00 heroku web.1 - - '],
    ['<134>1 2026-01-08T08:55:11+00:00 heroku web.1 - - '],
    ['134 <134>1 2026-01-08T08:55:11+00:00 host heroku web.1 - - '],
    ['08 Jan 2026 08:55:11.100 heroku web.1 - '],
    // Others
    ['2026-01-08 08:55:11.100 UTC heroku[web.1]: '],
    ['2026-01-08T08:55:11.100Z [heroku] [web.1] '],
    ['2026-01-08T08:55:11.100Z info heroku web.1 '],
    ['Jan 8 2026 08:55:11.100 shop (heroku/web.1) ', ''],
    ['1767862511.100 heroku[web.1]: '],
    ['1767862511100 shop heroku/web.1: ', 'shop'],
    ['20260108T085511Z heroku[web.1]: '],
    ['timestamp=2026-01-08T08:55:11Z program=heroku/web.1 message='],
    ['2026-01-08T08:55:11Z shop-logs 2026-01-08T08:55:10+00:00 heroku[web.1]: '],
    ['> 2026-01-08T08:55:11.123456+00:00 heroku[web.1]: '],
    ['2026-01-08T08:55:11 heroku[web.1]: '],
    ['2026-01-08 08:55:11,100 heroku[web.1] '],
    ['2026/01/08 08:55:11 heroku/web.1: '],
    ['[2026-01-08T08:55:11Z] heroku[web.1]: '],
    ['Thu Jan  8 08:55:11 2026 heroku[web.1]: '],
    ['Thu, 08 Jan 2026 08:55:11 GMT heroku/web.1: '],
    ['08/Jan/2026:08:55:11 +0000 heroku/web.1 '],
    ['1/8/2026, 8:55:11 AM heroku/web.1 '],
    ['Jan 8, 2026 @ 08:55:11.100 heroku web.1 '],
    ['January 8, 2026 at 8:55:11 am heroku:web.1 '],
    ['2026-01-08 10:55:11 +0200 shop heroku/web.1 | ', 'shop'],
    ['<45>Jan  8 08:55:11 d.73ea7440 heroku[web.1]: ', 'd.73ea7440'],
    ['^[[36m2026-01-08T08:55:11.123456+00:00 heroku[web.1]:^[[0m '],
    ['[36m2026-01-08T08:55:11.123456+00:00 heroku[web.1]:[0m '],
    ['#033[36m2026-01-08T08:55:11.123456+00:00 heroku[web.1]:#033[0m '],
    ['2026-01-08T08:55:11.123456+00:00 \u001b[36mheroku[web.1]:\u001b[0m '],
    ['<45>1 2026-01-08T08:55:11+00:00 host heroku web.1 - [meta sequenceId="7"] '],
    ['\ufeff2026-01-08T08:55:11.123456+00:00 heroku[web.1]: '],
  ])('begins with %j', (head, drain) => {
    const { events, counts } = read(`${head}${STATE}\n${head}${SAMPLE}\n`);
    expectState(events[0]);
    expectSample(events[1], drain);
    expect(counts).toMatchObject({ lines: 2, platform: 2, unreadable: 0, other: 0 });
  });

  test.each(['web-12a34b56d-e78f9', 'run.4711', 'scheduler.1234', 'worker_fast.12'])('may be of %s', (process) => {
    for (const head of [`heroku/${process}:`, `heroku[${process}]:`, `heroku ${process} -`])
      expectState(read(`Jan 08 08:55:11 shop ${head} ${STATE}\n`).events[0], process);
  });

  test('may be of the router or of the app', () => {
    const lines = [
      'Jan 08 08:55:11 shop heroku/router: at=error code=H12 desc="Request timeout" method=GET path="/" dyno=web.2 status=503',
      'Jan 08 08:55:11 shop app/web.1:   Errno::EAGAIN: Resource temporarily unavailable - fork(2)',
      'Jan 08 08:55:11 shop app/api: Release v42 created by user x@example.com',
    ];
    expect(read(lines.join('\n')).events).toMatchObject([
      { kind: 'error', code: 'H12', process: 'web.2' },
      { kind: 'trouble', process: 'web.1' },
      { kind: 'release', text: 'Release v42 created' },
    ]);
  });

  test.each([
    '2026-01-08T08:55:11Z the app web.1 was started',
    'the app/web.1 process',
    'Started GET "/" at 2026-01-08 08:55:11 for heroku/web.1/x',
    '2026-01-08 08:55:11 see app/models/web.1',
  ])('is none in %j', (line) => {
    expect(read(`${line}\n`).events).toEqual([]);
  });
});

describe('a record', () => {
  const at = '2026-01-08T08:55:11.100Z';
  const records: [service: string, record: (message: string) => object, drain?: string][] = [
    [
      'papertrail --json',
      (message) => ({
        id: '1',
        received_at: at,
        display_received_at: 'Jan 08 08:55:11',
        source_ip: '10.1.2.3',
        source_name: 'shop',
        hostname: 'shop',
        program: 'heroku/web.1',
        severity: 'Info',
        facility: 'User',
        message,
      }),
      'shop',
    ],
    [
      'SolarWinds',
      (message) => ({ time: at, hostname: 'shop', severity: 'INFO', program: 'heroku/web.1', message }),
      'shop',
    ],
    [
      'Better Stack',
      (message) => ({ dt: at, message, syslog: { appname: 'heroku', procid: 'web.1', host: 'd.73ea' }, level: 'info' }),
      'd.73ea',
    ],
    [
      'vector',
      (message) => ({
        app_name: 'heroku',
        host: 'host',
        message,
        proc_id: 'web.1',
        timestamp: at,
        source_type: 'heroku_logs',
      }),
    ],
    [
      'Datadog',
      (message) => ({
        id: 'AQ',
        content: {
          timestamp: at,
          service: 'shop',
          tags: ['source:heroku'],
          message,
          attributes: { syslog: { appname: 'heroku', procid: 'web.1', prival: 45 } },
        },
      }),
    ],
    [
      'Datadog with tags',
      (message) => ({ timestamp: T * 1000 + 100, source: 'heroku', tags: ['env:live', 'dyno:web.1'], message }),
    ],
    [
      'Splunk',
      (message) => ({
        preview: false,
        result: { _raw: `<45>1 ${at} host heroku web.1 - ${message}`, _time: '2026-01-08 09:00:00' },
      }),
    ],
    [
      'CloudWatch',
      (message) => ({
        logStreamName: 'shop',
        timestamp: T * 1000 + 1,
        message: `heroku[web.1]: ${message}`,
        eventId: '3',
      }),
    ],
    ['Mezmo', (message) => ({ _ts: T * 1000, _host: 'shop', _app: 'heroku[web.1]', _line: message }), 'shop'],
    [
      'Elastic',
      (message) => ({
        _source: { '@timestamp': [at], message: [message], 'syslog.program': ['heroku'], 'syslog.procid': ['web.1'] },
      }),
    ],
    [
      'Coralogix',
      (message) => ({ timestamp: T * 1e9, applicationName: 'shop', subsystemName: 'web.1', text: message }),
      'shop',
    ],
    [
      'Coralogix with text of its own',
      (message) => ({ timestamp: `${at}`, text: JSON.stringify({ appname: 'heroku', procid: 'web.1', message }) }),
    ],
    ['rsyslog', (message) => ({ '@timestamp': at, host: 'heroku', appname: 'web.1', message })],
    [
      'logstash',
      (message) => ({ '@timestamp': at, syslog_program: 'heroku', syslog_procid: 'web.1', syslog_message: message }),
    ],
    ['the platform', (message) => ({ created_at: at, source: 'heroku', dyno: 'web.1', message })],
  ];

  test.each(records)('of %s, one on each line', (_, record, drain) => {
    const { events, counts } = read(`${JSON.stringify(record(STATE))}\n${JSON.stringify(record(SAMPLE))}\n`);
    expectState(events[0]);
    expectSample(events[1], drain);
    expect(counts).toMatchObject({ lines: 2, platform: 2, unreadable: 0 });
  });

  test.each(records)('of %s, in a document', (_, record, drain) => {
    const both = [record(STATE), record(SAMPLE)];
    for (const document of [both, { events: both, next: null }, { data: { hits: both } }]) {
      for (const text of [
        JSON.stringify(document),
        JSON.stringify(document, undefined, 2),
        ` ${JSON.stringify(document)}\n`,
      ]) {
        for (const chunk of [1 << 20, 7]) {
          const { events, counts } = read(text, { chunk });
          expectState(events[0]);
          expectSample(events[1], drain);
          expect(counts).toMatchObject({ lines: 2, platform: 2, unreadable: 0 });
        }
      }
    }
  });

  test('of an app, from a service that calls all of it Heroku', () => {
    const message = "ThreadError: can't create Thread: Resource temporarily unavailable";
    const record = { timestamp: at, source: 'heroku', procid: 'web.1', message };
    expect(read(`${JSON.stringify(record)}\n`)).toMatchObject({
      events: [{ kind: 'trouble', process: 'web.1' }],
      counts: { app: 1 },
    });
  });

  test('without a process still has its measurements', () => {
    expectSample(read(`${JSON.stringify({ timestamp: at, message: SAMPLE })}\n`).events[0]);
  });

  test('that is too long, or in which nothing is known, is counted', () => {
    expect(read('[{"a":1},{"b":{"c":[{"d":2}]}}]').counts).toMatchObject({ lines: 0 });
    expect(read('{"a":[{"b":1}]}').counts).toMatchObject({ lines: 1, unreadable: 1 });
  });
});

describe('a table', () => {
  const row = (...cells: string[]): string => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
  test.each<[service: string, names: string, row: (message: string) => string, drain?: string]>([
    [
      'Datadog',
      'Date,Host,Service,@syslog.procid,Message',
      (message) => row('2026-01-08T08:55:11.100Z', 'shop', 'web', 'web.1', message),
      'shop',
    ],
    [
      'Splunk',
      '"_raw","_time",host,source,sourcetype',
      (message) =>
        row(
          `<45>1 2026-01-08T08:55:11+00:00 host heroku web.1 - ${message}`,
          '2026-01-08T09:00:00',
          'x',
          'http:heroku',
          'heroku',
        ),
    ],
    ['Splunk, one column', '"_raw"', (message) => row(`2026-01-08T08:55:11+00:00 heroku[web.1]: ${message}`)],
    ['CloudWatch', 'timestamp,message', (message) => row('1767862511100', `heroku[web.1]: ${message}`)],
    ['CloudWatch Insights', '@timestamp,@message', (message) => `2026-01-08 08:55:11.100,heroku[web.1]: ${message}`],
    [
      'SolarWinds',
      'Time;Host;Program;Message',
      (message) => `2026-01-08 08:55:11;shop;heroku/web.1;${message}`,
      'shop',
    ],
    [
      'Better Stack',
      'dt,level,message,syslog.appname,syslog.procid',
      (message) => row('2026-01-08 08:55:11.100 UTC', 'info', message, 'heroku', 'web.1'),
    ],
    ['tabs', 'time\tprogram\tmessage', (message) => `2026-01-08 08:55:11\theroku/web.1\t${message}`],
    ['CRLF', 'time,program,message\r', (message) => `2026-01-08 08:55:11,heroku/web.1,${message}\r`],
  ])('of %s', (_, names, rowOf, drain) => {
    const table = `${names}\n${rowOf(STATE)}\n${rowOf(SAMPLE)}\n`;
    const { events, counts } = read(table + table);
    for (const at of [0, 2]) {
      expectState(events[at]);
      expectSample(events[at + 1], drain);
    }
    expect(counts).toMatchObject({ lines: 4, platform: 4, unreadable: 0 });
  });

  test('may hold lines in a cell', () => {
    const cells = row('2026-01-08 08:55:11', 'app/web.1', 'an error:\n\n"x", y\nspawn ps EAGAIN');
    const { events, counts } = read(`time,program,message\n${cells}\n${cells}`);
    expect(events).toMatchObject([{ kind: 'trouble', process: 'web.1' }, { kind: 'trouble' }]);
    expect(counts).toMatchObject({ lines: 2, app: 2 });
  });

  test('does not begin below other lines', () => {
    expect(
      read(`hello\nhello\nhello\ntime,message\n2026-01-08T08:55:11Z heroku[web.1]: ${STATE}\n`).events,
    ).toHaveLength(1);
  });
});

describe('an export that begins with the newest line', () => {
  const row = (second: number): string =>
    `${new Date((T + second) * 1000).toISOString()},heroku/web.1,Process exited with status ${second}`;
  const statuses = (seconds: readonly number[]): unknown[] =>
    read(`date,program,message\n${seconds.map(row).join('\n')}\n`).events.map(
      (event) => 'status' in event && event.status,
    );
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

  test('is read from its end', () => {
    expect(statuses(upTo(100).reverse())).toEqual(upTo(100));
    expect(statuses(upTo(3).reverse())).toEqual(upTo(3));
    expect(statuses(upTo(100))).toEqual(upTo(100));
  });

  test('is told by three of its first 20 steps in four', () => {
    const secondsAfter = (stepsBack: number): number[] =>
      Array.from({ length: 21 }, (_, at) => (at <= stepsBack ? 500 - at : 500 - 2 * stepsBack + at));
    expect(statuses(secondsAfter(16))[0]).not.toBe(500);
    expect(statuses(secondsAfter(15))[0]).toBe(500);
    expect(statuses([...secondsAfter(15), ...upTo(400).reverse()])[0]).toBe(500);
    // Of 19 steps it is not told yet.
    expect(statuses([...secondsAfter(15).slice(0, 20), ...upTo(400).reverse()])[0]).not.toBe(500);
  });

  test('does not keep the first lines of a live log from being told', () => {
    const events: LogEvent[] = [];
    const log = new HerokuLog((event) => events.push(event));
    log.push(Buffer.from(`date,program,message\n${row(1)}\n${row(2)}\n`));
    expect(events).toHaveLength(0);
    log.settle();
    expect(events).toHaveLength(2);
  });

  test('is turned in parts of 200,000 events', () => {
    const told: number[] = [];
    const order = new Order((_, { t }) => told.push(t));
    for (let t = 200_001; t > 0; t--) order.take({ kind: 'exit', status: 0 }, { t, drain: '', process: 'web.1' });
    expect([told.length, told[0]]).toEqual([200_000, 2]);
    order.flush();
    expect(told.at(-1)).toBe(1);
  });
});

describe('a year that is not in the log', () => {
  const timesOf = (dates: readonly string[], savedAt?: string) =>
    read(dates.map((date) => `${date} heroku/web.1: ${STATE}\n`).join(''), {
      savedAt: savedAt === undefined ? Number.NaN : Date.parse(savedAt) / 1000,
    });
  const iso = (events: readonly Found[]) => events.map(({ t }) => new Date(t * 1000).toISOString().slice(0, 16));

  test('is the latest that is not after the log was saved, with a day for zones', () => {
    expect(iso(timesOf(['Nov 28 00:00:00'], '2026-11-27T00:00:00Z').events)).toEqual(['2026-11-28T00:00']);
    expect(iso(timesOf(['Nov 28 00:00:01'], '2026-11-27T00:00:00Z').events)).toEqual(['2025-11-28T00:00']);
    expect(iso(timesOf(['Feb 29 12:00:00'], '2026-11-27T00:00:00Z').events)).toEqual(['2024-02-29T12:00']);
    expect(iso(timesOf(['Feb 29 12:00:00'], '1904-02-01T00:00:00Z').events)).toEqual(['1896-02-29T12:00']);
  });

  test('changes where the log passes a New Year, in both directions', () => {
    const { events, years } = timesOf(
      ['Dec 31 23:59:00', 'Jan 01 00:01:00', 'Dec 31 23:58:00'],
      '2026-01-02T00:00:00Z',
    );
    expect(iso(events)).toEqual(['2025-12-31T23:59', '2026-01-01T00:01', '2025-12-31T23:58']);
    expect(years).toEqual({ from: 2025, to: 2026 });
  });

  test('is that of the line before, if that has one', () => {
    expect(iso(timesOf(['2013-05-01 00:00:00', 'May 02 00:00:00'], '2026-01-02T00:00:00Z').events)[1]).toBe(
      '2013-05-02T00:00',
    );
  });

  test('is unknown if nothing says when the log was saved', () => {
    expect(timesOf(['Jan 08 08:55:11'])).toMatchObject({ events: [{ t: Number.NaN }], years: undefined });
  });

  test('is not inferred for lines that have one', () => {
    expect(timesOf(['2026-01-08 08:55:11'], '2026-11-27T00:00:00Z').years).toBeUndefined();
  });

  test('of a time of day is that of the nearest day', () => {
    const { events } = timesOf(['23:59:00', '00:01:00'], '2026-11-27T12:00:00Z');
    expect(events[1]!.t - events[0]!.t).toBe(120);
  });
});

test('any bytes in any form are read without an error, and every line is counted', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'Jan 08 08:55:11 ',
      'heroku/web.1: ',
      'heroku web.1 - ',
      '\t',
      ',',
      '"',
      '{',
      '}',
      '[',
      ']',
      ':',
      '"message":',
      '"timestamp":"2026"',
      'time,message\n',
      '\n',
      '[36m',
      '[3',
      '\u001b',
      'app/web.1 ',
      '2026-01-08 08:55:11 ',
      '\\',
      SAMPLE,
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 1, max: 30 }), (words, chunk) => {
      const { counts, events } = read(words.join(''));
      const sum = ({ router, platform, app, other, unreadable, overlong }: LineCounts): number =>
        router + platform + app + other + unreadable + overlong;
      expect(counts.lines).toBe(sum(counts));
      expect(read(words.join(''), { chunk }).events).toEqual(events);
    }),
    { numRuns: 2000 },
  );
});
