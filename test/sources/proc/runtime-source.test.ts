import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RuntimeSource } from '../../../src/sources/proc/runtime-source.ts';
import type { CgroupTree, CgroupTreeSpec } from '../../support/cgroup-tree.ts';
import type { HostSpec, ProcessSpec, ProcTree } from '../../support/proc-tree.ts';
import { cgroups, fixture, processes } from '../trees.ts';

const MIB = 2 ** 20;
const SELF = 50;

const MEMINFO = `MemTotal:        2097152 kB
MemFree:          100000 kB
MemAvailable:    1000000 kB
Buffers:            1024 kB
Cached:            10240 kB
SwapCached:            0 kB
SwapTotal:          8192 kB
SwapFree:           6144 kB
AnonPages:         20480 kB
`;

interface Place {
  readonly cgroups?: CgroupTreeSpec;
  /** Paths of the cgroups that pid 1 and we live in. */
  readonly first?: string;
  readonly own?: string;
  readonly more?: readonly ProcessSpec[];
  readonly host?: HostSpec;
}

function place({ cgroups: spec, first = '/', own = '/', more = [], host }: Place): {
  proc: ProcTree;
  cgroup: CgroupTree;
  source: RuntimeSource;
} {
  const cgroup = cgroups(spec ?? { groups: {} });
  const proc = processes({
    processes: [
      { pid: 1, cgroup: cgroup.membership(first) },
      { pid: SELF, state: 'R', cgroup: cgroup.membership(own) },
      ...more,
    ],
    self: SELF,
    host: {
      mountinfo: cgroup.mountinfo,
      ...host,
      files: { meminfo: MEMINFO, vmstat: 'nr_free_pages 9\npgpgin 40\npgpgout 81\n', ...host?.files },
    },
  });
  return { proc, cgroup, source: new RuntimeSource({ procfs: proc.dir, clock: () => 0 }) };
}

/** Running threads of a process whose leader sleeps. */
function wake(proc: ProcTree, pid: number, tids: readonly number[]): void {
  for (const tid of tids) {
    const file = join(proc.dir, `${pid}/task/${tid}/stat`);
    writeFileSync(file, readFileSync(file, 'latin1').replace(') S ', ') R '), 'latin1');
  }
}

const OF_HOST = {
  rss: 20 * MIB,
  cache: 11 * MIB,
  swap: 2 * MIB,
  pagesIn: 10,
  pagesOut: 20.25,
  quota: 2048 * MIB,
};

describe('a host', () => {
  test('has the figures of /proc', async () => {
    const { source } = place({ host: { files: { loadavg: '9.00 9.00 9.00 4/300 77\n' } } });
    expect(await source.read()).toEqual({
      // leakwatch is one of the four running tasks.
      load: { minute1: 3, minutes5: undefined, minutes15: undefined },
      memory: OF_HOST,
    });
  });

  test('is measured as a whole, even if leakwatch runs in a slice of it or in a container that sees it', async () => {
    const spec = { groups: { '/system.slice/leakwatch.service': { memoryMax: 64 * MIB, memoryCurrent: MIB } } };
    for (const [first, own] of [
      ['/init.scope', '/system.slice/leakwatch.service'],
      ['/../../init.scope', '/'],
    ] as const)
      expect((await place({ cgroups: spec, first, own }).source.read()).memory).toEqual(OF_HOST);
  });

  test('with version 1 is told from a container, though its root cgroup has the same files', async () => {
    const spec = { version: 1, groups: { '/': { memoryCurrent: MIB }, '/a': { memoryMax: MIB } } } as const;
    expect((await place({ cgroups: spec, own: '/a' }).source.read()).memory).toEqual(OF_HOST);
  });

  test('with unknown figures has no lines', async () => {
    const { source } = place({ host: { files: { loadavg: 'x\n', meminfo: 'MemTotal: 5 kB\n' } } });
    expect(await source.read()).toEqual({ load: undefined, memory: undefined });
  });

  test('that was captured is read', async () => {
    const { load, memory } = await new RuntimeSource({ procfs: fixture('dyno-zombies') }).read();
    expect(load?.minute1).toBeGreaterThanOrEqual(0);
    expect(memory?.quota).toBe(24_684_084 * 1024);
    expect(memory?.rss).toBeGreaterThan(MIB);
  });
});

