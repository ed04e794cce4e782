import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { missKey } from '../../../src/model/misses.ts';
import { CgroupSource } from '../../../src/sources/cgroup/cgroup-source.ts';
import { parseMounts } from '../../../src/sources/cgroup/mounts.ts';
import { MissCounter } from '../../../src/sources/miss.ts';
import { FileReader } from '../../../src/sources/proc/file.ts';
import type { CgroupTree, CgroupTreeSpec } from '../../support/cgroup-tree.ts';
import { cgroups } from '../trees.ts';

const MB = 2 ** 20;

function source(spec: CgroupTreeSpec) {
  const tree = cgroups(spec);
  return { tree, source: new CgroupSource({ files: new FileReader(), mounts: parseMounts(tree.mountinfo) }) };
}

/** The levels of one membership, with paths relative to the mount. */
function levels(tree: CgroupTree, cgroup: CgroupSource, path: string, misses = new MissCounter()) {
  const membership = cgroup.membership(tree.membership(path))!;
  return cgroup
    .sample(new Set([membership]), { hostShmemBytes: undefined, misses })
    .cgroups.get(membership)
    ?.map((level) => ({ ...level, path: level.path.slice(tree.dir.length) || '/' }));
}

describe('version 2', () => {
  test('pages of files that are in use can be taken back as well', () => {
    const { tree, source: cgroup } = source({
      groups: { '/a': { memoryMax: 512 * MB, memoryCurrent: 500 * MB, inactiveFile: 100 * MB, activeFile: 250 * MB } },
    });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ memoryUsed: 150 * MB }]);
  });

  test('so can the caches of names and inodes', () => {
    const stat = 'inactive_file 0\nactive_file 0\nslab_reclaimable 41943040\n';
    const { tree, source: cgroup } = source({
      groups: { '/a': { memoryMax: 60 * MB, memoryCurrent: 59 * MB, files: { 'memory.stat': stat } } },
    });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ memoryUsed: 19 * MB }]);
  });

  test('used memory is the memory that the kernel cannot take back', () => {
    const { tree, source: cgroup } = source({
      groups: { '/a': { memoryMax: 512 * MB, memoryCurrent: 300 * MB, inactiveFile: 100 * MB } },
    });
    expect(levels(tree, cgroup, '/a')).toEqual([
      { path: '/a', memoryMax: 512 * MB, memoryUsed: 200 * MB, pidsMax: undefined, pidsCurrent: undefined },
    ]);
    tree.set('/a', { memoryCurrent: 50 * MB });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ memoryUsed: 0 }]);
  });

  test('gives every ancestor with a limit, innermost first', () => {
    const { tree, source: cgroup } = source({
      groups: {
        '/': { pidsMax: 1000, pidsCurrent: 900 },
        '/a': {},
        '/a/b': { memoryMax: 64 * MB, memoryCurrent: 1 },
        '/a/b/c': { pidsMax: 50, pidsCurrent: 7 },
      },
    });
    expect(levels(tree, cgroup, '/a/b/c')).toMatchObject([
      { path: '/a/b/c', pidsMax: 50, pidsCurrent: 7 },
      { path: '/a/b', memoryMax: 64 * MB, memoryUsed: 1 },
      { path: '/', pidsMax: 1000, pidsCurrent: 900 },
    ]);
  });

  test('max is no limit', () => {
    const { tree, source: cgroup } = source({
      groups: { '/a': { memoryMax: Number.POSITIVE_INFINITY, pidsMax: Number.POSITIVE_INFINITY } },
    });
    expect(levels(tree, cgroup, '/a')).toEqual([]);
  });

  test('memory.high is a limit as well', () => {
    const { tree, source: cgroup } = source({
      groups: { '/a': { memoryMax: 64 * MB, memoryCurrent: 1, files: { 'memory.high': `${48 * MB}\n` } } },
    });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ memoryMax: 48 * MB }]);
  });
});

