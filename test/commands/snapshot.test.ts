import { expect, test } from 'vitest';
import { runSnapshot } from '../../src/commands/snapshot.ts';
import { METRICS } from '../../src/model/metrics.ts';
import { fixture, processes } from '../sources/trees.ts';
import { withoutRoot } from '../support/proc-tree.ts';
import { invoke } from './invoke.ts';

const MB = 2 ** 20;
const PAGES_OF_MB = 256;

test('as JSON it has these keys, and unknown values are left out', async () => {
  const { dir } = processes({
    processes: [
      { pid: 1, comm: 'init' },
      { pid: 9, comm: 'web', rssPages: 8 * PAGES_OF_MB, fds: 5, startTicks: 700, files: { statm: 'rubbish\n' } },
    ],
  });
  const { code, stdout, stderr } = await invoke(runSnapshot, ['snapshot', '--json', '--procfs', dir]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const data = JSON.parse(stdout);
  const keys = ['t', 'source', 'tasks', 'groups', 'limits', 'groupsInOther', 'unreadable'];
  expect(Object.keys(data)).toEqual(keys);
  expect(data).toMatchObject({ source: 'proc', tasks: 2, groupsInOther: 0 });
  const [, web] = data.groups;
  expect(Object.keys(web)).not.toContain('anon');
  const others = ['name', 'start', 'orphans', 'containers', 'zombieParents', 'limits'];
  const allowed: readonly string[] = [...METRICS.map(({ name }) => name), ...others];
  expect(Object.keys(web).filter((key) => !allowed.includes(key))).toEqual([]);
  expect(web).toMatchObject({
    name: 'web',
    start: '9:700',
    processes: 1,
    zombies: 0,
    threads: 1,
    fds: 5,
    rss: 8 * MB,
    orphans: 0,
    zombieParents: [],
    limits: expect.objectContaining({ fds: { used: 5, limit: 1024, of: 'pid:9' } }),
  });
  expect(Object.keys(data.unreadable)).toEqual([expect.stringMatching(/^statm:/)]);
});

test('in words the largest group comes first, and an unknown value is a question mark', async () => {
  const { dir } = processes({
    processes: [
      { pid: 1, comm: 'init', rssPages: PAGES_OF_MB },
      { pid: 8, comm: 'small', rssPages: 2 * PAGES_OF_MB, files: { statm: 'rubbish\n' } },
      { pid: 9, comm: 'large', rssPages: 20 * PAGES_OF_MB, threads: 7 },
    ],
  });
  const { stdout } = await invoke(runSnapshot, ['snapshot', '--procfs', dir]);
  const [header = '', ...lines] = stdout.split('\n');
  const columns = header.split(/ +/);
  expect(columns).toEqual(['group', ...METRICS.map(({ name }) => name), 'orphans']);
  const rows = lines.slice(0, 3).map((line) => {
    const cells = line.split(/ {2,}/);
    return Object.fromEntries(columns.map((column, at) => [column, cells[at]]));
  });
  const counted = { zombies: '0', processes: '1', fds: '3', orphans: '0' };
  expect(rows).toMatchObject([
    { group: 'large', ...counted, threads: '7', rss: '20 MB', anon: '15 MB' },
    { group: 'small', ...counted, threads: '1', rss: '2 MB', anon: '?' },
    { group: 'init' },
  ]);
  expect(stdout).toMatch(/\ncould not be read: 1 x statm:\w+; see leakwatch doctor\n$/);
});

test('limits are told with what is used of them', async () => {
  const { dir } = processes({
    processes: [
      { pid: 1, comm: 'init' },
      { pid: 9, comm: 'web', fds: 512, limits: { nofile: 1024 }, threads: 3 },
    ],
    host: { threadsMax: 16, pidMax: 32_768, memoryTotal: 1024 * MB, memoryAvailable: 256 * MB },
  });
  const { stdout } = await invoke(runSnapshot, ['snapshot', '--procfs', dir]);
  expect(stdout).toContain(
    '\nlimits: threads 4 of 16 (25 %, kernel.threads-max), memory 768 MB of 1 GB (75 %, the host), fds 512 of 1,024 (50 %, pid 9)\n',
  );
});

test('a parent of zombies is named, with the age of the oldest', async () => {
  const args = ['snapshot', '--procfs', fixture('dyno-zombies')];
  expect((await invoke(runSnapshot, args)).stdout).toMatch(
    /^zombies: ruby \(pid 7\) of unicorn has not waited for 12: 12 x ruby, the oldest started 0 s ago$/m,
  );
  const { groups } = JSON.parse((await invoke(runSnapshot, [...args, '--json'])).stdout);
  expect(groups.find(({ name }: { name: string }) => name === 'unicorn').zombieParents).toEqual([
    {
      pid: 7,
      comm: 'ruby',
      zombies: 12,
      names: [{ name: 'ruby', count: 12 }],
      oldestStartedSecondsAgo: expect.any(Number),
    },
  ]);
});

test('groups beyond --max-groups are counted as other, which is said', async () => {
  const { dir } = processes({
    processes: [{ pid: 1, comm: 'init' }, ...[7, 8, 9].map((pid) => ({ pid, comm: `app${pid}` }))],
  });
  const args = ['snapshot', '--max-groups', '2', '--procfs', dir];
  const { stdout } = await invoke(runSnapshot, args);
  expect(stdout).toMatch(/^other +2 +0 +2 /m);
  expect(stdout).toContain('\n2 groups are counted in "other": see --max-groups\n');
  const { groups, groupsInOther } = JSON.parse((await invoke(runSnapshot, [...args, '--json'])).stdout);
  expect(groups.map(({ name }: { name: string }) => name)).toEqual([expect.any(String), expect.any(String), 'other']);
  expect(groupsInOther).toBe(2);
});

test('beyond --max-groups it is the smallest that are counted as other', async () => {
  const idle = [7, 8, 9].map((pid) => ({ pid, comm: `app${pid}`, rssPages: PAGES_OF_MB }));
  const { dir } = processes({
    processes: [
      { pid: 1, comm: 'init', rssPages: 2 * PAGES_OF_MB },
      ...idle,
      { pid: 12, comm: 'server', rssPages: 52 * PAGES_OF_MB },
    ],
  });
  const { stdout } = await invoke(runSnapshot, ['snapshot', '--json', '--max-groups', '2', '--procfs', dir]);
  const { groups } = JSON.parse(stdout);
  expect(groups.map(({ name }: { name: string }) => name).toSorted()).toEqual(['init', 'other', 'server']);
});

test('--group names the tree whose command line matches', async () => {
  const { dir } = processes({
    processes: [
      { pid: 1, comm: 'init' },
      { pid: 8, comm: 'ruby', cmdline: ['ruby', 'jobs.rb'] },
      { pid: 9, ppid: 8, comm: 'convert' },
    ],
  });
  const { stdout } = await invoke(runSnapshot, ['snapshot', '--json', '--group', 'worker=jobs', '--procfs', dir]);
  const { groups } = JSON.parse(stdout);
  expect(groups.map(({ name, processes: count }: { name: string; processes: number }) => [name, count])).toEqual([
    ['init', 1],
    ['worker', 2],
  ]);
});

test('a hostile name brings no control character into the table', async () => {
  const { stdout } = await invoke(runSnapshot, ['snapshot', '--procfs', fixture('hostile-names')]);
  expect(stdout.replaceAll('\n', '')).toMatch(/^[\x20-\x7e\x80-\u{10ffff}]*$/u);
  const { dir } = processes({
    processes: [
      { pid: 1, comm: 'init' },
      { pid: 5, comm: '\u001b[2J\nx' },
      { pid: 6, ppid: 5, comm: '\u001b[31m', state: 'Z' },
    ],
  });
  const told = await invoke(runSnapshot, ['snapshot', '--procfs', dir]);
  expect(told.stdout).toMatch(/^zombies: \S+ \(pid 5\) of \S+ has not waited for 1: 1 x \S+, /m);
  expect(told.stdout).not.toContain('\u001b');
});

test('what may not be read is counted and named', async () => {
  const { dir } = processes({
    processes: [
      { pid: 1, comm: 'init' },
      { pid: 9, comm: 'web', fds: 'denied' },
    ],
  });
  const { code, stdout } = await withoutRoot(() => invoke(runSnapshot, ['snapshot', '--procfs', dir]));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^web +1 +0 +1 +\? /m);
  expect(stdout).toContain('could not be read: 1 x fds:denied; see leakwatch doctor\n');
});

test('a directory that is no proc file system is a failure', async () => {
  expect(await invoke(runSnapshot, ['snapshot', '--procfs', '/nonexistent'])).toEqual({
    code: 1,
    stdout: '',
    stderr: '',
    failure: '/nonexistent is not a proc file system: it holds no processes',
  });
});
