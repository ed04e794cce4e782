/** `snapshot --explain`: what people run first, on real programs. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../support/daemon.ts';
import { procTree } from '../support/proc-tree.ts';
import { Puppet } from '../support/puppet.ts';
import { uniqueName } from '../support/unique.ts';
import { asUser, noOtherUser, PublicCopy, unusedUid } from '../support/users.ts';

const WEB = uniqueName('explain');
const GROUP = ['--group', `seen-web=^${WEB}$`, '--max-groups', '500'];

// biome-ignore lint/suspicious/noExplicitAny: JSON whose shape is what is tested
type Json = any;

describe('a group of a live program', () => {
  let web: Puppet;
  beforeAll(async () => {
    web = await Puppet.start({ title: WEB });
    await web.do({ threads: 7, zombies: 5, processes: 3, fds: 40, memory: 8 << 20 });
  });
  afterAll(() => web?.stop());

  test('is explained as data: what holds most of each, and of what kinds that is', async () => {
    const { code, stdout, stderr } = await run(['snapshot', '--explain', 'seen-web', '--json', ...GROUP]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { group, looks } = JSON.parse(stdout);
    expect(group).toBe('seen-web');
    const of = (at: string): Json => looks.find((look: Json) => look.at === at);
    for (const at of ['threads', 'fds', 'memory', 'zombies', 'children'])
      expect(looks).toContainEqual(expect.objectContaining({ at, pid: web.pid, comm: WEB }));
    expect(of('zombies')).toMatchObject({ amount: 5, ofGroup: 5, look: { kinds: [{ name: 'true', amount: 5 }] } });
    expect(of('fds').look.kinds).toContainEqual(
      expect.objectContaining({ name: 'device /dev/null', amount: expect.any(Number) }),
    );
    const threads = of('threads').look.kinds.reduce((sum: number, { amount }: Json) => sum + amount, 0);
    expect(threads).toBe(of('threads').amount);
    expect(JSON.stringify(looks)).not.toMatch(/"newer"|"starts"/);
  });

  test('is explained in words', async () => {
    const { stdout } = await run(['snapshot', '--explain', 'seen-web', ...GROUP]);
    expect(stdout.split('\n')[0]).toBe('seen-web');
    expect(stdout).toContain(`\nZombies: ${WEB} (pid ${web.pid}) has not waited for 5\n  5 x true`);
    expect(stdout).toMatch(new RegExp(`\nProcesses: ${WEB} \\(pid ${web.pid}\\) is the parent of 3 of 4\n  3 x sleep`));
    // What growth means is said of what there is much of, and as what would be.
    expect(stdout).toMatch(/\n {2}\d\d x device \/dev\/null\n {6}If this grows: The device is opened again and again/);
    expect(stdout).not.toMatch(/\n {2}[1-7] x [^\n]*\n {6}If/);
    expect(stdout).not.toMatch(/^ {2}0 /m);
  });

  test('that is misspelt is named, with those that there are', async () => {
    const { code, stdout, stderr } = await run(['snapshot', '--explain', 'seenweb', ...GROUP]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^leakwatch: no group is called seenweb; did you mean seen-web\? The groups are: .*seen-web/,
    );
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

test('names of the host do nothing to a terminal', async () => {
  const comm = 'a\u001b[2J\u202e<b>';
  const proc = procTree({
    processes: [
      { pid: 1, comm: 'init', cmdline: ['/sbin/init'] },
      {
        pid: 10,
        comm,
        cmdline: ['web'],
        tasks: [
          { tid: 10, comm },
          { tid: 11, comm },
        ],
        fds: 2,
      },
      { pid: 11, ppid: 10, comm, state: 'Z' },
    ],
  });
  onTestFinished(() => proc.remove());
  const { code, stdout } = await run(['snapshot', '--explain', 'web', '--procfs', proc.dir]);
  expect(code).toBe(0);
  expect(stdout).toContain('2 x a');
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});

const reason = noOtherUser();

describe.skipIf(reason !== undefined)(`a user${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const copy = new PublicCopy();
  const title = uniqueName('others');
  let other: Puppet;
  beforeAll(async () => {
    other = await Puppet.start({ title });
    await other.do({ threads: 3, zombies: 1 });
  });
  afterAll(async () => {
    await other?.stop();
    copy.remove();
  });

  function leakwatch(...args: readonly string[]) {
    const [program = '', ...words] = [...asUser(unusedUid()), copy.node, copy.program, ...args];
    return spawnSync(program, words, { encoding: 'utf8', cwd: copy.dir }).stdout;
  }

  test('is told what may not be read of a process of another, and sees the rest', () => {
    const stdout = leakwatch('snapshot', '--explain', 'seen', '--group', `seen=^${title}$`, '--max-groups', '500');
    expect(stdout).toMatch(/\nOpen files: .*\n {2}Not all could be seen: denied/);
    expect(stdout).toMatch(/^Threads: .*\n {2}\d+ x /m);
    expect(stdout).toMatch(/^Zombies: .*\n {2}1 x true/m);
  });

  test('is told by doctor how far looks go', () => {
    expect(leakwatch('doctor')).toMatch(/^warning +looks +.*descriptors.*memory.*of pid 1/m);
  });
});

test('doctor says that root sees all', async () => {
  const { stdout } = await run(['doctor']);
  if (process.getuid?.() === 0) expect(stdout).toMatch(/^(ok|warning) +looks +/m);
});
