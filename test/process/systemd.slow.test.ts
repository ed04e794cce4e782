/**
 * The unit of systemd: what systemd-analyze says of it, and how it does under a real systemd, in namespaces of its own
 * (test/support/systemd-root.sh). The first needs Debian's `systemd`, the second also root and a cgroup2 hierarchy.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Exposition, PROGRAM } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { until } from '../support/until.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const UNIT = `${PACKAGE}/systemd/leakwatch.service`;
const BOOT = fileURLToPath(new URL('../support/systemd-root.sh', import.meta.url));
/** Of a scale from 0 to 10, in tenths; what is above that is there for a reason that stands in the unit. */
const MOST_EXPOSURE = 15;

const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

const analyst = has('systemd-analyze');
if (!analyst)
  console.log('systemd-analyze is not installed (Debian: apt-get install systemd): the unit is not analysed');

describe.skipIf(!analyst)('systemd-analyze', () => {
  test('verify has nothing to say', () => {
    // The program is not installed here.
    const unit = `${temporaryDirectory('leakwatch-unit-')}/leakwatch.service`;
    writeFileSync(unit, readFileSync(UNIT, 'utf8').replace('ExecStart=leakwatch', `ExecStart=${PROGRAM}`));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test(`security: an exposure of at most ${MOST_EXPOSURE / 10}`, () => {
    const args = ['security', '--offline=true', `--threshold=${MOST_EXPOSURE}`, '--no-pager', UNIT];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Overall exposure level');
  });
});

/** Of the hierarchy that systemd's own one is made in. */
function hierarchy(): string | undefined {
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '));
  return mount?.split(' ')[4];
}

function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.geteuid?.() !== 0) return 'only root can start one';
  if (!has('/usr/lib/systemd/systemd')) return 'it is not installed (Debian: apt-get install systemd)';
  const missing = ['ip', 'nsenter', 'setpriv', 'unshare'].find((command) => spawnSync(command, ['-V']).status !== 0);
  if (missing) return `${missing} is not installed (Debian: iproute2, util-linux)`;
  return hierarchy() === undefined ? 'there is no cgroup2 hierarchy' : undefined;
}

const reason = obstacle();
if (reason !== undefined) console.log(`the unit is not tried under a real systemd: ${reason}`);

