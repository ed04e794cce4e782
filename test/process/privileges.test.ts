/** What nobody may see of a process of another user, and what each capability adds: the table of docs/deploy/systemd.md. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';

const SOURCE = fileURLToPath(new URL('../../dist/sources/proc/proc-source.js', import.meta.url));

/** Prints what our source says of the process PID, and of its descriptors when it is asked for their kinds. */
const LOOK = `
  const { ProcSource } = await import(process.argv[1]);
  const source = new ProcSource({ procfs: '/proc' });
  const { processes } = await source.sample();
  const seen = processes.find(({ pid }) => pid === Number(process.argv[2]));
  const kinds = source.inspect({ pid: seen.pid, startTicks: seen.startTicks, metric: 'fds', since: undefined });
  console.log(JSON.stringify({ seen, kinds }));`;

function look(pid: number, capabilities: readonly string[]) {
  const caps = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=${caps}`, `--ambient-caps=${caps}`];
  const words = [process.execPath, '--input-type=module', '-e', LOOK, SOURCE, String(pid)];
  return spawnSync('setpriv', [...user, ...words], { encoding: 'utf8' });
}

function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.geteuid?.() !== 0) return 'only root can become another user';
  return look(process.pid, []).status === 0 ? undefined : 'nobody cannot run it here, or there is no setpriv';
}

const reason = obstacle();

describe.skipIf(reason !== undefined)(`nobody${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const other = spawn('setpriv', ['--reuid=54322', '--regid=54322', '--clear-groups', 'sleep', '300'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });

  // It is somebody else only when it has become the other program.
  beforeAll(() => until(() => readFileSync(`/proc/${other.pid}/comm`, 'utf8') === 'sleep\n', { what: 'the process' }));
  afterAll(() => other.kill());

  test.each([
    ['no capability', [], { incomplete: 'denied' }],
    ['both capabilities', ['dac_read_search', 'sys_ptrace'], { fdKinds: { device: 2 } }],
  ])('with %s', (_, capabilities, kinds) => {
    const { status, stdout, stderr } = look(other.pid!, capabilities);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const found = JSON.parse(stdout);
    expect(found.seen).toMatchObject({ uid: 54322, threads: 1, fds: readdirSync(`/proc/${other.pid}/fd`).length });
    expect(found.seen.rssBytes).toBeGreaterThan(0);
    expect(found.kinds).toMatchObject(kinds);
  });
});
