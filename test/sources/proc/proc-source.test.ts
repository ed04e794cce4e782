import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { finish } from '../../../src/model/portions.ts';
import { isZombie, type ProcessSample, type Snapshot } from '../../../src/model/snapshot.ts';
import { ProcSource } from '../../../src/sources/proc/proc-source.ts';
import { IN_MEMORY, temporaryDirectory } from '../../support/files.ts';
import { type ProcTreeSpec, withoutRoot } from '../../support/proc-tree.ts';
import { cgroups, type FixtureName, fixture, fixtureBytes, processes } from '../trees.ts';

const PAGE = 4096;
const KERNEL_THREAD = 0x00200000;

const sampleOf = (procfs: string, options: { everyCommandLine?: boolean } = {}): Promise<Snapshot> =>
  new ProcSource({ procfs, ...options }).sample();

const captured = (name: FixtureName): Promise<Snapshot> => sampleOf(fixture(name));

function find(snapshot: Snapshot, pid: number): ProcessSample {
  const process = snapshot.processes.find((candidate) => candidate.pid === pid);
  if (!process) throw new Error(`no process ${pid} in the snapshot`);
  return process;
}

const missesOf = (snapshot: Snapshot) => Object.fromEntries(snapshot.misses);

function tree(spec: ProcTreeSpec) {
  const made = processes(spec);
  const source = new ProcSource({ procfs: made.dir });
  return { tree: made, source, sight: async (pid: number) => find(await source.sample(), pid) };
}

describe('captured trees', () => {
  test('a dyno with zombies', async () => {
    const snapshot = await captured('dyno-zombies');
    expect(snapshot.processes).toHaveLength(17);
    expect(find(snapshot, 7)).toMatchObject({
      ppid: 4,
      startTicks: 256844,
      comm: 'ruby',
      state: 'S',
      kernel: false,
      threads: 2,
      rssBytes: 2868 * PAGE,
      anonBytes: (2887 - 902) * PAGE,
      fds: 3,
      uid: 1000,
      nprocLimit: 256,
      nofileLimit: 10_000,
    });
    const zombies = snapshot.processes.filter(isZombie);
    expect(zombies.map(({ ppid }) => ppid)).toEqual(Array.from({ length: 12 }, () => 7));
    expect(zombies[0]).toMatchObject({ fds: undefined, anonBytes: undefined, uid: 1000 });
    expect(find(snapshot, 4).argv).toEqual(['unicorn master -p 5000 -c ./config/unicorn.rb']);
    expect(snapshot.host).toMatchObject({ tasks: 111, memoryTotal: 24_684_084 * 1024 });
    expect(snapshot).toMatchObject({ selfPid: undefined, ticksPerSecond: 100 });
    expect(missesOf(snapshot)).toEqual({});
  });

  test('hostile names', async () => {
    const snapshot = await captured('hostile-names');
    expect(snapshot.processes).toHaveLength(23);
    expect(snapshot.processes.every(({ pid, ppid }) => pid === 1 || ppid === 1)).toBe(true);
    expect(missesOf(snapshot)).toEqual({});
  });

  test('a leader that exited while a thread lives is no zombie', async () => {
    const process = find(await captured('leader-exited'), 3);
    expect(process).toMatchObject({ state: 'Z', threads: 2 });
    expect(isZombie(process)).toBe(false);
  });

  test('threads that outlive their leader keep their memory and descriptors', async () => {
    const leader = { pid: 10, state: 'Z', threads: 2, rssPages: 0, tasks: [{ tid: 10 }, { tid: 11 }] } as const;
    const { sight } = tree({
      processes: [
        { ...leader, files: { 'task/11/statm': '900 300 100 1 0 50 0\n', 'task/11/fd/0': '', 'task/11/fd/1': '' } },
      ],
    });
    expect(await sight(10)).toMatchObject({ rssBytes: 300 * 4096, anonBytes: 200 * 4096, fds: 2 });
  });

  test('and if these cannot be read, they are unknown and counted, not 0', async () => {
    const { source } = tree({
      processes: [{ pid: 10, state: 'Z', threads: 2, rssPages: 0, tasks: [{ tid: 10 }, { tid: 11 }] }],
    });
    const snapshot = await source.sample();
    expect(snapshot.processes[0]).toMatchObject({ rssBytes: undefined, anonBytes: undefined, fds: undefined });
    expect(missesOf(snapshot)).toMatchObject({ 'statm:leader_exited': 1, 'fds:leader_exited': 1 });
  });

  test('cut lines are counted, and the others are read', async () => {
    const cut = Array.from({ length: 19 }, (_, i) => 10 + i);
    const { source } = tree({
      processes: cut.map((pid) => ({ pid, files: { stat: fixtureBytes(`cut-lines/${pid}/stat`) } })),
    });
    const snapshot = await source.sample();
    expect(missesOf(snapshot)).toEqual({ 'stat:malformed': 16 });
    expect(snapshot.processes.map(({ pid }) => pid).sort()).toEqual([18, 21, 28]);
  });
});