describe('version 1', () => {
  test('includes the child cgroups, and leaves out their page cache', () => {
    const { tree, source: cgroup } = source({
      version: 1,
      groups: {
        '/a': { memoryMax: 512 * MB, memoryCurrent: 300 * MB, inactiveFile: 100 * MB, pidsMax: 9, pidsCurrent: 3 },
      },
    });
    expect(levels(tree, cgroup, '/a')).toMatchObject([
      { path: '/memory/a', memoryMax: 512 * MB, memoryUsed: 200 * MB },
      { path: '/pids/a', pidsMax: 9, pidsCurrent: 3 },
    ]);
  });

  test('the largest number is no limit', () => {
    const { tree, source: cgroup } = source({ version: 1, groups: { '/a': { memoryCurrent: 300 * MB } } });
    expect(levels(tree, cgroup, '/a')).toEqual([]);
  });
});

describe('a container that sees its own cgroup at the mount point', () => {
  const { mountRoot, ...spec } = { mountRoot: '/docker/ab', groups: { '/docker/ab': { pidsMax: 20, pidsCurrent: 4 } } };

  test.each([1, 2] as const)('has its limits, version %d', (version) => {
    const { tree, source: cgroup } = source({ ...spec, mountRoot, version });
    expect(levels(tree, cgroup, '/docker/ab')).toMatchObject([{ pidsMax: 20, pidsCurrent: 4 }]);
  });

  test('does not apply them to a process outside', () => {
    const { tree, source: cgroup } = source({ ...spec, mountRoot });
    expect(levels(tree, cgroup, '/system.slice/x')).toEqual([]);
    expect(levels(tree, cgroup, '/../../etc')).toEqual([]);
  });
});

describe('a value that cannot be read', () => {
  const spec = { groups: { '/a': { pidsMax: 20, pidsCurrent: 4, memoryMax: 9 * MB, memoryCurrent: MB } } };

  test('is unknown and counted if the directory has gone', () => {
    const { tree, source: cgroup } = source(spec);
    levels(tree, cgroup, '/a');
    rmSync(`${tree.dir}/a`, { recursive: true });
    const misses = new MissCounter();
    expect(levels(tree, cgroup, '/a', misses)).toMatchObject([{ pidsCurrent: undefined, memoryUsed: undefined }]);
    expect(Object.fromEntries(misses.counts)).toEqual({ 'cgroup_pids:vanished': 1, 'cgroup_memory:vanished': 1 });
  });

  test('is unknown and counted if it is no number', () => {
    const { tree, source: cgroup } = source(spec);
    levels(tree, cgroup, '/a');
    tree.set('/a', { files: { 'pids.current': 'many\n', 'memory.current': '-1\n' } });
    const misses = new MissCounter();
    expect(levels(tree, cgroup, '/a', misses)).toMatchObject([{ pidsCurrent: undefined, memoryUsed: undefined }]);
    expect(Object.fromEntries(misses.counts)).toEqual({ 'cgroup_pids:malformed': 1, 'cgroup_memory:malformed': 1 });
  });

  test('is 0 if it is the page cache: all memory counts as used', () => {
    const { tree, source: cgroup } = source(spec);
    tree.set('/a', { files: { 'memory.stat': null } });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ memoryUsed: MB }]);
  });

  test('is no limit if the cgroup is missing', () => {
    const { tree, source: cgroup } = source({ groups: { '/': { pidsMax: 5, pidsCurrent: 1 } } });
    expect(levels(tree, cgroup, '/nowhere')).toMatchObject([{ path: '/', pidsMax: 5 }]);
  });
});

