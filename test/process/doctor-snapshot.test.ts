/** `snapshot` and `doctor` compared with ps, with pidusage and with /proc itself. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pidusage from 'pidusage';
import psList from 'ps-list';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { METRICS } from '../../src/model/metrics.ts';
import { run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { procTree } from '../support/proc-tree.ts';
import { Puppet } from '../support/puppet.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

const WEB = uniqueName('app-web');
const IDLE = uniqueName('app-idle');
const FIXTURE = fileURLToPath(new URL('../fixtures/proc/dyno-zombies', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: JSON whose shape is what is tested
const parsed = (text: string): any => JSON.parse(text);

describe('a snapshot of live programs', () => {
  let web: Puppet;
  let idle: Puppet;
  // biome-ignore lint/suspicious/noExplicitAny: JSON whose shape is what is tested
  let groups: any[];
  const group = (name: string) => groups.find((one) => one.name === name);

  const commOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  const listed = (pid: number, what: string): number => readdirSync(`/proc/${pid}/${what}`).length;

  beforeAll(async () => {
    [web, idle] = await Promise.all([Puppet.start({ title: WEB }), Puppet.start({ title: IDLE })]);
    await web.do({ threads: 7, zombies: 5, processes: 3, fds: 40, memory: 64 << 20 });
    await until(async () => (await childrenOf(web.pid)).every((pid) => /^(sleep|true)$/.test(commOf(pid))), {
      what: 'its children to have become what they are',
    });
    const { code, stdout, stderr } = await run([
      ...[
        'snapshot',
        '--json',
        '--group',
        `seen-web=^${WEB}$`,
        '--group',
        `seen-idle=^${IDLE}$`,
        '--max-groups',
        '500',
      ],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    ({ groups } = parsed(stdout));
  });

  afterAll(() => Promise.all([web?.stop(), idle?.stop()]));

  async function childrenOf(pid: number): Promise<number[]> {
    return (await psList()).filter(({ ppid }) => ppid === pid).map((process) => process.pid);
  }

  test('counts the children that ps lists, living and zombies', async () => {
    const children = await childrenOf(web.pid);
    expect(children).toHaveLength(8);
    expect(group('seen-web')).toMatchObject({ zombies: 5, processes: 1 + 3 });
    expect(group('seen-web').zombies + group('seen-web').processes - 1).toBe(children.length);
    expect(group('seen-idle')).toMatchObject({ zombies: 0, processes: 1, zombieParents: [] });
  });

  test('counts the threads and descriptors that /proc lists', async () => {
    const living = (await childrenOf(web.pid)).filter((pid) => commOf(pid) === 'sleep');
    const sum = (what: string): number => [web.pid, ...living].reduce((total, pid) => total + listed(pid, what), 0);
    expect(group('seen-web').threads).toBe(sum('task'));
    expect(group('seen-web').fds).toBe(sum('fd'));
    expect(group('seen-idle').threads).toBe(listed(idle.pid, 'task'));
    expect(group('seen-idle').fds).toBe(listed(idle.pid, 'fd'));
    expect(group('seen-web').threads - group('seen-idle').threads).toBeGreaterThanOrEqual(7 + 3);
  });

  test('measures the memory that pidusage measures', async () => {
    const living = (await childrenOf(web.pid)).filter((pid) => commOf(pid) === 'sleep');
    const usages = await Promise.all([web.pid, ...living].map((pid) => pidusage(pid)));
    pidusage.clear();
    const memory = usages.reduce((total, usage) => total + usage.memory, 0);
    expect(Math.abs(group('seen-web').rss - memory)).toBeLessThan(0.1 * memory);
    expect(group('seen-web').anon).toBeLessThanOrEqual(group('seen-web').rss);
    expect(group('seen-web').rss - group('seen-idle').rss).toBeGreaterThan(60 << 20);
  });

  test('names the parent of the zombies', () => {
    expect(group('seen-web').zombieParents).toEqual([
      {
        pid: web.pid,
        comm: WEB,
        zombies: 5,
        names: [{ name: 'true', count: 5 }],
        oldestStartedSecondsAgo: expect.any(Number),
      },
    ]);
  });

  test('says the same in words', async () => {
    const { code, stdout } = await run(['snapshot', '--group', `seen-web=^${WEB}$`, '--max-groups', '500']);
    expect(code).toBe(0);
    const columns = ['group', ...METRICS.map(({ name }) => name), 'orphans'];
    expect(stdout.split('\n')[0]!.split(/ +/)).toEqual(columns);
    expect(stdout).toMatch(/^seen-web +\d+ +5 +4 /m);
    expect(stdout).toContain(`zombies: ${WEB} (pid ${web.pid}) of seen-web has not waited for 5: 5 x true`);
  });
});

describe('another procfs', () => {
  const empty = temporaryDirectory('leakwatch-none-');
  afterAll(() => rmSync(empty, { recursive: true }));

  test('is read by snapshot', async () => {
    const { code, stdout, stderr } = await run(['snapshot', '--procfs', FIXTURE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^zombies: ruby \(pid 7\) of \w+ has not waited for 12: 12 x ruby/m);
  });

  test('of a host with containers has their programs as groups, and their ids beside', async () => {
    const id = '0123456789ab'.padEnd(64, 'cdef');
    // Version 1 where the runtime uses it, and its own service in the unified hierarchy that it does not use.
    const hybrid = (path: string) =>
      `9:pids:${path}\n4:memory:${path}\n1:name=systemd:${path}\n0::/system.slice/box.service\n`;
    const proc = procTree({
      processes: [
        { pid: 1, comm: 'init', cmdline: ['/sbin/init'] },
        { pid: 10, comm: 'containerd-shim', cmdline: ['containerd-shim'], cgroup: '/system.slice/box.service' },
        { pid: 11, ppid: 10, comm: 'node', cmdline: ['node', 'shop.js'], cgroup: hybrid(`/docker/${id}`) },
        { pid: 12, ppid: 10, comm: 'curl', cmdline: ['curl', 'x'], cgroup: hybrid(`/docker/${id}`) },
        { pid: 20, comm: 'bash', cmdline: ['bash', '/dev/fd/3'], cgroup: '/system.slice/run-u7.service' },
      ],
    });
    onTestFinished(() => proc.remove());
    const { stdout } = await run(['snapshot', '--procfs', proc.dir]);
    const names = stdout.split('\n').flatMap((line) => /^(\S+) +\d/.exec(line)?.[1] ?? []);
    expect(names.sort()).toEqual(['bash', 'box.service', 'init', 'shop']);
    expect(stdout).toContain('\ncontainers of shop: 0123456789ab\n');
  });

  test.each([['snapshot'], ['doctor'], ['watch']])(
    'that is no procfs is a failure of %s in one sentence',
    async (command) => {
      const { code, stdout, stderr } = await run([command, '--procfs', empty]);
      expect(code).toBe(1);
      const says = /is not a proc file system: it holds no processes\n/;
      if (command === 'doctor') expect(stdout).toMatch(says);
      else {
        expect(stdout).toBe('');
        expect(stderr).toMatch(says);
        expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      }
    },
  );
});

describe('the doctor', () => {
  test('compares with ps and with pidusage', async () => {
    const { code, stdout, stderr } = await run(['doctor']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^(ok|warning) +second opinion +(ps sees|unknown to ps: \d+ process)/m);
    expect(stdout).toMatch(/^(ok|warning) +second opinion +pidusage measures /m);
    expect(stdout).toMatch(/^ok +source +\/proc, [\d,]+ processes$/m);
  });

  test('does not call everything readable if a file is malformed', async () => {
    const proc = procTree({
      processes: [
        { pid: 1, comm: 'init' },
        { pid: 9, comm: 'web' },
      ],
    });
    onTestFinished(() => proc.remove());
    const permissions = async () =>
      /^ok +permissions +(.*)$/m.exec((await run(['doctor', '--procfs', proc.dir])).stdout)?.[1];
    expect(await permissions()).toBe('everything that is counted can be read');
    writeFileSync(`${proc.dir}/9/stat`, 'rubbish\n');
    expect(await permissions()).toBe('nothing is denied');
  });

  test('says the same as JSON', async () => {
    const { code, stdout } = await run(['doctor', '--json']);
    expect(code).toBe(0);
    const { findings } = parsed(stdout);
    expect(findings.map(({ what }: { what: string }) => what)).toEqual(
      expect.arrayContaining(['leakwatch', 'source', 'thread limit', 'memory limit', 'second opinion', 'log lines']),
    );
    for (const finding of findings)
      expect(finding).toEqual({
        status: expect.stringMatching(/^(ok|warning)$/),
        what: expect.any(String),
        says: expect.any(String),
      });
  });
});
