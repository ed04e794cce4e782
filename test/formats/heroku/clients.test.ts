/**
 * The same lines, read by the public clients' grammars and by us, both ways: our lines through theirs, and the platform's
 * lines through theirs and ours. What each makes of them is kept in golden files, side by side.
 */
import logfmt from 'logfmt';
import { describe, expect, test } from 'vitest';
import type { LogEvent } from '../../../src/formats/heroku/events.ts';
import { HerokuLog } from '../../../src/formats/heroku/log.ts';
import { encodeRuntimeMetrics } from '../../../src/formats/heroku/runtime-metrics.ts';
import { decodeLine } from '../../../src/formats/l2met.ts';
import { renderL2met } from '../../../src/sinks/log/log-lines.ts';
import {
  cloudwatchTakes,
  filterAsL2metShuttle,
  kindAsGoDrain,
  readAsDatadogDrain,
  readAsGoDatadogDrain,
  readAsHerokuLogParser,
  readAsInflux,
  readAsL2met,
  readAsLog2viz,
  readAsLumbermill,
  readAsVector,
  readAsWhacamole,
} from '../../support/clients.ts';
import { expectGolden } from '../../support/golden.ts';
import { publication, threadSuspicion, zombieLeak } from '../../support/publication.ts';

const TIME = '2026-11-20T21:22:00.123456+00:00';
const MIB = 2 ** 20;

const OURS = renderL2met(
  { ...publication(), events: [zombieLeak(), threadSuspicion()] },
  { source: 'web.1', dyno: 'heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456' },
);

/** The documentation's lines with the quota of today, a young dyno's, and the three that come together above the quota. */
const PLATFORM = [
  'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#load_avg_1m=2.46 sample#load_avg_5m=1.06 sample#load_avg_15m=0.99',
  'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#load_avg_1m=2.46',
  'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#memory_total=21.00MB sample#memory_rss=21.22MB sample#memory_cache=0.00MB sample#memory_swap=0.00MB sample#memory_pgpgin=348836pages sample#memory_pgpgout=343403pages sample#memory_quota=512.00MB',
  'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#memory_total=590.29MB sample#memory_rss=430.13MB sample#memory_cache=0.00MB sample#memory_swap=160.12MB sample#memory_pgpgin=348836pages sample#memory_pgpgout=343403pages',
  'Process running mem=590M(115.2%)',
  'Error R14 (Memory quota exceeded)',
];

/** What we print with --log-runtime-metrics, of a container and of one that was started a minute ago. */
const EMULATED = [
  ...encodeRuntimeMetrics(
    { source: 'web.1', dyno: 'heroku.0.7608bbdf-beb4-8be3-8964-19f116894069' },
    {
      load: { minute1: 2.455, minutes5: 1.06, minutes15: 0.99 },
      memory: {
        rss: 412 * MIB,
        cache: 30.5 * MIB,
        swap: 8 * MIB,
        pagesIn: 348_836,
        pagesOut: 343_403,
        quota: 512 * MIB,
      },
    },
  ),
  ...encodeRuntimeMetrics(
    { source: 'my_laptop.1', dyno: 'heroku.0.7608bbdf-beb4-8be3-8964-19f116894069' },
    { load: { minute1: 0, minutes5: undefined, minutes15: undefined }, memory: undefined },
  ),
];

const recordOf = (name: string, message: string): string => `<190>1 ${TIME} host ${name} web.1 - ${message}\n`;
const textOf = (name: string, message: string): string => `${TIME} ${name}[web.1]: ${message}`;

function readByUs(text: string): LogEvent[] {
  const events: LogEvent[] = [];
  const log = new HerokuLog((event) => events.push(event));
  log.push(Buffer.from(text));
  log.end();
  return events;
}

const asObject = (read: ReadonlyMap<string, unknown> | undefined) => (read ? Object.fromEntries(read) : 'skipped');

/** What everybody makes of one message. */
function readByAll(name: string, message: string): object {
  const record = recordOf(name, message);
  const text = textOf(name, message);
  return {
    message,
    leakwatch: readByUs(`${text}\n`),
    logfmt: logfmt.parse(message),
    log2viz: asObject(readAsLog2viz(text)),
    l2met: readAsL2met(message),
    lumbermill: asObject(readAsLumbermill(record)),
    'heroku-datadog-drain': readAsDatadogDrain(record, logfmt.parse),
    'heroku-datadog-drain-golang': readAsGoDatadogDrain(record),
    'heroku-datadog-drain-go': kindAsGoDrain(record),
    'node-heroku-cloudwatch-drain': cloudwatchTakes(message),
    influx: message.split(' ').flatMap((word) => readAsInflux(word) ?? []),
    whacamole: readAsWhacamole(text) ?? 'skipped',
    'l2met-shuttle': filterAsL2metShuttle(message),
    'heroku-log-parser': readAsHerokuLogParser(record) ?? 'skipped',
  };
}

const golden = (name: string, messages: readonly string[]): string =>
  `${JSON.stringify(
    messages.map((message) => readByAll(name, message)),
    undefined,
    1,
  )}\n`;

test("every client reads leakwatch's lines as in the golden file", () => {
  expectGolden('clients-of-our-lines.json', golden('app', OURS));
});

test("every client reads the platform's lines as in the golden file", () => {
  expectGolden('clients-of-platform-lines.json', golden('heroku', PLATFORM));
});

test('every client reads the lines of --log-runtime-metrics as in the golden file', () => {
  expectGolden('clients-of-runtime-metrics.json', golden('heroku', EMULATED));
});