describe('identity', () => {
  test('a reused pid is a different process', async () => {
    const { tree: made, sight } = tree({ processes: [{ pid: 10, startTicks: 5, uid: 1, cmdline: ['old'] }] });
    for (let i = 0; i < 2; i++) expect(await sight(10)).toMatchObject({ startTicks: 5, uid: 1, argv: ['old'] });
    made.kill(10);
    made.set(10, { startTicks: 9, uid: 2, cmdline: ['new'] });
    expect(await sight(10)).toMatchObject({ startTicks: 9, uid: 2, argv: ['new'] });
  });

  test('after an exec everything is read again', async () => {
    const { tree: made, sight } = tree({ processes: [{ pid: 10, comm: 'sh', cmdline: ['sh', '-c', 'app'] }] });
    for (let i = 0; i < 4; i++) await sight(10);
    made.set(10, { comm: 'app', cmdline: ['app'], uid: 33 });
    expect(await sight(10)).toMatchObject({ comm: 'app', argv: ['app'], uid: 33 });
  });

  test('a change of what seldom changes is noticed later and later', async () => {
    expect(await noticedSights({ startTicks: 999_000 })).toEqual([2, 16 + 2, 8 * 18 + 2]);
  });

  test('and much later in a process that is not young', async () => {
    expect(await noticedSights({ startTicks: 5 })).toEqual([512 + 10]);
  });

  /** Changes the uid of a process before each sample. @returns the samples that noticed it; the host is up 10,000 s */
  async function noticedSights(spec: { startTicks: number }): Promise<number[]> {
    const process = { pid: 10, ...spec };
    const { tree: made, sight } = tree({ host: { uptimeSeconds: 10_000 }, processes: [process] });
    await sight(10);
    const noticed: number[] = [];
    const status = (uid: number): string => `Name:\tapp\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`;
    for (let number = 2; number <= 1030; number++) {
      writeFileSync(`${made.dir}/10/status`, status(number));
      if ((await sight(10)).uid === number) noticed.push(number);
    }
    return noticed;
  }
});

describe('one process', () => {
  test('has all its numbers', async () => {
    const { sight } = tree({
      processes: [
        {
          pid: 10,
          threads: 4,
          rssPages: 1000,
          residentPages: 1010,
          sharedPages: 200,
          utime: 150,
          stime: 50,
          cutime: 30,
          cstime: 20,
          uid: 33,
          fds: 7,
          limits: { nproc: Number.POSITIVE_INFINITY, nofile: 64 },
        },
      ],
    });
    expect(await sight(10)).toMatchObject({
      threads: 4,
      rssBytes: 1000 * PAGE,
      anonBytes: 810 * PAGE,
      cpuSeconds: 2,
      childCpuSeconds: 0.5,
      uid: 33,
      fds: 7,
      nprocLimit: Number.POSITIVE_INFINITY,
      nofileLimit: 64,
    });
  });

  test('with a negative rss has an unknown rss, and all other numbers', async () => {
    const { sight } = tree({ processes: [{ pid: 10, rssPages: -3, residentPages: 10, sharedPages: 4 }] });
    expect(await sight(10)).toMatchObject({ rssBytes: undefined, anonBytes: 6 * PAGE, threads: 1 });
  });

  test('of the kernel is not read for memory, descriptors or user', async () => {
    const { source } = tree({
      processes: [{ pid: 2, comm: 'kthreadd', flags: KERNEL_THREAD, files: { statm: null, status: null } }],
    });
    const snapshot = await source.sample();
    expect(find(snapshot, 2)).toMatchObject({ kernel: true, fds: undefined, anonBytes: undefined, uid: undefined });
    expect(missesOf(snapshot)).toEqual({});
  });

  test('that is a zombie is not read for memory or descriptors', async () => {
    const { source } = tree({ processes: [{ pid: 10, state: 'Z', files: { statm: null } }] });
    const snapshot = await source.sample();
    expect(find(snapshot, 10)).toMatchObject({ state: 'Z', fds: undefined, anonBytes: undefined, argv: undefined });
    expect(missesOf(snapshot)).toEqual({});
  });

  test('that wrote a title over its arguments has the title without padding', async () => {
    const title = Buffer.concat([Buffer.from('nginx: master process'), Buffer.alloc(500)]);
    const { sight } = tree({ processes: [{ pid: 10, files: { cmdline: title } }] });
    expect((await sight(10)).argv).toEqual(['nginx: master process']);
  });

  test('has the beginning of a command line of any length', async () => {
    const { sight } = tree({ processes: [{ pid: 10, cmdline: ['app', 'x'.repeat(100_000)] }] });
    const { argv } = await sight(10);
    expect(argv?.[0]).toBe('app');
    expect(argv?.[1]?.length).toBeLessThan(5000);
  });
});

