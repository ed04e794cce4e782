/**
 * Samples come closer together when a real program runs fast into its limit, and return when it does not any more; what
 * is recorded of it is told again by a replay. Needs prlimit (util-linux), to give a running program a low limit.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRecordingLine } from '../../src/formats/recording.ts';
import type { Readings } from '../../src/model/reading.ts';
import { Daemon, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { Puppet } from '../support/puppet.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

type Json = Record<string, unknown>;

const INTERVAL_SECONDS = 2;
const MOST_FDS = 800;
const BEGIN_FDS = 400;

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;
if (!hasPrlimit) console.log('the pace near a limit is not tested: there is no prlimit');

describe.skipIf(!hasPrlimit)('a program that runs out of descriptors', () => {
  const title = uniqueName('app');
  const directory = temporaryDirectory('leakwatch-pace-');
  let puppet: Puppet | undefined;
  let daemon: Daemon | undefined;
  let samples: Readings[];
  let told: Json[];

  const recorded = (): Readings[] =>
    readFileSync(`${directory}/recording`, 'utf8')
      .split('\n')
      .map(parseRecordingLine)
      .flatMap((line) => (line.kind === 'readings' ? [line.readings] : []));
  const extras = (): number => recorded().filter(({ extra }) => extra).length;
  const lines = (): Json[] => daemon!.lines.map((line) => JSON.parse(line));

  beforeAll(async () => {
    puppet = await Puppet.start({ title });
    expect(spawnSync('prlimit', [`--pid=${puppet.pid}`, `--nofile=${MOST_FDS}`]).status).toBe(0);
    await puppet.do({ fds: BEGIN_FDS });
    const args = ['--interval', `${INTERVAL_SECONDS}s`, '--log-format', 'json', '--group', `app=^${title}$`];
    daemon = await Daemon.start([...args, '--record', `${directory}/recording`]);
    // Nothing grows: even for a daemon that has just begun there is nothing to hurry for.
    await until(() => recorded().length >= 3, { what: 'three samples' });
    expect(extras()).toBe(0);
    const isTold = (at: string): boolean => lines().some((line) => line.code === 'W21' && line.at === at);
    await until(
      async () => {
        if (openFds(puppet!.pid) <= MOST_FDS - 4) await puppet!.do({ fds: 3 });
        // The last of them, which only one that fails finds.
        else await puppet!.do({ fds: 4 }).catch(() => undefined);
        return isTold('alert');
      },
      { what: 'the limit to be reached', everyMs: 100 },
    );
    await puppet.do({ release: 'fds' });
    await until(() => isTold('resolved'), { what: 'its end' });
    const soFar = recorded().length;
    await until(() => recorded().slice(soFar).length >= 8, { what: 'some more samples' });
    await daemon.stop();
    samples = recorded();
    told = lines().filter(({ at }) => at !== 'sample');
  });

  afterAll(async () => {
    daemon?.kill();
    await puppet?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('is looked at more often on the way there, and as before afterwards', () => {
    const isExtra = samples.map(({ extra = false }) => extra);
    expect(isExtra.filter((extra) => extra).length).toBeGreaterThanOrEqual(2);
    expect(isExtra.slice(-3)).toEqual([false, false, false]);
    const shares = samples.filter(({ extra }) => extra).map(({ groups }) => groups.get('app')!.bounds.fds!.used);
    expect(Math.max(...shares)).toBeGreaterThan(BEGIN_FDS);
    for (const [at, { t }] of samples.entries()) {
      // A second, but for a host that is busy.
      if (at > 0) expect(t - samples[at - 1]!.t).toBeGreaterThan(0.5);
    }
  });

  test('has its samples of the interval where they would have been', () => {
    const even = samples.filter(({ extra }) => !extra).map(({ t }) => t);
    for (const t of even) {
      const late = (t - even[0]!) % INTERVAL_SECONDS;
      expect(Math.min(late, INTERVAL_SECONDS - late)).toBeLessThan(INTERVAL_SECONDS / 4);
    }
  });

  test('has no more lines in the log than samples of the interval', () => {
    const ofHost = daemon!.lines
      .map((line): Json => JSON.parse(line))
      .filter(({ at, group }) => at === 'sample' && !group);
    expect(ofHost.length).toBe(samples.filter(({ extra }) => !extra).length);
  });

  test('is told again by a replay, event by event', async () => {
    const { code, stdout, stderr } = await run(['replay', `${directory}/recording`, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line): Json => JSON.parse(line))
      .filter(({ group }) => group === 'app');
    const inShort = ({ t, at, code, metric, verdict, value, evidence }: Json): Json => {
      return { t, at, code, metric, verdict, value, evidence };
    };
    const live = told.filter(({ group }) => group === 'app');
    expect(live.map(({ at, code }) => `${at} ${code}`)).toEqual(expect.arrayContaining(['alert W21', 'resolved W21']));
    expect(events.map(inShort)).toEqual(live.map(inShort));
  });
});

const openFds = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