describe.skipIf(reason !== undefined)('under a real systemd', () => {
  const cgroup = `${hierarchy()}/leakwatch-test-${process.pid}`;
  const root = temporaryDirectory('leakwatch-systemd-');
  let outside: ChildProcess;
  let init = '';

  const inside = (...command: string[]): string =>
    execFileSync('nsenter', ['--target', init, '--all', ...command], {
      encoding: 'utf8',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const systemctl = (...words: string[]): string => inside('systemctl', ...words);
  const property = (name: string): string => systemctl('show', 'leakwatch', '--value', '--property', name).trim();
  const get = (path: string): string =>
    inside(
      'node',
      '-e',
      'fetch(process.argv[1]).then((r) => r.text()).then((text) => process.stdout.write(text))',
      `http://127.0.0.1:9917${path}`,
    );
  /** A running service has taken a sample. */
  const ready = (): Promise<unknown> =>
    until(() => get('/readyz').startsWith('ready'), {
      what: 'the service to be ready',
      timeoutMs: 60_000,
      everyMs: 250,
    });
  const options = (...lines: string[]): void => {
    inside('sh', '-c', 'mkdir -p /etc/default && printf "%s\\n" "$@" >/etc/default/leakwatch', 'sh', ...lines);
  };

  beforeAll(async () => {
    mkdirSync(cgroup);
    outside = spawn(
      'sh',
      [
        ...['-c', 'echo $$ >"$0/cgroup.procs" && exec setpriv --pdeathsig KILL "$@"', cgroup],
        ...['unshare', '--pid', '--fork', '--mount', '--net', '--uts', '--ipc', '--cgroup', '--kill-child'],
        ...['bash', BOOT, root, UNIT, realpathSync(process.execPath), PACKAGE],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    init = await until(
      () => {
        const child = readFileSync(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8').trim();
        return readFileSync(`/proc/${child}/comm`, 'utf8') === 'systemd\n' ? child : '';
      },
      { what: 'systemd to be started', timeoutMs: 30_000 },
    );
    await ready();
  });

  afterAll(async () => {
    outside?.kill('SIGKILL');
    // The kernel removes the processes of the namespace, and only then the cgroups can be.
    await until(
      () => {
        spawnSync('find', [cgroup, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], { stdio: 'ignore' });
        return rmdirIsDone(cgroup);
      },
      { what: 'the cgroups to be gone', timeoutMs: 30_000, everyMs: 100 },
    );
    rmSync(root, { recursive: true, force: true });
  });

  test('it runs without privileges, and without ways to get any', () => {
    const status = inside('cat', `/proc/${property('MainPID')}/status`);
    const value = (name: string): string | undefined => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
    expect(Number(value('Uid')?.split('\t')[0])).toBeGreaterThan(1000);
    const none = '0000000000000000';
    expect({
      inheritable: value('CapInh'),
      permitted: value('CapPrm'),
      effective: value('CapEff'),
      bounding: value('CapBnd'),
      ambient: value('CapAmb'),
      noNewPrivileges: value('NoNewPrivs'),
      filtered: value('Seccomp'),
    }).toEqual({
      ...{ inheritable: none, permitted: none, effective: none, bounding: none, ambient: none },
      ...{ noNewPrivileges: '1', filtered: '2' },
    });
  });

  test('it sees the processes of other users, and all that is counted of them', async () => {
    const descriptors = [11, 12, 13, 14, 15, 16, 17, 18, 19].map((fd) => `${fd}</dev/null`).join(' ');
    const other = spawn(
      'nsenter',
      [
        ...['--target', init, '--all', 'setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'],
        ...['bash', '-c', `exec ${descriptors}; exec sleep 300`],
      ],
      { stdio: 'ignore' },
    );
    try {
      options('LEAKWATCH_INTERVAL=200ms');
      systemctl('restart', 'leakwatch');
      await ready();
      const metrics = await until(
        () => {
          const found = new Exposition(get('/metrics'));
          return found.value('leakwatch_group_processes{group="sleep"}') === 1 ? found : undefined;
        },
        { what: 'the process of the other user', timeoutMs: 30_000, everyMs: 250 },
      );
      const open = inside('sh', '-c', 'ls "/proc/$(pgrep -x sleep)/fd" | wc -l');
      expect(metrics?.value('leakwatch_group_open_fds{group="sleep"}')).toBe(Number(open));
      expect(Number(open)).toBeGreaterThanOrEqual(12);
      expect(metrics?.value('leakwatch_group_threads{group="sleep"}')).toBe(1);
      expect(metrics?.value('leakwatch_group_resident_memory_bytes{group="sleep"}')).toBeGreaterThan(100_000);
      expect(metrics?.value('leakwatch_group_open_fds{group="systemd"}')).toBeGreaterThan(3);
      expect(metrics?.value('leakwatch_limit{resource="memory"}')).toBeGreaterThan(0);
      expect([...(metrics?.text ?? '').matchAll(/^leakwatch_unreadable.*denied.*$/gm)].join()).toBe('');
    } finally {
      other.kill();
    }
  });

  test('it may write what it records, and reads its options', async () => {
    options('LEAKWATCH_INTERVAL=200ms', 'LEAKWATCH_RECORD=/var/lib/leakwatch/recording.ndjson');
    systemctl('restart', 'leakwatch');
    await ready();
    const recorded = (): string => inside('cat', '/var/lib/leakwatch/recording.ndjson');
    await until(() => recorded().includes('"groups"'), { what: 'a recorded line', timeoutMs: 30_000 });
    expect(inside('stat', '-c', '%a', '/var/lib/private/leakwatch/recording.ndjson').trim()).toBe('600');
  });

  test('what it has learned outlives it', async () => {
    systemctl('restart', 'leakwatch');
    await ready();
    const state = '/var/lib/private/leakwatch/state.json';
    expect(inside('stat', '-c', '%a', state).trim()).toBe('600');
    expect(inside('cat', state)).toContain('{"name":"systemd","lastSeen":');
  });

  test('it comes back when it was killed', async () => {
    const before = property('MainPID');
    inside('kill', '-KILL', before);
    await until(() => Number(property('NRestarts')) >= 1 && property('ActiveState') === 'active', {
      what: 'it to be restarted',
      timeoutMs: 60_000,
      everyMs: 250,
    });
    await ready();
    expect(property('MainPID')).not.toBe(before);
  });

  test('it stops when it is told, and has not failed', () => {
    systemctl('stop', 'leakwatch');
    expect({ state: property('ActiveState'), status: property('ExecMainStatus'), result: property('Result') }).toEqual({
      ...{ state: 'inactive', status: '0', result: 'success' },
    });
  });

  test('a wrong option ends it for good', async () => {
    options('LEAKWATCH_INTERVAL=never');
    systemctl('start', 'leakwatch');
    await until(() => property('ActiveState') === 'failed', { what: 'it to fail', timeoutMs: 30_000, everyMs: 100 });
    expect({ status: property('ExecMainStatus'), restarts: property('NRestarts') }).toEqual({
      ...{ status: '78', restarts: '0' },
    });
  });
});

function rmdirIsDone(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