describe('over time', () => {
  test('changed limits are noticed', () => {
    const { tree, source: cgroup } = source({ groups: { '/a': { pidsMax: 20, pidsCurrent: 4 } } });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ pidsMax: 20 }]);
    tree.set('/a', { pidsMax: 30, memoryMax: 7 * MB });
    for (let sample = 0; sample < 15; sample++) levels(tree, cgroup, '/a');
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ pidsMax: 30, memoryMax: 7 * MB }]);
  });

  test('processes of one cgroup share one membership object', () => {
    const { tree, source: cgroup } = source({ groups: {} });
    expect(cgroup.membership(tree.membership('/a'))).toBe(cgroup.membership(tree.membership('/a')));
    expect(cgroup.membership(tree.membership('/b'))).not.toBe(cgroup.membership(tree.membership('/a')));
    expect(cgroup.membership('nonsense')).toBeUndefined();
  });

  test('memberships beyond the bound have unknown limits and are counted', () => {
    const { tree, source: cgroup } = source({ groups: { '/': { pidsMax: 5, pidsCurrent: 1 } } });
    const wanted = new Set(Array.from({ length: 600 }, (_, i) => cgroup.membership(tree.membership(`/${i}`))!));
    const misses = new MissCounter();
    const found = cgroup.sample(wanted, { hostShmemBytes: undefined, misses }).cgroups;
    expect(found.size).toBe(512);
    expect(Object.fromEntries(misses.counts)).toEqual({ 'cgroup_limits:too_many': 88 });
    expect([...wanted][599]).toEqual({ unitPath: '/599' });
  });

  test('memberships that no process has any more make room', () => {
    const { tree, source: cgroup } = source({ groups: { '/': { pidsMax: 5, pidsCurrent: 1 } } });
    for (let round = 0; round < 40; round++) {
      const wanted = new Set(
        Array.from({ length: 50 }, (_, i) => cgroup.membership(tree.membership(`/${round}-${i}`))!),
      );
      const misses = new MissCounter();
      expect(cgroup.sample(wanted, { hostShmemBytes: undefined, misses }).cgroups.size).toBe(50);
    }
  });
});

describe('shared memory', () => {
  /** Shared memory of the cgroups of these paths, as told for a host with so much shared memory. */
  function shmem(tree: CgroupTree, cgroup: CgroupSource, paths: readonly string[], hostShmemBytes?: number) {
    const memberships = paths.map((path) => cgroup.membership(tree.membership(path))!);
    const told = cgroup.sample(new Set(memberships), { hostShmemBytes, misses: new MissCounter() }).shmem;
    return memberships.map((membership) => told.get(membership));
  }

  test.each([1, 2] as const)('version %d: is that of the cgroup itself, without a limit too', (version) => {
    const { tree, source: cgroup } = source({ version, groups: { '/a': { shmem: 64 * MB } } });
    expect(shmem(tree, cgroup, ['/a', '/none'])).toMatchObject([{ bytes: 64 * MB }, undefined]);
  });

  test('is counted by the innermost cgroup that counts memory, which several may have in common', () => {
    const { tree, source: cgroup } = source({ groups: { '/a': { shmem: 5 * MB }, '/a/b': {}, '/a/c': {} } });
    const [b, c] = shmem(tree, cgroup, ['/a/b', '/a/c']);
    expect(b).toMatchObject({ bytes: 5 * MB });
    expect(c).toBe(b);
  });

  test('may be that of processes outside of our pid namespace, and then is unknown', () => {
    const { tree, source: cgroup } = source({ groups: { '/a': { shmem: 5 * MB } } });
    writeFileSync(`${tree.dir}/a/cgroup.procs`, '0\n17\n');
    expect(shmem(tree, cgroup, ['/a'])).toEqual([undefined]);
  });

  test('is not asked of the root of a host, which has no memory.current', () => {
    const files = { 'memory.current': null, 'memory.max': null };
    const { tree, source: cgroup } = source({ groups: { '/': { shmem: 5 * MB, files } } });
    expect(shmem(tree, cgroup, ['/'])).toEqual([undefined]);
  });

  test('is read again when that of the host has changed by 1 MB', () => {
    const { tree, source: cgroup } = source({ groups: { '/a': { shmem: 1 * MB } } });
    const read = (host: number) => shmem(tree, cgroup, ['/a'], host)[0]?.bytes;
    read(10 * MB);
    tree.set('/a', { shmem: 3 * MB });
    expect(read(11 * MB - 1)).toBe(1 * MB);
    expect(read(11 * MB)).toBe(3 * MB);
    tree.set('/a', { shmem: 2 * MB });
    expect(read(10 * MB + 1)).toBe(3 * MB);
    expect(read(10 * MB)).toBe(2 * MB);
  });

  test('of many cgroups is read in several samples', () => {
    const names = Array.from({ length: 100 }, (_, i) => `/${i}`);
    const { tree, source: cgroup } = source({ groups: Object.fromEntries(names.map((name) => [name, { shmem: MB }])) });
    const known = () => shmem(tree, cgroup, names, 7 * MB).filter((one) => one !== undefined).length;
    expect([known(), known(), known()]).toEqual([64, 100, 100]);
  });
});

