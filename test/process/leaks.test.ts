/** Real programs that leak zombies, threads, descriptors and processes are found by one daemon. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { foldName } from '../../src/sources/proc/look/families.ts';
import { testLeaks } from '../support/leaking-host.ts';
import { until } from '../support/until.ts';

const host = testLeaks([
  { kind: 'zombies', metrics: ['zombies'], code: 'W11', desc: 'zombie_leak', step: { zombies: 1 } },
  { kind: 'threads', metrics: ['threads'], code: 'W10', desc: 'thread_leak', step: { threads: 1 } },
  { kind: 'fds', metrics: ['fds'], code: 'W13', desc: 'fd_leak', step: { fds: 3 } },
  {
    kind: 'processes',
    metrics: ['processes'],
    code: 'W14',
    desc: 'process_leak',
    step: { processes: 1 },
  },
]);

test('a leak that goes on is looked at again: what was there at first is kept, and what came is told', async () => {
  const again = async () => {
    const { culprit } = await host.standingAlert('zombies', 'W11');
    return culprit.firstLook && culprit;
  };
  const { look, firstLook, telling } = await until(again, { what: 'a second look', timeoutMs: 60_000 });
  expect(look.t).toBeGreaterThan(firstLook.t);
  expect(look.kinds[0].amount).toBeGreaterThan(firstLook.kinds[0].amount);
  expect(telling[0]).toMatchObject({ name: 'true', amount: look.kinds[0].amount, gained: look.kinds[0].newer });
});

describe('an alert', () => {
  test('of threads names the family that grew, as the kernel names its threads', async () => {
    const pid = host.pidOf('threads');
    const names = readdirSync(`/proc/${pid}/task`).map((tid) =>
      foldName(readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trimEnd()),
    );
    const line = host.alertLine('threads', 'W10')!;
    expect(names.map((name) => name.replace(/[^\w.:/@+-]/g, '_'))).toContain(foldName(line.get('thread_name')!));
    expect(Number(line.get('thread_name_count'))).toBeGreaterThan(10);
    const { culprit } = await host.standingAlert('threads', 'W10');
    const family = { name: expect.any(String), amount: expect.any(Number), newer: expect.any(Number) };
    expect(culprit.look.kinds).toContainEqual(expect.objectContaining(family));
  });

  test('of descriptors names their kind', async () => {
    const line = host.alertLine('fds', 'W13')!;
    expect(Object.fromEntries(line)).toMatchObject({ fd_kind: 'device_/dev/null' });
    expect(Number(line.get('fd_kind_count'))).toBeGreaterThan(20);
    expect((await host.standingAlert('fds', 'W13')).culprit).toMatchObject({
      look: {
        at: 'fds',
        kinds: expect.arrayContaining([
          expect.objectContaining({ name: 'device /dev/null', newer: expect.any(Number) }),
        ]),
      },
    });
  });

  test('of zombies names the dead children', async () => {
    const line = host.alertLine('zombies', 'W11')!;
    expect(line.get('zombie_comm')).toBe('true');
    expect(Number(line.get('oldest_zombie_seconds'))).toBeGreaterThanOrEqual(1);
    expect((await host.standingAlert('zombies', 'W11')).culprit).toMatchObject({
      children: expect.any(Number),
      zombies: { oldestSeconds: expect.any(Number), names: [{ name: 'true', count: expect.any(Number) }] },
    });
  });

  test('of processes counts the living children', async () => {
    expect(Number(host.alertLine('processes', 'W14')!.get('children'))).toBeGreaterThan(10);
  });
});

test('the alert of a program that is restarted is resolved', async () => {
  const { daemon } = host;
  host.stopLeaking();
  await host.stopProgram('zombies');
  await host.startProgram('zombies');
  const resolved = (await until(
    () => host.eventsOf('zombies').find((event) => event.get('at') === 'resolved' && event.get('code') === 'W11'),
    { what: 'the zombie leak to be resolved' },
  ))!;
  // `ok` if a sample fell between the end of the old program, whose zombies are gone, and the start of the new one.
  const verdict = expect.stringMatching(/^(learning|ok)$/);
  expect(Object.fromEntries(resolved)).toMatchObject({ desc: 'zombie_leak', verdict });
  expect(resolved.has('count#leak_alerts')).toBe(false);
  const metrics = (await until(
    async () => {
      const now = await daemon.metrics();
      return now.value('leakwatch_group_zombies{group="zombies"}') === 0 ? now : undefined;
    },
    { what: 'the new process in /metrics' },
  ))!;
  expect(metrics.value('leakwatch_verdict{group="zombies",metric="zombies",verdict="leak"}')).toBeUndefined();
  const { standing } = await daemon.report();
  expect(
    standing.filter(
      ({ group, metric }: { group: string; metric: string }) => group === 'zombies' && metric === 'zombies',
    ),
  ).toEqual([]);
});

test('the daemon stops when it is told to', () => host.daemon.stop());