describe('a value that cannot be read is unknown and counted', () => {
  test.each(['stat', 'statm', 'fd'])('a process that ended before its %s was read is left out', async (file) => {
    const { tree: made, source } = tree({ processes: [{ pid: 1 }, { pid: 10 }] });
    rmSync(`${made.dir}/10/${file}`, { recursive: true });
    const snapshot = await source.sample();
    expect(snapshot.processes.map(({ pid }) => pid)).toEqual([1]);
    expect(missesOf(snapshot)).toEqual({ [`${file === 'fd' ? 'fds' : file}:vanished`]: 1 });
  });

  test('descriptors without permission', async () => {
    const { source } = tree({ processes: [{ pid: 1 }, { pid: 10, fds: 'denied' }] });
    const snapshot = await withoutRoot(() => source.sample());
    expect(find(snapshot, 10)).toMatchObject({ fds: undefined, threads: 1, rssBytes: 2560 * PAGE });
    expect(find(snapshot, 1).fds).toBe(3);
    expect(missesOf(snapshot)).toEqual({ 'fds:denied': 1 });
  });

  test('a malformed statm', async () => {
    const { source } = tree({ processes: [{ pid: 10, files: { statm: 'x y z\n' } }] });
    const snapshot = await source.sample();
    expect(find(snapshot, 10)).toMatchObject({ anonBytes: undefined, rssBytes: 2560 * PAGE });
    expect(missesOf(snapshot)).toEqual({ 'statm:malformed': 1 });
  });

  test('status, cgroup, limits and command line', async () => {
    const { source } = tree({
      processes: [{ pid: 10, files: { status: null, cgroup: null, limits: null, cmdline: null } }],
    });
    const snapshot = await source.sample();
    expect(find(snapshot, 10)).toMatchObject({
      uid: undefined,
      cgroup: undefined,
      nprocLimit: undefined,
      nofileLimit: undefined,
      argv: undefined,
    });
    expect(missesOf(snapshot)).toEqual({
      'status:vanished': 1,
      'cgroup:vanished': 1,
      'limits:vanished': 1,
      'cmdline:vanished': 1,
    });
  });

  test('the host', async () => {
    const { source } = tree({
      processes: [{ pid: 10 }],
      host: {
        files: {
          loadavg: null,
          meminfo: null,
          uptime: null,
          'sys/kernel/threads-max': null,
          'sys/kernel/pid_max': 'many\n',
        },
      },
    });
    const { host, clockSeconds } = await source.sample();
    expect({ ...host, clockSeconds }).toMatchObject({
      threadsMax: undefined,
      pidMax: undefined,
      tasks: undefined,
      memoryTotal: undefined,
      memoryAvailable: undefined,
      clockSeconds: undefined,
    });
  });

  test('no process at all is an error: a snapshot would say that they have ended', async () => {
    const { source, tree: made } = tree({ processes: [{ pid: 10 }] });
    await source.sample();
    made.kill(10);
    await expect(source.sample()).rejects.toThrow(/no process/);
    renameSync(made.dir, `${made.dir}-away`);
    onTestFinished(() => rmSync(`${made.dir}-away`, { recursive: true }));
    await expect(source.sample()).rejects.toThrow();
  });
});

