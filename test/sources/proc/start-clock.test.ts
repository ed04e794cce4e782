import { describe, expect, test } from 'vitest';
import { finish } from '../../../src/model/portions.ts';
import { FileReader } from '../../../src/sources/proc/file.ts';
import { ProcSource } from '../../../src/sources/proc/proc-source.ts';
import { StartClock } from '../../../src/sources/proc/start-clock.ts';
import type { TaskSpec } from '../../support/proc-tree.ts';
import { processes } from '../trees.ts';

const TICKS_PER_SECOND = 100;
/** Seconds since the boot of the host at which Node began, in these trees. */
const BEGUN = 90_000;

/** A /proc in which we are pid 10, with threads that started so many seconds after Node began. */
function clock({
  uptimeSeconds,
  startedAfter,
  isLive = true,
}: {
  uptimeSeconds: number;
  startedAfter: number[];
  isLive?: boolean;
}) {
  const tasks = startedAfter.map(
    (seconds, at): TaskSpec => ({ tid: 10 + at, startTicks: (BEGUN + seconds) * TICKS_PER_SECOND }),
  );
  const { dir } = processes({ processes: [{ pid: 10, tasks }], host: { uptimeSeconds }, self: 10 });
  return new StartClock({ procfs: dir, files: new FileReader(), ticksPerSecond: TICKS_PER_SECOND, isLive });
}

describe('uptime from the start of a container', () => {
  test('is corrected by the age of our first thread', () => {
    const one = clock({ uptimeSeconds: 30, startedAfter: [0, 0.02, 500] });
    expect(one.at(30)).toBeCloseTo(BEGUN + process.uptime(), 0);
    expect(one.at(1030)! - one.at(30)!).toBe(1000);
  });

  test('is corrected as well if a shell waited before it became Node', () => {
    const one = clock({ uptimeSeconds: 30, startedAfter: [-600, 0.02, 500] });
    expect(one.at(30)).toBeCloseTo(BEGUN + process.uptime(), 0);
  });

  test('with no thread but the main one', () => {
    expect(clock({ uptimeSeconds: 30, startedAfter: [0] }).at(30)).toBeCloseTo(BEGUN + process.uptime(), 0);
  });
});

test('an uptime from the boot of the host is taken as it is, also after a sleep', () => {
  for (const asleep of [0.3, 28_800]) {
    const uptimeSeconds = Math.round(BEGUN + process.uptime() + asleep);
    expect(clock({ uptimeSeconds, startedAfter: [0, 0.02] }).at(uptimeSeconds)).toBe(uptimeSeconds);
  }
});

test('in a copy of a /proc, self is somebody else', () => {
  expect(clock({ uptimeSeconds: 30, startedAfter: [0], isLive: false }).at(30)).toBe(30);
});

test('without an uptime the time is unknown', () => {
  expect(clock({ uptimeSeconds: 30, startedAfter: [0, 0] }).at(undefined)).toBeUndefined();
});

describe('where our threads cannot be seen', () => {
  test('an uptime that a process started after is none of its clock: ages are unknown', async () => {
    const { dir, ...tree } = processes({
      processes: [{ pid: 10, startTicks: 500 }],
      host: { uptimeSeconds: 30 },
    });
    const source = new ProcSource({ procfs: dir });
    expect((await source.sample()).clockSeconds).toBe(30);
    tree.set(11, { startTicks: 3900 });
    expect((await source.sample()).clockSeconds).toBe(30);
    tree.set(11, { startTicks: 4100 });
    expect((await source.sample()).clockSeconds).toBeUndefined();
    const { kinds } = finish(source.look({ pid: 10, startTicks: 500, at: 'threads', since: 1 }));
    expect(kinds).toMatchObject([{ name: 'app', amount: 1 }]);
    expect(kinds[0]).not.toHaveProperty('newer');
    tree.kill(11);
    expect((await source.sample()).clockSeconds).toBe(30);
  });
});

test('the host itself: a process that starts now starts at this time', async () => {
  const { processes: all, clockSeconds, selfPid, ticksPerSecond } = await new ProcSource({ procfs: '/proc' }).sample();
  const { startTicks } = all.find(({ pid }) => pid === selfPid)!;
  expect(Math.abs(clockSeconds! - process.uptime() - startTicks / ticksPerSecond)).toBeLessThan(5);
});
