/** The builder of fake /proc trees writes files in the form of the kernel's: compared with captured ones. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CgroupTreeSpec, cgroupTree } from '../support/cgroup-tree.ts';
import { type ProcTreeSpec, procTree, withoutRoot } from '../support/proc-tree.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/proc', import.meta.url));

function tree(spec: ProcTreeSpec) {
  const made = procTree(spec);
  onTestFinished(() => made.remove());
  return made;
}

function cgroups(spec: CgroupTreeSpec) {
  const made = cgroupTree(spec);
  onTestFinished(() => made.remove());
  return made;
}

/** Each byte becomes one character. */
const read = (...path: string[]): string => readFileSync(path.join('/'), 'latin1');

/** Every number becomes 0, without its padding. */
const form = (text: string): string => text.replaceAll(/ *-?\d+/g, (number) => (number.startsWith(' ') ? ' 0' : '0'));

const linesNamed = (text: string, names: ReadonlySet<string>): string[] =>
  text.split('\n').filter((line) => names.has(line.split(':')[0]!));

describe('a process', () => {
  test.each([
    ['that lives', 'dyno-zombies', 1, {}],
    ['that is a zombie', 'dyno-zombies', 12, { state: 'Z' }],
    ['whose leader is dead', 'leader-exited', 3, { state: 'Z', threads: 2 }],
  ])('%s has files of the form the kernel gives them', (_, folder, pid, patch) => {
    const real = `${FIXTURES}/${folder}/${pid}`;
    const comm = read(real, 'comm').slice(0, -1);
    const { dir } = tree({ processes: [{ pid, comm, ...patch }] });
    const made = `${dir}/${pid}`;
    for (const file of ['stat', 'statm', 'comm', `task/${pid}/stat`]) {
      expect(form(read(made, file)), file).toBe(form(read(real, file)));
    }
    const madeStatus = read(made, 'status');
    const names = new Set(madeStatus.split('\n').map((line) => line.split(':')[0]!));
    names.delete('');
    expect(form(madeStatus).trimEnd().split('\n')).toEqual(linesNamed(form(read(real, 'status')), names));
    expect(/^VmRSS:/m.test(madeStatus)).toBe(/^VmRSS:/m.test(read(real, 'status')));
    expect(readdirSync(`${made}/task`)).toHaveLength(readdirSync(`${real}/task`).length);
  });

  test('has limits in the columns the kernel gives them', () => {
    const { dir } = tree({ processes: [{ pid: 1, limits: { nproc: 256, nofile: 10_000 } }] });
    const real = read(FIXTURES, 'dyno-zombies/1/limits').split('\n');
    const made = read(dir, '1/limits').split('\n');
    expect(made).toHaveLength(real.length);
    for (const row of [0, 1, 7, 8, 14, 16]) expect(made[row]).toBe(real[row]);
  });

  test('has any name, escaped only where the kernel escapes it', () => {
    const pids = readdirSync(`${FIXTURES}/hostile-names`).filter((name) => /^\d+$/.test(name));
    expect(pids.length).toBeGreaterThan(20);
    for (const pid of pids) {
      const real = `${FIXTURES}/hostile-names/${pid}`;
      const comm = readFileSync(`${real}/comm`).subarray(0, -1);
      const { dir } = tree({ processes: [{ pid: Number(pid), comm }] });
      const upToState = (stat: string): string => stat.slice(0, stat.lastIndexOf(') '));
      expect(upToState(read(dir, pid, 'stat'))).toBe(upToState(read(real, 'stat')));
      expect(read(dir, pid, 'status').split('\n')[0]).toBe(read(real, 'status').split('\n')[0]);
      expect(read(dir, pid, 'comm')).toBe(read(real, 'comm'));
    }
  });

  test('has every given value in its field', () => {
    const { dir } = tree({
      processes: [
        {
          pid: 7,
          ppid: 3,
          comm: 'ruby',
          startTicks: 881_234,
          rssPages: 100,
          residentPages: 120,
          sharedPages: 20,
          swapPages: 2,
          uid: 1001,
          utime: 5,
          stime: 6,
          cutime: 7,
          cstime: 8,
          flags: 64,
          cgroup: '/app',
          cmdline: ['ruby', 'a b'],
          fds: 5,
          tasks: [{ tid: 7 }, { tid: 8, comm: 'timer', startTicks: 9 }],
          files: { wchan: '0', limits: null },
        },
      ],
    });
    const fields = read(dir, '7/stat').split(' ');
    expect(fields).toHaveLength(52);
    expect([3, 8, 13, 14, 15, 16, 19, 21, 23].map((at) => Number(fields[at]))).toEqual([
      3, 64, 5, 6, 7, 8, 2, 881_234, 100,
    ]);
    expect(read(dir, '7/statm')).toBe('480 120 20 5 0 123 0\n');
    expect(read(dir, '7/status')).toMatch(
      /\nUid:\t1001\t1001\t1001\t1001\n(.*\n)*VmRSS:\t {5}480 kB\nRssAnon:\t {5}400 kB\nRssFile:\t {6}80 kB\n.*\nVmSwap:\t {7}8 kB\n/,
    );
    expect(read(dir, '7/cgroup')).toBe('0::/app\n');
    expect(read(dir, '7/cmdline')).toBe('ruby\0a b\0');
    expect(readdirSync(`${dir}/7/fd`)).toHaveLength(5);
    expect(read(dir, '7/task/8/comm')).toBe('timer\n');
    expect(read(dir, '7/task/8/stat')).toMatch(/^8 \(timer\) S 3 .* 9 \d+ 100 /);
    expect(read(dir, '7/wchan')).toBe('0');
    expect(readdirSync(`${dir}/7`)).not.toContain('limits');
  });

  test('can be changed, added and removed', () => {
    const made = tree({ processes: [{ pid: 1, threads: 3, fds: 'denied' }] });
    expect(() => withoutRoot(() => readdirSync(`${made.dir}/1/fd`))).toThrow('EACCES');
    expect(read(made.dir, 'loadavg')).toMatch(/ 1\/3 1\n$/);
    made.set(1, { threads: 2, fds: 1 });
    expect(readdirSync(`${made.dir}/1/task`)).toHaveLength(2);
    expect(readdirSync(`${made.dir}/1/fd`)).toEqual(['0']);
    made.set(5, { state: 'Z' });
    expect(read(made.dir, '5/stat')).toMatch(/^5 \(app\) Z 1 /);
    expect(read(made.dir, 'loadavg')).toMatch(/ 1\/3 5\n$/);
    made.set(5, { fds: 'denied' });
    made.kill(5);
    expect(readdirSync(made.dir).filter((name) => /^\d+$/.test(name))).toEqual(['1']);
  });
});