describe('the host', () => {
  test('is read with each snapshot', async () => {
    const { source, tree: made } = tree({
      processes: [{ pid: 10 }],
      host: { threadsMax: 500, pidMax: 400, uptimeSeconds: 177.25 },
    });
    expect(await source.sample()).toMatchObject({
      clockSeconds: 177.25,
      host: { threadsMax: 500, pidMax: 400, tasks: 1 },
    });
    made.setHost({ tasks: 300, memoryTotal: 2 ** 30, memoryAvailable: 2 ** 20 });
    expect(await source.sample()).toMatchObject({
      host: { tasks: 300, memoryTotal: 2 ** 30, memoryAvailable: 2 ** 20 },
    });
  });

  test('has the time of the given clock', async () => {
    const clock = () => ({ t: 1_700_000_000.25, wall: 1_700_003_600.25 });
    const source = new ProcSource({ procfs: fixture('dyno-zombies'), clock });
    expect(await source.sample()).toMatchObject(clock());
  });
});

describe('cgroups', () => {
  const limited = (version: 1 | 2) => cgroups({ version, groups: { '/web': { pidsMax: 20, pidsCurrent: 4 } } });

  test.each([1, 2] as const)('version %d: the limits of the cgroups of a process are read', async (version) => {
    const cgroup = limited(version);
    const { source } = tree({
      processes: [
        { pid: 1 },
        { pid: 10, cgroup: cgroup.membership('/web') },
        { pid: 11, cgroup: cgroup.membership('/web') },
      ],
      host: { mountinfo: cgroup.mountinfo },
    });
    const snapshot = await source.sample();
    const membership = find(snapshot, 10).cgroup!;
    expect(membership).toEqual({ unitPath: '/web' });
    expect(find(snapshot, 11).cgroup).toBe(membership);
    expect(snapshot.cgroups.get(membership)).toMatchObject([{ pidsCurrent: 4, pidsMax: 20 }]);
  });

  test('a mountinfo of many pages is read completely', async () => {
    const cgroup = limited(2);
    const many = Array.from({ length: 5000 }, (_, i) => `${i} 1 0:9 / /mnt/${i} rw - tmpfs t rw\n`).join('');
    const { source } = tree({
      processes: [{ pid: 10, cgroup: cgroup.membership('/web') }],
      host: { mountinfo: many + cgroup.mountinfo },
    });
    const snapshot = await source.sample();
    expect(snapshot.cgroups.get(find(snapshot, 10).cgroup!)).toMatchObject([{ pidsMax: 20 }]);
  });
});

describe('a proc file system other than /proc', () => {
  test('is the only one that is read', async () => {
    // Our own pid with a different start and files missing: what is missing must not come from /proc.
    const { source } = tree({
      processes: [
        {
          pid: process.pid,
          comm: 'other',
          threads: 1,
          startTicks: 1,
          files: { status: null, cmdline: null, limits: null },
        },
      ],
      host: { files: { loadavg: null, meminfo: null } },
    });
    const snapshot = await source.sample();
    expect(snapshot.processes).toHaveLength(1);
    expect(snapshot.processes[0]).toMatchObject({
      pid: process.pid,
      comm: 'other',
      threads: 1,
      startTicks: 1,
      uid: undefined,
      argv: undefined,
      nofileLimit: undefined,
      fds: 3,
    });
    expect(snapshot.selfPid).toBeUndefined();
    expect(snapshot.host).toMatchObject({ tasks: undefined, memoryTotal: undefined });
    const look = finish(source.look({ pid: process.pid, startTicks: 1, at: 'memory', since: undefined }));
    expect(look).toMatchObject({ kinds: [], incomplete: 'vanished' });
  });

  test('has our own pid in it', async () => {
    const { source } = tree({ processes: [{ pid: 1 }, { pid: 42, ppid: 1 }], self: 42 });
    expect((await source.sample()).selfPid).toBe(42);
  });
});

