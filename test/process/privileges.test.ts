/** What one user sees of a process of another, with and without capabilities: the table of docs/deploy/systemd.md. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { asUser, noOtherUser, PublicCopy, unusedUid } from '../support/users.ts';

/** Prints what our source says of the process PID and of the kinds of its descriptors. */
const LOOK = `
  const { ProcSource } = await import(process.argv[1]);
  const source = new ProcSource({ procfs: '/proc' });
  const { processes } = await source.sample();
  const seen = processes.find(({ pid }) => pid === Number(process.argv[2]));
  const looking = source.look({ pid: seen.pid, startTicks: seen.startTicks, at: 'fds', since: undefined });
  let step;
  do step = looking.next(); while (!step.done);
  const kinds = step.value;
  console.log(JSON.stringify({ seen, kinds }));`;

const reason = noOtherUser();

describe.skipIf(reason !== undefined)(`a user${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const copy = new PublicCopy();
  const uid = unusedUid();
  const [program = '', ...words] = [...asUser(uid), 'sleep', '300'];
  const other = spawn(program, words, { stdio: ['pipe', 'ignore', 'ignore'] });

  // It belongs to the other user only once it runs the other program.
  beforeAll(() => until(() => readFileSync(`/proc/${other.pid}/comm`, 'utf8') === 'sleep\n', { what: 'the process' }));
  afterAll(() => {
    other.kill();
    copy.remove();
  });

  function look(pid: number, capabilities: readonly string[]) {
    const source = `${copy.dir}/dist/sources/proc/proc-source.js`;
    const command = [copy.node, '--input-type=module', '-e', LOOK, source, String(pid)];
    const [program = '', ...words] = [...asUser(unusedUid(), capabilities), ...command];
    return spawnSync(program, words, { encoding: 'utf8', cwd: copy.dir });
  }

  test.each([
    ['no capability', [], { incomplete: 'denied' }],
    [
      'both capabilities',
      ['dac_read_search', 'sys_ptrace'],
      { kinds: expect.arrayContaining([{ name: 'device /dev/null', amount: 2 }]) },
    ],
  ])('with %s', (_, capabilities, kinds) => {
    const { status, stdout, stderr } = look(other.pid!, capabilities);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const found = JSON.parse(stdout);
    expect(found.seen).toMatchObject({ uid, threads: 1, fds: readdirSync(`/proc/${other.pid}/fd`).length });
    expect(found.seen.rssBytes).toBeGreaterThan(0);
    expect(found.kinds).toMatchObject(kinds);
  });
});
