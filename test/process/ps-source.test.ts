import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tracker } from '../../src/model/tracker.ts';
import { PsSource } from '../../src/sources/ps/ps-source.ts';
import { Puppet } from '../support/puppet.ts';

describe('the portable source', () => {
  let puppet: Puppet;

  beforeAll(async () => {
    puppet = await Puppet.start();
    await puppet.do({ processes: 3, zombies: 2, memory: 20 << 20 });
  });
  afterAll(() => puppet.stop());

  it('sees the same processes as /proc, with their parents and memory', async () => {
    const { processes, selfPid } = await new PsSource().sample();
    const found = processes.find(({ pid }) => pid === puppet.pid);
    expect(selfPid).toBe(process.pid);
    expect(found?.ppid).toBe(process.pid);
    const pages = Number(readFileSync(`/proc/${puppet.pid}/statm`, 'utf8').split(' ')[1]);
    expect(found?.rssBytes).toBeGreaterThan(0.8 * pages * 4096);
    expect(found?.rssBytes).toBeLessThan(1.2 * pages * 4096);
    expect(found?.cpuSeconds).toBeGreaterThanOrEqual(0);
    expect(processes.filter(({ ppid }) => ppid === puppet.pid).length).toBeGreaterThanOrEqual(5);
  });

  it('leaves unknown what ps does not say: never 0', async () => {
    const source = new PsSource();
    const patterns = [{ name: 'puppet', pattern: /puppet-child/ }];
    const { readings, tasks } = new Tracker({ patterns, maxGroups: 50 }).track(await source.sample());
    const { values, bounds } = readings.groups.get('puppet')!;
    expect(values.processes).toBeGreaterThanOrEqual(4);
    expect(values.rss).toBeGreaterThan(20 << 20);
    for (const metric of ['threads', 'zombies', 'fds', 'anon'] as const) expect(values[metric]).toBeUndefined();
    expect(tasks).toBeUndefined();
    expect(bounds).toEqual({});
  });

  it('knows a process again by its start time', async () => {
    const source = new PsSource();
    const starts = async () => (await source.sample()).processes.find(({ pid }) => pid === puppet.pid)?.startTicks;
    const first = await starts();
    expect(first).toBeGreaterThan(1_600_000_000);
    expect(await starts()).toBe(first);
  });
});