describe('a process that has not changed', () => {
  test('is read completely every few samples', async () => {
    const { tree: made, sight } = tree({ processes: [{ pid: 10, fds: 3, residentPages: 10, sharedPages: 4 }] });
    await sight(10);
    made.set(10, { fds: 9, sharedPages: 1 });
    let last: ProcessSample | undefined;
    for (let i = 0; i < 8; i++) last = await sight(10);
    expect(last).toMatchObject({ fds: 9 });
    for (let i = 8; i < 32; i++) last = await sight(10);
    expect(last).toMatchObject({ fds: 9, anonBytes: 9 * PAGE });
  });

  test('is the same object as before', async () => {
    const { tree: made, sight } = tree({ processes: [{ pid: 10 }] });
    const first = await sight(10);
    for (let i = 0; i < 70; i++) expect(await sight(10)).toBe(first);
    made.set(10, { threads: 2 });
    expect(await sight(10)).toEqual({ ...first, threads: 2 });
  });

  test('is read at once if it has changed', async () => {
    const { tree: made, sight } = tree({ processes: [{ pid: 10, fds: 3, rssPages: 10, sharedPages: 4 }] });
    await sight(10);
    for (let i = 1; i <= 8; i++) {
      made.set(10, { fds: 3 + i, utime: i, rssPages: 10 + i });
      expect(await sight(10)).toMatchObject({ fds: 3 + i, anonBytes: (6 + i) * PAGE });
    }
  });

  test('has its unknown values counted at each sample', async () => {
    const { source } = tree({ processes: [{ pid: 10, fds: 'denied', files: { statm: 'x\n' } }] });
    for (let i = 0; i < 10; i++) {
      expect(missesOf(await withoutRoot(() => source.sample()))).toEqual({ 'fds:denied': 1, 'statm:malformed': 1 });
    }
  });

  test('is not read if it is a kernel thread, until another process has its pid', async () => {
    const { tree: made, source } = tree({
      processes: [{ pid: 1 }, { pid: 10, flags: KERNEL_THREAD, comm: 'kworker' }],
    });
    expect(find(await source.sample(), 10).kernel).toBe(true);
    made.set(10, { flags: 0, comm: 'app', startTicks: 77_777, fds: 2 });
    let last: Snapshot | undefined;
    for (let i = 0; i < 8; i++) last = await source.sample();
    expect(find(last!, 10)).toMatchObject({ kernel: false, comm: 'app', fds: 2 });
  });
});

describe('kinds of memory', () => {
  const MB_PAGES = 256;
  const SWAPS = { files: { meminfo: 'SwapTotal: 4096 kB\nSwapFree: 1024 kB\n' } };

  test('shared memory is told apart from files at first sight, and when the pages of both have changed by 1 MB', async () => {
    const { tree: made, sight } = tree({
      processes: [{ pid: 10, sharedPages: 1000, shmemPages: 100 }],
      host: { files: { meminfo: 'SwapTotal: 4096 kB\nSwapFree: 4096 kB\n' } },
    });
    // A young process is looked at once more when it is seen again.
    for (let i = 0; i < 3; i++) expect(await sight(10)).toMatchObject({ shmemBytes: 100 * PAGE });
    made.set(10, { rssPages: 2000, sharedPages: 1000 + MB_PAGES - 1, shmemPages: 300 });
    expect(await sight(10)).toMatchObject({ shmemBytes: 100 * PAGE });
    made.set(10, { rssPages: 2001, sharedPages: 1000 + MB_PAGES });
    expect(await sight(10)).toMatchObject({ shmemBytes: 300 * PAGE });
  });

  test('anonymous memory that is swapped out stays anonymous memory', async () => {
    const { tree: made, sight } = tree({
      processes: [{ pid: 10, rssPages: 2000, residentPages: 2000, sharedPages: 100 }],
      host: SWAPS,
    });
    expect(await sight(10)).toMatchObject({ anonBytes: 1900 * PAGE });
    made.set(10, { rssPages: 1500, residentPages: 1500, swapPages: 500 });
    expect(await sight(10)).toMatchObject({ anonBytes: 1900 * PAGE });
  });

  test('a process at rest whose memory is swapped out page by page is looked at every few samples', async () => {
    const { tree: made, sight } = tree({ processes: [{ pid: 10, sharedPages: 100 }], host: SWAPS });
    const before = (await sight(10)).anonBytes!;
    made.set(10, { swapPages: 50 });
    let last: ProcessSample | undefined;
    for (let i = 0; i < 32; i++) last = await sight(10);
    expect(last!.anonBytes).toBe(before + 50 * PAGE);
  });

  test('a kernel that tells neither leaves shared memory unknown', async () => {
    const { sight } = tree({ processes: [{ pid: 10, files: { status: 'Name:\tx\nUid:\t5\t5\t5\t5\n' } }] });
    expect(await sight(10)).toMatchObject({ shmemBytes: undefined, anonBytes: expect.any(Number) });
  });

  test('what a process holds alone is read of that process and no other', async () => {
    const rollup =
      '1-2 ---p 0 00:00 0 [rollup]\nPss: 30 kB\nPrivate_Clean: 4 kB\nPrivate_Dirty: 16 kB\nSwapPss: 2 kB\n';
    const { source } = tree({ processes: [{ pid: 10, startTicks: 5, files: { smaps_rollup: rollup } }, { pid: 11 }] });
    const share = { proportionalBytes: 32 * 1024, privateBytes: 22 * 1024 };
    expect(source.memoryShare({ pid: 10, startTicks: 5 })).toEqual(share);
    expect(source.memoryShare({ pid: 10, startTicks: 6 })).toBeUndefined();
    expect(source.memoryShare({ pid: 11, startTicks: 10_011 })).toBeUndefined();
  });
});