describe('a limit that is enforced', () => {
  const events = (refused: number) => ({ 'pids.events': `max ${refused}\n` });
  const kills = (killed: number) => ({ 'memory.events': `low 0\nhigh 0\nmax 9\noom 2\noom_kill ${killed}\n` });

  test('is noticed, whether or not it can be seen', () => {
    const { tree, source: cgroup } = source({
      groups: { '/a': { pidsMax: 20, pidsCurrent: 18, files: events(3) } },
    });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ pidsMax: 20, refusedForksEver: 3 }]);
    tree.set('/a', { files: events(5) });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ pidsMax: 20, refusedForks: 2, refusedForksEver: 5 }]);
    expect(levels(tree, cgroup, '/a')![0]).not.toHaveProperty('refusedForks');
  });

  test.each([1, 2] as const)('version %d: of an ancestor that cannot be seen is what was used then', (version) => {
    const { tree, source: cgroup } = source({ version, groups: { '/a': { pidsCurrent: 50, files: events(0) } } });
    expect(levels(tree, cgroup, '/a')).toEqual([]);
    tree.set('/a', { pidsCurrent: 57, files: events(4) });
    expect(levels(tree, cgroup, '/a')).toMatchObject([
      { pidsCurrent: 57, pidsMax: 57, refusedForks: 4, isPidsMaxObserved: true },
    ]);
    tree.set('/a', { pidsCurrent: 40 });
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ pidsCurrent: 40, pidsMax: 57, isPidsMaxObserved: true }]);
    // More than ever is used, and no fork was refused: the limit must have been raised.
    tree.set('/a', { pidsCurrent: 58 });
    levels(tree, cgroup, '/a');
    expect(levels(tree, cgroup, '/a')![0]).not.toHaveProperty('isPidsMaxObserved');
  });

  test('on memory kills, also where the limit cannot be seen', () => {
    const { tree, source: cgroup } = source({ groups: { '/a': { memoryCurrent: 300 * MB, files: kills(0) } } });
    levels(tree, cgroup, '/a');
    tree.set('/a', { files: kills(1) });
    expect(levels(tree, cgroup, '/a')).toMatchObject([
      { memoryUsed: 300 * MB, memoryMax: 300 * MB, oomKills: 1, oomKillsEver: 1, isMemoryMaxObserved: true },
    ]);
  });

  test('is not taken for a limit of an ancestor that counts it as well and has none', () => {
    const files = (count: number) => ({ ...events(count), ...kills(count) });
    const { tree, source: cgroup } = source({
      groups: {
        '/slice': { pidsCurrent: 600, memoryCurrent: 900 * MB, files: files(0) },
        '/slice/job': { memoryMax: 100 * MB, memoryCurrent: 95 * MB, pidsMax: 40, pidsCurrent: 40, files: files(0) },
      },
    });
    levels(tree, cgroup, '/slice/job');
    tree.set('/slice', { files: files(1) });
    tree.set('/slice/job', { files: files(1) });
    const told = levels(tree, cgroup, '/slice/job')!;
    expect(told).toMatchObject([{ path: '/slice/job', refusedForks: 1, oomKills: 1 }]);
  });

  test('is that of an ancestor which can be seen and is full', () => {
    const { tree, source: cgroup } = source({
      version: 1,
      groups: {
        '/pod': { pidsMax: 40, pidsCurrent: 38, files: events(0) },
        '/pod/app': { pidsCurrent: 30, files: events(0) },
      },
    });
    levels(tree, cgroup, '/pod/app');
    tree.set('/pod/app', { files: events(5) });
    expect(levels(tree, cgroup, '/pod/app')).toMatchObject([
      { path: '/pids/pod/app', refusedForksEver: 5 },
      { path: '/pids/pod', pidsMax: 40, refusedForks: 5 },
    ]);
  });

  test('but cannot be seen is forgotten when it has not been enforced for five minutes', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { tree, source: cgroup } = source({ groups: { '/a': { pidsCurrent: 50, files: events(0) } } });
    levels(tree, cgroup, '/a');
    tree.set('/a', { files: events(1) });
    levels(tree, cgroup, '/a');
    vi.advanceTimersByTime(300_000);
    expect(levels(tree, cgroup, '/a')).toMatchObject([{ pidsMax: 50, isPidsMaxObserved: true }]);
    vi.advanceTimersByTime(1);
    expect(levels(tree, cgroup, '/a')![0]).not.toHaveProperty('isPidsMaxObserved');
  });

  test('is read of many cgroups in turn', () => {
    const names = Array.from({ length: 100 }, (_, i) => `/${i}`);
    const groups = (refused: number) =>
      Object.fromEntries(names.map((name) => [name, { pidsMax: 9, files: events(refused) }]));
    const { tree, source: cgroup } = source({ groups: groups(1) });
    const memberships = new Set(names.map((name) => cgroup.membership(tree.membership(name))!));
    const told = () => {
      const { cgroups } = cgroup.sample(memberships, { hostShmemBytes: 0, misses: new MissCounter() });
      return [...cgroups.values()].filter(([level]) => level!.refusedForksEver === 1).length;
    };
    expect([told(), told()]).toEqual([64, 100]);
  });
});