describe('a container', () => {
  const STAT = `anon ${300 * MIB}\nfile ${20 * MIB}\nkernel 1\n`;

  test('with version 2 is its own root cgroup', async () => {
    const { source, cgroup, proc } = place({
      cgroups: {
        groups: {
          '/': {
            memoryMax: 512 * MIB,
            memoryCurrent: 330 * MIB,
            files: { 'memory.stat': STAT, 'memory.swap.current': `${7 * MIB}\n` },
          },
        },
      },
      more: [
        { pid: 7, threads: 4 },
        { pid: 8, state: 'R' },
        { pid: 9, state: 'Z' },
        { pid: 10, state: 'D' },
      ],
    });
    writeFileSync(join(cgroup.dir, 'io.stat'), '8:0 rbytes=8192 wbytes=4096 rios=1 wios=1\n');
    wake(proc, 7, [7001, 7003]);
    expect(await source.read()).toEqual({
      // Two threads and a process; neither leakwatch, nor the zombie, nor the one that waits for a disk.
      load: { minute1: 3, minutes5: undefined, minutes15: undefined },
      memory: { rss: 300 * MIB, cache: 20 * MIB, swap: 7 * MIB, pagesIn: 2, pagesOut: 1, quota: 512 * MIB },
    });
  });

  test('with an init system is the cgroup that holds both pid 1 and us, with the smallest limit of its ancestors', async () => {
    const { source } = place({
      cgroups: {
        groups: {
          '/': {
            memoryMax: 400 * MIB,
            memoryCurrent: 1,
            files: { 'memory.stat': STAT, 'memory.high': `${350 * MIB}\n` },
          },
          '/system.slice': { memoryMax: 64 * MIB, memoryCurrent: 1 },
        },
      },
      first: '/init.scope',
      own: '/system.slice/leakwatch.service',
    });
    // Swap and pages are not counted by this kernel, so they are 0.
    const rest = { swap: 0, pagesIn: 0, pagesOut: 0 };
    expect((await source.read()).memory).toEqual({ rss: 300 * MIB, cache: 20 * MIB, ...rest, quota: 350 * MIB });
  });

  test('without a limit has the memory of its host', async () => {
    const spec = { groups: { '/': { memoryCurrent: 1, files: { 'memory.stat': STAT } } } };
    expect((await place({ cgroups: spec }).source.read()).memory?.quota).toBe(2048 * MIB);
  });

  test('with version 1, seen from within', async () => {
    const stat = `total_cache ${5 * MIB}\ntotal_rss ${60 * MIB}\ntotal_swap 0\ntotal_pgpgin 84329\ntotal_pgpgout 38140\nhierarchical_memory_limit ${256 * MIB}\n`;
    const { source } = place({
      cgroups: {
        version: 1,
        mountRoot: '/docker/abc',
        groups: { '/docker/abc': { memoryMax: 512 * MIB, memoryCurrent: 1, files: { 'memory.stat': stat } } },
      },
      first: '/docker/abc',
      own: '/docker/abc',
    });
    expect(await source.read()).toEqual({
      load: { minute1: 0, minutes5: undefined, minutes15: undefined },
      memory: { rss: 60 * MIB, cache: 5 * MIB, swap: 0, pagesIn: 84_329, pagesOut: 38_140, quota: 256 * MIB },
    });
  });

  test('that has changed is read again', async () => {
    const files = { 'memory.stat': STAT };
    const { source, cgroup } = place({
      cgroups: { groups: { '/': { memoryMax: 512 * MIB, memoryCurrent: 1, files } } },
    });
    await source.read();
    cgroup.set('/', { files: { 'memory.stat': `anon ${5 * MIB}\nfile 0\n` } });
    expect((await source.read()).memory).toMatchObject({ rss: 5 * MIB, cache: 0 });
  });
});

test('without /proc: the load averages of the system, and no memory', async () => {
  const { load, memory } = await new RuntimeSource({ procfs: '/nonexistent' }).read();
  expect(load).toEqual({
    minute1: expect.any(Number),
    minutes5: expect.any(Number),
    minutes15: expect.any(Number),
  });
  expect(memory).toBeUndefined();
});
