/**
 * Few tasks are left while it starts. Node aborts or hangs if it cannot make its threads, so the shell waits for room; and
 * the program of `exec` gets every task that it would have without leakwatch. Each test has a user of its own, because
 * root has no such limit.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { childrenOf, isDead, kill, pids, readOf } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { asUser, noOtherUser, PublicCopy, tasksOf, unusedUid } from '../support/users.ts';

const noUser =
  noOtherUser() ?? (spawnSync('prlimit', ['--version']).error && 'there is no prlimit (Debian: util-linux)');
if (noUser !== undefined) console.log(`a limit on processes is not tested: ${noUser}`);

const TOO_FEW = 'too few processes or threads are left';
/** The six tasks of the daemon: bench/gate.js. */
const OWN_TASKS = 6;
const SHELLS = [['dash'], ['bash'], ['busybox', 'sh']];

describe.skipIf(noUser !== undefined)('with few tasks', () => {
  let copy: PublicCopy;
  beforeAll(() => {
    copy = new PublicCopy();
  });
  afterAll(() => copy?.remove());

  /** Starts leakwatch as a user who may have so many tasks beside the shell that starts it. */
  function start(free: number, args: readonly string[], { uid = unusedUid(), shell = ['dash'] } = {}): ChildProcess {
    const [first = '', ...rest] = [...asUser(uid), 'prlimit', `--nproc=${free + 1}`, ...shell, copy.program, ...args];
    const child = spawn(first, rest, { cwd: copy.dir, env: { PATH: copy.path }, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => {
      for (const pid of pids()) if (readOf(pid, 'status').includes(`\nUid:\t${uid}\t`)) kill(pid);
    });
    return child;
  }

  const WATCH = ['--listen', 'off', '--interval', '100ms'];

  test.each([1, 2, 3, 4, 5].flatMap((free) => SHELLS.map((shell) => [free, shell] as const)))(
    'the daemon waits with %i free (%s), and ends when it is told',
    async (free, shell) => {
      const child = start(free, WATCH, { shell });
      const said = text(child.stderr!);
      await until(() => childrenOf(child.pid!).some((pid) => readOf(pid, 'cmdline').startsWith('sleep\0')), {
        what: 'it to wait',
      });
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
      expect(await said).toBe(`leakwatch: ${TOO_FEW}; waiting for more\n`);
      expect(childrenOf(child.pid!)).toEqual([]);
    },
  );

  test('the daemon starts when there is room again', async () => {
    const uid = unusedUid();
    const others = spawn('setpriv', [`--reuid=${uid}`, '--clear-groups', 'sh', '-c', 'sleep 600 & sleep 600 & wait'], {
      detached: true,
    });
    await until(() => tasksOf(uid) === 3, { what: 'other processes of the user' });
    const child = start(OWN_TASKS + 2, WATCH, { uid });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (more) => {
      said += more;
    });
    await until(() => said.includes('waiting for more'), { what: 'it to wait' });
    process.kill(-others.pid!, 'SIGKILL');
    await until(() => said.includes('"msg":"watching"'), { what: 'the daemon to watch' });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test.each([OWN_TASKS, OWN_TASKS + 1, OWN_TASKS + 4])(
    'with %i free it starts, and says no more than usual',
    async (free) => {
      const child = start(free, WATCH);
      let said = '';
      child.stderr!.setEncoding('utf8').on('data', (more) => {
        said += more;
      });
      let lines = '';
      child.stdout!.on('data', (more) => {
        lines += more;
      });
      await until(() => lines.includes('sample#'), { what: 'a sample' });
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(said.match(/"msg":"[^"]+"/g)).toEqual(['"msg":"watching"', '"msg":"stopping"']);
      expect(said.trimEnd().split('\n')).toHaveLength(2);
    },
  );

  test.each([
    [0, WATCH, `leakwatch: ${TOO_FEW}; waiting for more\nleakwatch: cannot wait: no process is left\n`],
    [4, ['snapshot'], `leakwatch: ${TOO_FEW}\n`],
    [4, ['--help'], `leakwatch: ${TOO_FEW}\n`],
  ])('with %i free %j ends at once', async (free, args, says) => {
    const child = start(free, args);
    const exit = once(child, 'exit');
    expect(await text(child.stderr!)).toBe(says);
    expect(await exit).toEqual([1, null]);
  });

  test.each([3, 4, 5, 6, 7, 8, 9, 10].flatMap((free) => SHELLS.map((shell) => [free, shell] as const)))(
    'the program of exec can use all %i that are free (%s)',
    async (free, shell) => {
      const script = `i=0; while [ $i -lt ${free} ]; do sleep 0.1 & i=$((i + 1)); done; wait; echo ran`;
      const child = start(free, ['exec', '--listen', 'off', '--', 'dash', '-c', script], { shell });
      const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
      expect({ out, err }).toEqual({ out: 'ran\n', err: `leakwatch: nothing is watched: ${TOO_FEW}\n` });
    },
  );

  test.each(SHELLS)(
    'a program of exec that takes all tasks at once neither breaks nor hangs the monitor (%s)',
    async (...shell) => {
      const greedy = `
      my @children;
      while (defined(my $pid = fork)) { if (!$pid) { sleep 600; exit } push @children, $pid }
      $| = 1; print "taken\\n"; <STDIN>; sleep 1; kill 9, @children;`;
      const uid = unusedUid();
      const child = start(50, ['exec', ...WATCH, '--', 'perl', '-e', greedy], { uid, shell });
      const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
      expect(out).toMatch(/^taken$/m);
      expect(err.match(/"msg":"[^"]+"/g)).toEqual(['"msg":"watching"', '"msg":"stopping"']);
      expect(err.trimEnd().split('\n')).toHaveLength(2);
      await until(() => isDead(child.pid!) && tasksOf(uid) === 0, { what: 'the end of all' });
    },
  );
});
