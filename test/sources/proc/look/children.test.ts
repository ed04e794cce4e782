import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeEnd, parseExitStatus } from '../../../../src/sources/proc/look/children.ts';
import { looker, NOW } from '../../../support/looker.ts';
import type { ProcessSpec } from '../../../support/proc-tree.ts';
import { cgroups } from '../../trees.ts';

const CHILDREN: ProcessSpec[] = [
  { pid: 20, ppid: 10, comm: 'convert', state: 'Z', startTicks: 95_000, exitStatus: 0x300 },
  { pid: 21, ppid: 10, comm: 'convert', state: 'Z', startTicks: 9, exitStatus: 9 },
  { pid: 22, ppid: 10, comm: 'sh', startTicks: 95_000, files: { wchan: 'do_wait' } },
  { pid: 23, ppid: 22, comm: 'sh', startTicks: 95_000 },
];
const PARENT = 'is a child of init (pid 1)';

async function lookAt(at: 'zombies' | 'children', others: readonly ProcessSpec[], since?: number) {
  const { source, look } = looker({}, [{ pid: 1, comm: 'init' }, ...others]);
  await source.sample();
  return look(at, since);
}

describe('zombies', () => {
  test('are counted by name, with how they ended, and those that came since the growth began', async () => {
    expect(await lookAt('zombies', CHILDREN, NOW - 60)).toEqual({
      t: NOW,
      at: 'zombies',
      kinds: [
        {
          name: 'convert',
          amount: 2,
          newer: 1,
          states: [
            { name: 'exited with 3', count: 1 },
            { name: 'killed by SIGKILL', count: 1 },
          ],
        },
      ],
      starts: [NOW - 50],
      remarks: [PARENT],
    });
  });

  test('whose names differ in digits are of one kind', async () => {
    const jobs = [1, 2, 3].map((i): ProcessSpec => ({ pid: 20 + i, ppid: 10, comm: `job-${i}`, state: 'Z' }));
    expect((await lookAt('zombies', jobs)).kinds).toMatchObject([{ name: 'job-#', amount: 3 }]);
  });

  test('that are gone or may not be looked at are counted, and the look says so', async () => {
    const { tree, source, look } = looker({}, CHILDREN);
    await source.sample();
    rmSync(`${tree.dir}/20`, { recursive: true });
    const { kinds, incomplete } = look('zombies');
    expect(kinds).toEqual([{ name: 'convert', amount: 2, states: [{ name: 'killed by SIGKILL', count: 1 }] }]);
    expect(incomplete).toBe('how they ended is not known of 1 of 2');
  });

  test('that were killed may have been for want of memory, where their cgroup tells of such kills', async () => {
    const events = { 'memory.events': 'low 0\noom 2\noom_kill 3\n' };
    const { mountinfo, membership } = cgroups({ groups: { '/web': { memoryCurrent: 9, files: events } } });
    const remarksOf = async (exitStatus: number) => {
      const zombie: ProcessSpec = { pid: 20, ppid: 10, comm: 'job', state: 'Z', exitStatus };
      const { source, look } = looker({ cgroup: membership('/web') }, [zombie], { mountinfo });
      await source.sample();
      return look('zombies').remarks;
    };
    expect(await remarksOf(9)).toEqual(['is in a cgroup in which the kernel has killed 3 for want of memory']);
    expect(await remarksOf(15)).toBeUndefined();
  });

  test('have a parent of which is told what it does with SIGCHLD', async () => {
    const masks = ['ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt'].map((name) => `${name}:\t0000000000000000\n`).join('');
    const { source, look } = looker({ files: { status: `Name:\tx\nUid:\t0\t0\t0\t0\n${masks}` } }, CHILDREN);
    await source.sample();
    expect(look('zombies').remarks).toEqual(['does not handle SIGCHLD, and does not wait either']);
    expect(look('children').remarks).toBeUndefined();
  });
});

describe('children', () => {
  test('are counted with what they do; grandchildren and zombies are not', async () => {
    expect((await lookAt('children', CHILDREN, NOW - 60)).kinds).toEqual([
      { name: 'sh', amount: 1, newer: 1, states: [{ name: 'in wait for a child', count: 1 }] },
    ]);
    expect((await lookAt('children', CHILDREN)).kinds[0]).not.toHaveProperty('newer');
  });

  test('are named by the script that they run, and never by its arguments', async () => {
    const of = (pid: number, comm: string, ...cmdline: string[]): ProcessSpec => ({ pid, ppid: 10, comm, cmdline });
    const { kinds } = await lookAt('children', [
      of(20, 'python3', 'python3', '/app/worker.py', '--token=secret'),
      of(21, 'python3', 'python3', '-c', 'secret'),
      of(22, 'sleep', 'sleep', '1000'),
      of(23, 'puma: cluster wo', 'puma: cluster worker 0: 42 [secret]'),
      of(24, 'a-rather-long-n', '/opt/a-rather-long-name', 'secret'),
    ]);
    expect(kinds.map(({ name }) => name).sort()).toEqual([
      'a-rather-long-name',
      'puma: cluster wo',
      'python3',
      'sleep',
      'worker (python3)',
    ]);
  });
});

test('an exit status is a code, or a signal with or without a core', () => {
  expect(describeEnd(0)).toBe('exited with 0');
  expect(describeEnd(0xff00)).toBe('exited with 255');
  expect(describeEnd(0x8b)).toBe('killed by SIGSEGV');
  expect(describeEnd(6)).toBe('killed by SIGABRT');
  expect(describeEnd(42)).toBe('killed by signal 42');
});

test('a name that looks like the fields behind it is not taken for them', () => {
  const fields = `Z 1 ${'0 '.repeat(47)}`;
  expect(parseExitStatus(`7 (a) Z ${'9 '.repeat(60)}) ${fields}768\n`)).toBe(768);
  expect(parseExitStatus(`7 (a) ${fields}\n`)).toBeUndefined();
  expect(parseExitStatus(`7 (a) ${fields}65536\n`)).toBeUndefined();
  expect(parseExitStatus(`7 (a) ${fields}-1\n`)).toBeUndefined();
  expect(parseExitStatus('')).toBeUndefined();
});