describe('where cgroups are many and deep', () => {
  test('the innermost 32 are looked at, and that is counted', () => {
    const parts = Array.from({ length: 40 }, (_, depth) => `${depth}`);
    const at = (depth: number): string => `/${parts.slice(0, depth).join('/')}`;
    const limits = { pidsMax: 100, pidsCurrent: 1 };
    const { tree, source: cgroup } = source({ groups: { [at(8)]: limits, [at(9)]: limits, [at(40)]: limits } });
    const misses = new MissCounter();
    expect(levels(tree, cgroup, at(40), misses)?.map(({ path }) => path)).toEqual([at(40), at(9)]);
    expect(misses.counts.get(missKey('cgroup_limits', 'too_deep'))).toBe(1);
  });

  test('limits are read of 4096 directories or so, and the others are counted', () => {
    const { tree, source: cgroup } = source({ groups: { '/': {} } });
    const paths = Array.from({ length: 300 }, (_, at) => `/${at}${'/x'.repeat(30)}`);
    const memberships = new Set(paths.map((path) => cgroup.membership(tree.membership(path))!));
    const misses = new MissCounter();
    const { cgroups: known } = cgroup.sample(memberships, { hostShmemBytes: undefined, misses });
    expect(known.size).toBe(133);
    expect(misses.counts.get(missKey('cgroup_limits', 'too_many'))).toBe(300 - 133);
  });

  test('a path longer than any of the kernel is malformed', () => {
    const { source: cgroup } = source({ groups: { '/': {} } });
    expect(cgroup.membership(`0::/${'x'.repeat(4095)}\n`)).toBeDefined();
    expect(cgroup.membership(`0::/${'x'.repeat(4096)}\n`)).toBeUndefined();
  });
});