test('every client of the platform reads the same from the lines of --log-runtime-metrics', () => {
  const [load = '', memory = '', young = ''] = EMULATED;
  expect([load, memory].map(cloudwatchTakes)).toEqual([true, true]);
  expect(asObject(readAsLumbermill(recordOf('heroku', memory)))).toEqual({
    memory_total: 450.5,
    memory_rss: 412,
    memory_cache: 30.5,
    memory_swap: 8,
    memory_pgpgin: 348_836,
    memory_pgpgout: 343_403,
  });
  expect(asObject(readAsLumbermill(recordOf('heroku', young)))).toEqual({ load_avg_1m: 0 });
  expect(readAsDatadogDrain(recordOf('heroku', load), logfmt.parse)).toEqual([
    { type: 'histogram', name: 'heroku.dyno.load.avg.1m', value: 2.46 },
    { type: 'histogram', name: 'heroku.dyno.load.avg.5m', value: 1.06 },
    { type: 'histogram', name: 'heroku.dyno.load.avg.15m', value: 0.99 },
  ]);
  expect(readAsGoDatadogDrain(recordOf('heroku', memory))).toHaveLength(7);
  expect([load, memory, young].map((line) => kindAsGoDrain(recordOf('heroku', line)))).toEqual([
    'load',
    'memory',
    'load',
  ]);
  expect(readAsWhacamole(textOf('heroku', memory))).toBe(450.5);
  // As the program prints them, and as the platform would pass them on.
  const values = [{ load: 2.46 }, { memory: 450.5 * MIB, swap: 8 * MIB }, { load: 0 }];
  for (const lines of [EMULATED, EMULATED.map((line) => textOf('heroku', line))]) {
    expect(readByUs(lines.map((line) => `${line}\n`).join(''))).toMatchObject(values.map((one) => ({ values: one })));
  }
});

describe("leakwatch's lines", () => {
  test.each(OURS)('%s', (line) => {
    const words = [...decodeLine(line)];
    const samples = words.filter(([name]) => name.startsWith('sample#'));
    expect(Object.entries(logfmt.parse(line)).map(([name, value]) => [name, String(value)])).toEqual(words);
    expect([...readAsLog2viz(textOf('app', line))!]).toEqual(words);
    expect(
      readAsL2met(line)
        .filter(({ type }) => type === 'sample')
        .map(({ value }) => value),
    ).toEqual(samples.map(([, text]) => Number.parseFloat(text)));
    expect(
      readAsGoDatadogDrain(recordOf('app', line))
        .filter(({ type }) => type === 'gauge')
        .map(({ value }) => value),
    ).toEqual(samples.map(([, text]) => Number.parseFloat(text)));
    // Whoever looks for the platform's own finds nothing, and does nothing.
    expect(readAsLumbermill(recordOf('app', line))).toBeUndefined();
    expect(readAsDatadogDrain(recordOf('app', line), logfmt.parse)).toEqual([]);
    expect(kindAsGoDrain(recordOf('app', line))).toBe('other');
    expect(readAsWhacamole(textOf('app', line))).toBeUndefined();
    expect(cloudwatchTakes(line)).toBe(false);
    expect(readAsHerokuLogParser(recordOf('app', line))).toMatchObject({
      appname: 'app',
      procid: 'web.1',
      message: line,
    });
  });

  test('are read by leakwatch logs: counts and alerts', () => {
    const events = readByUs(OURS.map((line) => `${textOf('app', line)}\n`).join(''));
    expect(events.map(({ kind }) => kind)).toEqual(['sample', 'sample', 'sample', 'sample', 'alert', 'alert']);
    expect(events[1]).toMatchObject({ values: { threads: 47, zombies: 38, processes: 4, fds: 88, rss: 412 * MIB } });
  });

  test('are one message each for vector, and as frames for leakwatch logs', () => {
    const records = OURS.map((line) => recordOf('app', line));
    const body = records.map((record) => `${Buffer.byteLength(record)} ${record}`).join('');
    expect(readAsVector(body, OURS.length)).toEqual(OURS);
    expect(readByUs(body)).toEqual(readByUs(OURS.map((line) => `${textOf('app', line)}\n`).join('')));
  });
});

describe("the platform's lines", () => {
  const memory = PLATFORM[2]!;

  test('mean the same to lumbermill, the drains and leakwatch logs', () => {
    const [sample] = readByUs(`${textOf('heroku', memory)}\n`);
    expect(sample).toMatchObject({ values: { memory: 21 * MIB, swap: 0 }, quotaBytes: 512 * MIB });
    const record = recordOf('heroku', memory);
    expect(readAsLumbermill(record)?.get('memory_total')).toBe(21);
    expect(readAsDatadogDrain(record, logfmt.parse)).toContainEqual({
      type: 'histogram',
      name: 'heroku.dyno.memory.total',
      value: 21,
    });
    expect(readAsGoDatadogDrain(record)).toContainEqual({ type: 'gauge', name: 'heroku.dyno.memory.total', value: 21 });
    expect(cloudwatchTakes(memory)).toBe(true);
    expect(readAsWhacamole(textOf('heroku', memory))).toBe(21);
  });

  test("are overwritten in some clients by a foreign name that ends like the platform's", () => {
    const record = recordOf('heroku', `${memory} sample#mine_memory_total=7.00MB`);
    expect(readAsLumbermill(record)?.get('memory_total')).toBe(7);
    expect(readByUs(`${textOf('heroku', `${memory} sample#mine_memory_total=7.00MB`)}\n`)[0]).toMatchObject({
      values: { memory: 21 * MIB },
    });
  });
});
