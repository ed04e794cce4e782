/** The checks of the doctor on made tables. The comparison with ps and pidusage needs the real one: test/process/. */
import { describe, expect, test } from 'vitest';
import { runDoctor } from '../../src/commands/doctor.ts';
import { processes } from '../sources/trees.ts';
import { type ProcTreeSpec, procTree, withoutRoot } from '../support/proc-tree.ts';
import { type InvokeOptions, invoke } from './invoke.ts';

const MB = 2 ** 20;

interface Check {
  readonly status: string;
  readonly what: string;
  readonly says: string;
}

async function checksOf(dir: string, options?: InvokeOptions): Promise<{ code: number; checks: Check[] }> {
  const { code, stdout, stderr } = await invoke(runDoctor, ['doctor', '--json', '--procfs', dir], options);
  expect(stderr).toBe('');
  return { code, checks: JSON.parse(stdout).findings };
}

/** `warning hidepid: ...` */
const inShort = ({ status, what, says }: Check): string => `${status} ${what}: ${says}`;

async function told(spec: ProcTreeSpec, what: string): Promise<string[]> {
  const { checks } = await checksOf(processes(spec).dir);
  return checks.filter((check) => check.what === what).map(inShort);
}

const INIT = { pid: 1, comm: 'init' };

test('a healthy host is ok in every check, and the exit code is 0', async () => {
  const { dir } = processes({
    processes: [INIT, { pid: 9, comm: 'web', threads: 3, fds: 100 }],
    host: { threadsMax: 1000, memoryTotal: 1024 * MB, memoryAvailable: 512 * MB },
  });
  const { code, checks } = await checksOf(dir, { env: { DYNO: 'web.1' } });
  expect(code).toBe(0);
  expect(checks.slice(1).map(inShort)).toEqual([
    `ok source: ${dir}, 2 processes`,
    'ok permissions: everything that is counted can be read',
    'ok tasks: 4 of the 4 tasks that the kernel counts are visible',
    'ok looks: the kinds of descriptors, memory and waits of pid 1 (init, user 1000) can be read',
    'ok looks: the kinds of descriptors, memory and waits of pid 9 (web, user 1000) can be read',
    'ok thread limit: 4 of 1,000 used (kernel.threads-max)',
    'ok memory limit: 512 MB of 1 GB used (the host)',
    'ok descriptor limit: 100 of 1,024 used (pid 9)',
    expect.stringMatching(/^ok log lines: source=web\.1 dyno=\S+$/),
  ]);
  expect(inShort(checks[0]!)).toMatch(/^ok leakwatch: 1\.2\.3, Node \d+\.\d+\.\d+, \w+ \S+$/);
});

test('in words each check is a line, its mark in front', async () => {
  const { dir } = processes({ processes: [INIT] });
  const args = ['doctor', '--procfs', dir];
  const plain = await invoke(runDoctor, args);
  expect(plain.stdout).not.toContain('\u001b');
  for (const line of plain.stdout.trimEnd().split('\n'))
    expect(line).toMatch(/^(ok {5}|warning) {2}[a-z][a-z ]{15} {2}\S/);
  const onTerminal = await invoke(runDoctor, args, { isTerminal: true });
  expect(onTerminal.stdout).toMatch(/^\u001b\[32mok {5}\u001b\[39m {2}leakwatch /);
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }])
    expect((await invoke(runDoctor, args, { isTerminal: true, env })).stdout).not.toContain('\u001b');
});

describe('the visibility', () => {
  const mounted = (options: string): string => {
    const tree = procTree({ processes: [INIT] });
    tree.setHost({ mountinfo: `22 1 0:21 / ${tree.dir} rw,relatime - proc proc rw${options}\n` });
    return tree.dir;
  };

  test.each(['2', 'invisible'])('under hidepid=%s is a warning', async (value) => {
    const dir = mounted(`,hidepid=${value}`);
    const { code, checks } = await checksOf(dir);
    expect(code).toBe(0);
    expect(checks.map(inShort)).toContainEqual(
      expect.stringMatching(new RegExp(`^warning hidepid: ${dir} is mounted with hidepid=${value}, .*as root`)),
    );
  });

  test.each(['', ',hidepid=0', ',hidepid=off'])('under the mount options "rw%s" is no warning', async (options) => {
    const { checks } = await checksOf(mounted(options));
    expect(checks.filter(({ what }) => what === 'hidepid')).toEqual([]);
  });

  test('of descriptors that may not be read is a warning that says what to do', async () => {
    const { dir } = processes({ processes: [INIT, { pid: 9, comm: 'web', fds: 'denied' }] });
    const { checks } = await withoutRoot(() => checksOf(dir));
    expect(checks.filter(({ what }) => what === 'permissions').map(inShort)).toEqual([
      'warning permissions: access to fds of 1 process is denied, so it stays unknown; run leakwatch as their user or as root',
    ]);
  });

  test('of a malformed file is a warning, but denies nothing', async () => {
    const spec = { processes: [INIT, { pid: 9, comm: 'web', files: { stat: 'rubbish\n' } }] };
    expect(await told(spec, 'permissions')).toEqual(['ok permissions: nothing is denied']);
    expect(await told(spec, 'unreadable')).toEqual([expect.stringMatching(/^warning unreadable: 1 x stat:\w+$/)]);
  });

  test.each([
    [79, 'warning'],
    [80, 'ok'],
  ])('of %i tasks in a hundred is: %s', async (threads, status) => {
    const spec = { processes: [{ pid: 1, comm: 'app', threads }], host: { tasks: 100 } };
    const [says = ''] = await told(spec, 'tasks');
    expect(says).toMatch(
      new RegExp(`^${status} tasks: .*${threads} of the 100 tasks that the kernel counts are visible`),
    );
    expect(says.includes('this is a container, or processes are hidden')).toBe(status === 'warning');
  });
});

test.each(['thread limit', 'memory limit', 'descriptor limit'])(
  'a %s that cannot be read is a warning',
  async (what) => {
    const files = { 'sys/kernel/threads-max': null, 'sys/kernel/pid_max': null, meminfo: null, loadavg: null };
    const spec = { processes: [{ ...INIT, uid: 0, files: { limits: null } }], host: { files } };
    const [says = ''] = await told(spec, what);
    expect(says).toMatch(new RegExp(`^warning ${what}: not readable: no forecast of when `));
  },
);

test('a directory that is no proc file system is a failure, told among the checks', async () => {
  const { code, checks } = await checksOf('/nonexistent');
  expect(code).toBe(1);
  expect(checks.filter(({ status }) => status !== 'ok').map(inShort)).toEqual([
    'failure source: /nonexistent is not a proc file system: it holds no processes',
  ]);
});