describe('command lines', () => {
  const app: ProcTreeSpec = {
    processes: [
      { pid: 1, comm: 'init', cmdline: ['/sbin/init'] },
      { pid: 5, cmdline: ['sh', '-c', 'unicorn'], comm: 'sh' },
      { pid: 6, ppid: 5, cmdline: ['unicorn master'], comm: 'ruby' },
      { pid: 7, ppid: 6, cmdline: ['unicorn worker'], comm: 'ruby' },
    ],
  };

  test('are read only if the name of a group depends on them', async () => {
    const snapshot = await sampleOf(processes(app).dir);
    expect(new Map(snapshot.processes.map(({ pid, argv }) => [pid, argv?.[0]]))).toEqual(
      new Map([
        [1, '/sbin/init'],
        [5, 'sh'],
        [6, 'unicorn master'],
        [7, undefined],
      ]),
    );
  });

  test('are read from the top down, in any order of the directory', async () => {
    const managers = [20, 30, 40, 50, 60];
    const snapshot = await sampleOf(
      processes({
        processes: managers.flatMap((pid) => [
          { pid, comm: 'ruby', cmdline: ['ruby', '/bin/foreman', 'start'] },
          { pid: pid - 5, ppid: pid, cmdline: ['web'] },
          { pid: pid + 1, ppid: pid, cmdline: ['web'] },
        ]),
      }).dir,
    );
    for (const pid of managers) {
      expect([find(snapshot, pid - 5).argv, find(snapshot, pid + 1).argv]).toEqual([['web'], ['web']]);
    }
  });

  test('are all read if a pattern may match any', async () => {
    const snapshot = await sampleOf(processes(app).dir, { everyCommandLine: true });
    expect(find(snapshot, 7).argv).toEqual(['unicorn worker']);
  });
});

describe('strange tables', () => {
  test('a circle of parents does not hang', async () => {
    const { source } = tree({
      processes: [
        { pid: 10, ppid: 12 },
        { pid: 11, ppid: 10 },
        { pid: 12, ppid: 11 },
        { pid: 13, ppid: 13 },
        { pid: 14, ppid: 999 },
      ],
    });
    expect((await source.sample()).processes).toHaveLength(5);
  });

  test('a chain of 3,000 parents is read', { timeout: 60_000 }, async () => {
    const dir = lightTree(3000, (pid) => pid - 1);
    expect((await sampleOf(dir)).processes).toHaveLength(3000);
  });

  test('10,000 processes are all read', { timeout: 60_000 }, async () => {
    const snapshot = await sampleOf(lightTree(10_000, () => 1));
    expect(new Set(snapshot.processes.map(({ pid }) => pid)).size).toBe(10_000);
    expect(
      snapshot.processes.every(({ threads, anonBytes, fds }) => threads === 1 && anonBytes === 6 * PAGE && fds === 0),
    ).toBe(true);
  });
});

/** Only the files that are read of every process at every sample. */
function lightTree(count: number, parentOf: (pid: number) => number): string {
  const dir = temporaryDirectory('leakwatch-proc-', IN_MEMORY);
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (let pid = 1; pid <= count; pid++) {
    mkdirSync(`${dir}/${pid}/fd`, { recursive: true });
    writeFileSync(
      `${dir}/${pid}/stat`,
      `${pid} (app) S ${parentOf(pid)} 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${pid} 0 10 0\n`,
    );
    writeFileSync(`${dir}/${pid}/statm`, '40 10 4 1 0 1 0\n');
  }
  return dir;
}