describe('a host', () => {
  test('has files of the form the kernel gives them', () => {
    const { dir } = tree({ host: { memoryTotal: 2 ** 30, memoryAvailable: 2 ** 29, uptimeSeconds: 12.5 } });
    const real = `${FIXTURES}/dyno-zombies`;
    for (const file of ['uptime', 'loadavg', 'sys/kernel/threads-max', 'sys/kernel/pid_max']) {
      expect(form(read(dir, file)), file).toBe(form(read(real, file)));
    }
    expect(read(dir, 'meminfo')).toMatch(/^MemTotal: {8}1048576 kB\nMemFree: .*\nMemAvailable: {5}524288 kB\n/);
    expect(read(real, 'meminfo')).toMatch(/^MemTotal: {7}\d{8} kB\nMemFree: .*\nMemAvailable: {3}\d{8} kB\n/);
    expect(read(dir, 'uptime')).toBe('12.50 25.00\n');
    expect(read(dir, 'stat')).toMatch(/\nbtime \d+\n/);
  });

  test('has the link self, if it is given our pid', () => {
    const known = tree({ processes: [{ pid: 4 }], self: 4, host: { ticksPerSecond: 250 } });
    expect(readlinkSync(`${known.dir}/self`)).toBe('4');
    expect(readFileSync(`${known.dir}/self/auxv`).readBigUInt64LE(24)).toBe(250n);
    const unknown = tree({ processes: [{ pid: 4 }] });
    expect(() => readlinkSync(`${unknown.dir}/self`)).toThrow('EINVAL');
    expect(read(unknown.dir, 'self/mountinfo')).toMatch(/ \/ \/ /);
  });
});

describe('a cgroup tree', () => {
  test('of version 2 has the files of the controllers that are named', () => {
    const made = cgroups({
      groups: { '/app': { memoryMax: 512, memoryCurrent: 300, inactiveFile: 7 }, '/b': { pidsMax: 9 } },
    });
    expect(readdirSync(`${made.dir}/app`).sort()).toEqual(['memory.current', 'memory.max', 'memory.stat']);
    expect(read(made.dir, 'app/memory.max')).toBe('512\n');
    expect(read(made.dir, 'app/memory.stat')).toMatch(/^inactive_file 7$/m);
    expect(readdirSync(`${made.dir}/b`).sort()).toEqual(['pids.current', 'pids.max']);
    expect(made.mountinfo).toContain(` / ${made.dir} rw,relatime shared:4 - cgroup2 cgroup2 `);
    expect(made.membership('/app')).toBe('0::/app\n');
    made.set('/app', { memoryMax: Number.POSITIVE_INFINITY });
    expect(read(made.dir, 'app/memory.max')).toBe('max\n');
    expect(read(made.dir, 'app/memory.current')).toBe('300\n');
  });

  test('of version 1 has a hierarchy for each controller, seen from where it is mounted', () => {
    const made = cgroups({
      version: 1,
      mountRoot: '/docker/abc',
      groups: {
        '/docker/abc': { memoryCurrent: 300, inactiveFile: 7, pidsCurrent: 4 },
        '/docker/abc/x': { pidsMax: 9 },
      },
    });
    expect(read(made.dir, 'memory/memory.limit_in_bytes')).toBe('9223372036854771712\n');
    expect(read(made.dir, 'memory/memory.usage_in_bytes')).toBe('300\n');
    expect(read(made.dir, 'memory/memory.stat')).toMatch(/^total_inactive_file 7$/m);
    expect(read(made.dir, 'pids/pids.max')).toBe('max\n');
    expect(read(made.dir, 'pids/pids.current')).toBe('4\n');
    expect(read(made.dir, 'pids/x/pids.max')).toBe('9\n');
    expect(made.mountinfo).toContain(` /docker/abc ${made.dir}/pids rw,relatime - cgroup cgroup rw,pids\n`);
    expect(made.membership('/docker/abc/x')).toContain('\n8:pids:/docker/abc/x\n');
  });
});
