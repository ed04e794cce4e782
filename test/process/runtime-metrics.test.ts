/** `--log-runtime-metrics`: a real daemon prints Heroku's two lines of runtime metrics, and clients of Heroku read them. */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readPlatformSample } from '../../src/formats/heroku/samples.ts';
import { cloudwatchTakes, isOfficialLine, readAsInflux, readAsLog2viz, readAsWhacamole } from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';

const MIB = 2 ** 20;
const isOfPlatform = (line: string): boolean => /sample#(memory_(?!\w*leak)|load_avg)/.test(line);
const platformMessage = (line: string): string => `2026-11-20T21:22:00.123456+00:00 heroku[web.1]: ${line}`;

describe('off a dyno', () => {
  let daemon: Daemon;
  let official: string[];
  beforeAll(async () => {
    daemon = await Daemon.start(['--interval', '100ms', '--log-runtime-metrics', '--source', 'web.1']);
    const enough = (): boolean => daemon.lines.filter(isOfPlatform).length >= 10;
    await daemon.line(() => enough(), { what: 'ten lines' });
    await daemon.stop();
    official = daemon.lines.filter(isOfPlatform);
  });
  afterAll(() => daemon?.kill());

  test('each line has the form of Heroku to the byte, and load comes first', () => {
    for (const line of official) expect(line).toSatisfy(isOfficialLine);
    const kinds = official.map((line) => (line.includes('load_avg') ? 'load' : 'memory'));
    expect(kinds).toEqual(kinds.map((_, at) => (at % 2 === 0 ? 'load' : 'memory')));
    // The averages over 5 and 15 minutes are left out until the daemon is that old.
    expect(official[0]).toMatch(/ sample#load_avg_1m=\d+\.\d\d$/);
  });

  test('our own lines name the same source', () => {
    const heads = new Set(daemon.lines.map((line) => line.split(' ').slice(0, 2).join(' ')));
    expect(heads.size).toBe(1);
    expect([...heads][0]).toMatch(/^source=web\.1 dyno=heroku\.0\.[\da-f-]{36}$/);
  });

  test('the figures are those of this host or container', () => {
    const { event } = readPlatformSample(official[1]!)!;
    const { memory = 0 } = event.values;
    expect(memory).toBeGreaterThan(10 * MIB);
    expect(event.quotaBytes).toBeLessThanOrEqual(totalmem() + MIB);
    expect(memory).toBeLessThanOrEqual(event.quotaBytes! + 64 * MIB);
    const running = Number(readFileSync('/proc/loadavg', 'utf8').split(/[ /]/)[4]);
    expect(readPlatformSample(official[0]!)!.event.values.load).toBeLessThan(running + 1);
  });

  test('clients of the platform read them', () => {
    const [load = '', memory = ''] = official;
    expect(cloudwatchTakes(memory)).toBe(true);
    expect(readAsLog2viz(platformMessage(memory))?.size).toBe(9);
    expect(readAsWhacamole(platformMessage(memory))).toBeGreaterThan(10);
    expect(load.split(' ').flatMap((word) => readAsInflux(word) ?? [])).toMatchObject([
      { name: 'load_avg_1m', unit: '' },
    ]);
  });
});

test('they are printed beside JSON lines too', async () => {
  const daemon = await Daemon.start(['--interval', '100ms', '--log-format', 'json', '--log-runtime-metrics']);
  onTestFinished(() => daemon.kill());
  const line = await daemon.line(isOfPlatform, { what: 'a line of the platform' });
  expect(line).toSatisfy(isOfficialLine);
  await daemon.stop();
});

test.each([
  ['DYNO', 'web.1'],
  ['HEROKU_DYNO_ID', 'd97d0ea7-cf3d-411b-b453-d2943a50b456'],
])('on a dyno (%s) the option is ignored, with one warning', async (name, value) => {
  const args = ['--interval', '100ms', '--log-runtime-metrics'];
  const daemon = await Daemon.start(args, { env: { [name]: value } });
  onTestFinished(() => daemon.kill());
  await daemon.line(() => daemon.lines.length > 20, { what: 'lines' });
  await daemon.stop();
  expect(daemon.lines.filter(isOfPlatform)).toEqual([]);
  const warnings = daemon.log.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
  expect(warnings.map(({ msg }) => msg)).toEqual([
    "log-runtime-metrics is ignored on a dyno: our lines would be taken for the platform's own",
  ]);
});

test('without the option they are not printed', async () => {
  const daemon = await Daemon.start(['--interval', '100ms']);
  onTestFinished(() => daemon.kill());
  await daemon.line(() => daemon.lines.length > 20, { what: 'lines' });
  await daemon.stop();
  expect(daemon.lines.filter(isOfPlatform)).toEqual([]);
});
