/** A pid namespace as a container has it, with leakwatch in it: as process 1, and beside zombies from outside. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { statOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/leakwatch.cjs', import.meta.url));
const NAMESPACE = ['--pid', '--fork', '--kill-child', '--mount-proc'];

/** Why this cannot be tested here; undefined if it can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  const { error, status } = spawnSync('unshare', [...NAMESPACE, 'true']);
  if (error) return 'there is no unshare(1)';
  return status === 0 ? undefined : 'no pid namespace may be made here';
}

const reason = obstacle();

describe.skipIf(reason !== undefined)(`in a pid namespace${reason ? ` (skipped: ${reason})` : ''}`, () => {
  /** Runs a script as process 1. @returns the groups that `leakwatch snapshot` sees there */
  function groupsSeenBy(script: string) {
    const words = [...NAMESPACE, 'sh', '-c', script, process.execPath, PROGRAM];
    const { stdout, stderr, status } = spawnSync('unshare', words, { encoding: 'utf8', timeout: 30_000 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { groups } = JSON.parse(stdout) as { groups: { name: string; processes: number }[] };
    return Object.fromEntries(groups.map(({ name, processes }) => [name, processes]));
  }

  test('what a shell started before it became leakwatch is watched', () => {
    expect(groupsSeenBy('sleep 30 & exec "$0" "$1" snapshot --json')).toEqual({ sleep: 1 });
  });

  test('what a shell started beside leakwatch is watched', () => {
    expect(groupsSeenBy('sleep 30 & "$0" "$1" snapshot --json; exit $?')).toEqual({ sh: 1, sleep: 1 });
  });

  test('zombies that nobody inside has started are told, with a parent that cannot be seen', async () => {
    const container = spawn('unshare', [...NAMESPACE, 'sh', '-c', 'sleep 60 & wait'], { stdio: 'ignore' });
    onTestFinished(() => void container.kill('SIGKILL'));
    const inside = await until(() => firstChildOf(container.pid!), { what: 'process 1 of the namespace' });
    // nsenter enters the namespace with the child that it starts, and then does not wait for it: it is stopped.
    const check = spawn('nsenter', ['--target', `${inside}`, '--pid', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
    onTestFinished(() => void check.kill('SIGKILL'));
    await until(() => firstChildOf(check.pid!), { what: 'the check' });
    check.kill('SIGSTOP');
    await until(() => statOf(check.pid!)?.state === 'T', { what: 'nsenter to be stopped' });
    check.stdin!.end();
    const seen = await until(
      () => {
        const words = ['--target', `${inside}`, '--pid', '--mount', process.execPath, PROGRAM, 'snapshot', '--json'];
        const { stdout } = spawnSync('nsenter', words, { encoding: 'utf8' });
        const { groups } = JSON.parse(stdout) as { groups: { name: string; zombieParents: object[] }[] };
        return groups.find(({ name }) => name === 'container-runtime');
      },
      { what: 'the zombie' },
    );
    expect(seen?.zombieParents).toMatchObject([{ pid: 0, unseen: true, zombies: 1 }]);
  });
});

function firstChildOf(pid: number): number | undefined {
  const { stdout } = spawnSync('pgrep', ['--parent', `${pid}`], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10) || undefined;
}
