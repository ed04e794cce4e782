/** Lines of a real daemon, read as the programs read them that consume such lines; and hostile names in them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import logfmt from 'logfmt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import type { NamedEvent } from '../../src/verdict/culprit.ts';
import {
  cloudwatchTakes,
  filterAsL2metShuttle,
  frameAsLogplex,
  lumbermillTakes,
  readAsInflux,
  readAsL2met,
  readAsLog2viz,
  readAsVector,
} from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { Puppet } from '../support/puppet.ts';
import { MARK } from '../support/unique.ts';
import { until } from '../support/until.ts';

/** A comm holds only the first 15 bytes, so the worst characters come first. */
const EVIL_TITLE = `${MARK}"\n) Z 1 \u001b[2J sample#threads=1 at=alert`;
/** Name of an executable: bytes that are not UTF-8, a quote, a newline. */
const EVIL_FILE = Buffer.from([0xff, 0xfe, 0x22, 0x0a, 0x3d, 0x29, 0x20, 0xc3]);

const directory = temporaryDirectory('leakwatch-names-');
let daemon: Daemon;
let leaking: Puppet;
let leakSeen: NamedEvent;
let alert = '';
let stranger: ChildProcess;

const commOf = (pid: number): Buffer => readFileSync(`/proc/${pid}/comm`).subarray(0, -1);
const platformMessage = (line: string): string => `2026-11-20T21:22:00.123456+00:00 app[web.1]: ${line}`;
const isSample = (name: string): boolean => name.startsWith('sample#');
const wordsOf = (line: string): [name: string, value: string][] => [...decodeLine(line)];

beforeAll(async () => {
  symlinkSync('/bin/sleep', Buffer.concat([Buffer.from(`${directory}/`), EVIL_FILE]));
  const octal = [...EVIL_FILE].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  stranger = spawn('sh', ['-c', `exec "$1/$(printf '${octal}')" 1000`, 'sh', directory], { stdio: 'ignore' });
  leaking = await Puppet.start({ title: EVIL_TITLE });
  await until(() => commOf(stranger.pid!).equals(EVIL_FILE), { what: 'the stranger to bear its name' });
  daemon = await Daemon.start(['--interval', '100ms'], { env: { DYNO: 'web.1' } });
  // Other programs of the host may leak as well.
  const told = (at: string): string | undefined =>
    daemon.lines.find(
      (line) => line.includes(` at=${at} `) && line.includes(' code=W11 ') && line.includes(` group=${MARK}_`),
    );
  let zombies = 0;
  // One more between two looks, so that they grow from sample to sample.
  await until(
    async () => {
      alert = told('alert') ?? '';
      if (alert === '' && zombies++ < 100) await leaking.do({ zombies: 1 });
      return alert;
    },
    { what: 'an alert', everyMs: 100 },
  );
  leakSeen = (await daemon.report()).standing.find(
    ({ code, group }: NamedEvent) => code === 'W11' && group.startsWith(`${MARK}_`),
  );
  await leaking.stop();
  await until(() => told('resolved'), { what: 'its end' });
});

afterAll(async () => {
  daemon?.kill();
  stranger?.kill('SIGKILL');
  await leaking?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Checks every line that was printed: many samples, and events of each kind. */
function eachLine(check: (line: string) => void): void {
  expect(daemon.lines.length).toBeGreaterThan(100);
  for (const line of daemon.lines) check(line);
}

describe('every line', () => {
  test('consists of key=value pairs, is short, and uses few characters', () => {
    eachLine((line) => {
      expect(line).toMatch(/^source=web\.1 dyno=[\w.-]+( ((sample|count)#)?[a-z]\w*=[\w.:/@+-]+)+$/);
      expect(Buffer.byteLength(line)).toBeLessThan(9_999);
      for (const [name, value] of wordsOf(line).filter(([name]) => isSample(name)))
        expect(value, name).toMatch(/^\d+(\.\d\dMB)?$/);
    });
  });

  test('means the same to npm logfmt', () => {
    eachLine((line) => {
      const read = Object.entries(logfmt.parse(line)).map(([name, value]) => [name, String(value)]);
      expect(read).toEqual(wordsOf(line));
    });
  });

  test('means the same to log2viz', () => {
    eachLine((line) => expect([...(readAsLog2viz(platformMessage(line)) ?? [])]).toEqual(wordsOf(line)));
  });

  test('has numbers that l2met and a client of InfluxDB read alike', () => {
    eachLine((line) => {
      const metrics = wordsOf(line).filter(([name]) => name.includes('#'));
      const expected = metrics.map(([name, value]) => {
        const [type, bare] = name.split('#');
        return { type, name: bare, value: Number.parseFloat(value), unit: value.replace(/^[\d.]+/, '') };
      });
      expect(readAsL2met(line)).toEqual(expected);
      const samples = line.split(' ').filter(isSample).map(readAsInflux);
      expect(samples).toEqual(
        expected.filter(({ type }) => type === 'sample').map(({ name, value, unit }) => ({ name, value, unit })),
      );
    });
  });

  test('is one message to vector', () => {
    const { lines } = daemon;
    expect(readAsVector(frameAsLogplex(lines), lines.length)).toEqual(lines);
  });

  test('is kept by l2met-shuttle, with its numbers', () => {
    eachLine((line) =>
      expect(filterAsL2metShuttle(line)).toEqual(line.split(' ').filter((word) => /^source=|#/.test(word))),
    );
  });

  test("is not taken for one of Heroku's own", () => {
    eachLine((line) => {
      expect(wordsOf(line).filter(([name]) => lumbermillTakes(name))).toEqual([]);
      expect(cloudwatchTakes(line)).toBe(false);
      expect(line).not.toMatch(/sample#memory_total|Error R\d\d|router| - /);
    });
  });

  test('is for the host, for a group, or for an event', () => {
    const kinds = daemon.lines.map(decodeLine).map((line) => line.get('at') ?? (line.has('group') ? 'group' : 'host'));
    expect(new Set(kinds)).toEqual(
      new Set(['host', 'group', 'alert', 'resolved', ...kinds.filter((at) => at === 'warn')]),
    );
  });
});

describe('the readers in this test', () => {
  const official =
    'source=web.1 dyno=heroku.2808254.d97d0ea7 sample#memory_total=21.00MB sample#memory_rss=21.22MB sample#memory_cache=0.00MB sample#memory_swap=0.00MB sample#memory_pgpgin=348836pages sample#memory_pgpgout=343403pages sample#memory_quota=512.00MB';

  test("accept Heroku's own line", () => {
    expect(cloudwatchTakes(official)).toBe(true);
    expect(wordsOf(official).filter(([name]) => lumbermillTakes(name))).toHaveLength(6);
    expect(readAsLog2viz(platformMessage(official))?.get('sample#memory_rss')).toBe('21.22MB');
    expect(readAsInflux('sample#memory_rss=21.22MB')).toEqual({ name: 'memory_rss', value: 21.22, unit: 'MB' });
  });

  test('refuse or misread lines that must not be printed', () => {
    expect(readAsLog2viz(platformMessage('source=web.1 bare k=v'))).toBeUndefined();
    expect(() => readAsL2met('sample#growth=-1')).toThrow('drops');
    expect(readAsL2met('sample#growth=1e-7')[0]?.value).toBe(1);
    expect(readAsInflux('sample#open-fds=1')).toBeUndefined();
    expect(readAsVector(frameAsLogplex(['k=v\nw=x']), 1)).toBeUndefined();
    expect(filterAsL2metShuttle('growth=1 sample#a=1')).toEqual(['sample#a=1']);
  });
});

describe('a hostile name', () => {
  test('is reduced in the line, and complete in the report', () => {
    const told = decodeLine(alert);
    const comm = EVIL_TITLE.slice(0, 15);
    expect(told.get('parent')).toBe(String(leaking.pid));
    expect(told.get('parent_comm')).toBe(comm.replace(/[^\w.:/@+-]/g, '_'));
    expect(told.get('group')).toMatch(new RegExp(`^${MARK}__`));
    expect(told.has('sample#threads')).toBe(false);
    expect(told.get('at')).toBe('alert');
    expect(leakSeen.culprit).toMatchObject({ pid: leaking.pid, comm });
  });

  test('that is not UTF-8 is reported as far as it can be read', async () => {
    const { groups } = await daemon.report();
    const names = groups.map(({ name }: { name: string }) => name);
    expect(names).toContainEqual(expect.stringMatching(/^[\w.:/@+-]*_{3,}$/));
    for (const name of names) expect(name).toMatch(/^[\w.:/@+-]{1,64}$/);
  });

  test('breaks no line of /metrics', async () => {
    const { text } = await daemon.metrics();
    for (const line of text.split('\n').filter((line) => line !== ''))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"\\\n]*",?)+\})? -?[\d.]+(e[+-]?\d+)?)$/);
    expect(text).toContain('leakwatch_group_threads{group="');
  });

  test('brings no escape code into lines or log', () => {
    expect(daemon.log.join('\n')).not.toMatch(/\u001b/);
    expect(daemon.lines.join('\n')).not.toMatch(/[^\n -~]/);
  });
});

test('the daemon stops when it is told to', () => daemon.stop());
