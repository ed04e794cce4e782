/** Looks at real programs: threads that a timer makes, and parents that do not wait, each in another way. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Look, LookedAt } from '../../src/model/look.ts';
import { finish } from '../../src/model/portions.ts';
import { ProcSource } from '../../src/sources/proc/proc-source.ts';
import { findRhythm } from '../../src/stats/rhythm.ts';
import { tellRhythm } from '../../src/verdict/rhythm-text.ts';
import { withoutRoot } from '../support/proc-tree.ts';
import { until } from '../support/until.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const why = hasPython ? '' : ' (skipped: there is no python3)';

/** Looks again until what is seen is what is waited for. */
async function untilSeen(look: () => Promise<Look>, what: string, isIt: (seen: Look) => boolean): Promise<Look> {
  let seen: Look | undefined;
  await until(
    async () => {
      seen = await look();
      return isIt(seen);
    },
    { what },
  );
  return seen!;
}

/** Starts a program, and looks at it as often as it is asked to. */
function watched(command: string, args: readonly string[]) {
  // A process group of its own, to be killed with its children.
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'], detached: true });
  onTestFinished(async () => {
    process.kill(-child.pid!, 'SIGKILL');
    await once(child, 'exit');
  });
  const source = new ProcSource({ procfs: '/proc' });
  return async (at: LookedAt): Promise<Look> => {
    const { processes } = await source.sample();
    const { pid, startTicks } = processes.find((one) => one.pid === child.pid)!;
    return finish(source.look({ pid, startTicks, at, since: 0 }));
  };
}

const python = (code: string) => watched('python3', ['-c', code]);

describe.skipIf(!hasPython)(`real programs${why}`, () => {
  test('a timer that makes a thread every 0.4 s is told with its period', async () => {
    const look = python(`
import threading, time
for i in range(1000):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    time.sleep(0.4)
`);
    // The first is the main thread, which waited for the interpreter.
    const rhythmOf = ({ starts = [] }: Look) => findRhythm(starts.slice(1), starts.at(-1) ?? 0)?.every;
    const seen = await untilSeen(
      () => look('threads'),
      'a rhythm',
      (one) => rhythmOf(one) !== undefined,
    );
    const starts = seen.starts!.slice(1);
    expect(rhythmOf(seen)?.seconds).toBeGreaterThan(0.39);
    expect(rhythmOf(seen)?.seconds).toBeLessThan(0.5);
    expect(tellRhythm(starts, starts.at(-1)!)).toMatch(/one every 0\.4\d* s \(±0\.\d+ s\): a timer$/);
    expect(seen.kinds).toHaveLength(1);
    expect(seen.kinds[0]?.states?.map(({ name }) => name)).toContain('in futex_wait');
  });

  test('threads are told with what they wait for', async () => {
    const look = python(`
import os, socket, threading, time
pipe = os.pipe()
pair = socket.socketpair()
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
accepted = server.accept()
for wait in [lambda: os.read(pipe[0], 1), lambda: pair[0].recv(1), lambda: time.sleep(999), server.accept, lambda: client.recv(1)]:
    for _ in range(2): threading.Thread(target=wait, daemon=True).start()
threading.Event().wait()
`);
    const expected = [
      'in accept',
      'in futex_wait',
      'in nanosleep',
      'in read of a pipe',
      'in recv',
      'in recv of a unix socket',
    ];
    const namesOf = ({ kinds }: Look) => kinds.flatMap(({ states = [] }) => states.map(({ name }) => name));
    const seen = await untilSeen(
      () => look('threads'),
      expected.join(', '),
      (one) => expected.every((name) => namesOf(one).includes(name)),
    );
    expect(namesOf(seen)).not.toContain('sleeping');
  });

  /** A parent of two children that ended: the first with code 3, the second by a signal. */
  const parent = (setup: string) =>
    python(`
import os, signal, time
${setup}
for end in [lambda: os._exit(3), lambda: os.kill(os.getpid(), signal.SIGTERM)]:
    if os.fork() == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        end()
while True: time.sleep(999)
`);

  test.each([
    ['', 'does not handle SIGCHLD, and does not wait either'],
    ['signal.signal(signal.SIGCHLD, lambda *_: None)', 'catches SIGCHLD but does not wait'],
    [
      'signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])',
      'blocks SIGCHLD, so that it is not told that its children end',
    ],
  ])('a parent of zombies that does this: %s', async (setup, remark) => {
    const look = parent(setup);
    const seen = await untilSeen(
      () => look('zombies'),
      'two zombies',
      ({ kinds }) => kinds[0]?.amount === 2,
    );
    const { kinds, remarks, incomplete } = seen;
    expect(kinds[0]?.states).toEqual([
      { name: 'exited with 3', count: 1 },
      { name: 'killed by SIGTERM', count: 1 },
    ]);
    expect(remarks?.[0]).toBe(remark);
    expect(remarks?.[1]).toMatch(/^is a child of \S+ \(pid \d+\)$/);
    expect(incomplete).toBeUndefined();
  });
});

/** `exec` makes of the shell a program that does not know of its children. */
const unaware = (child: string) => watched('sh', ['-c', `${child} & exec sleep 999`]);

test('a child that exited with 0 is told as such by who may know it, and not by another user', async () => {
  const look = unaware('true');
  const seen = await untilSeen(
    () => look('zombies'),
    'a zombie',
    ({ kinds }) => kinds.length === 1,
  );
  expect(seen.kinds[0]).toMatchObject({ amount: 1, states: [{ name: 'exited with 0', count: 1 }] });
  if (process.geteuid?.() !== 0) return;
  const denied = await withoutRoot(() => look('zombies'));
  expect(denied.kinds[0]).not.toHaveProperty('states');
  expect(denied.incomplete).toBe('how they ended is not known of 1 of 1');
});

test('living children are told by program, and what they wait for', async () => {
  const look = watched('sh', ['-c', 'sleep 998 & sleep 997 & cat & wait']);
  const sleepers = ({ kinds }: Look) => kinds.find(({ name }) => name === 'sleep');
  const seen = await untilSeen(
    () => look('children'),
    'two that sleep',
    (one) => sleepers(one)?.amount === 2,
  );
  expect(sleepers(seen)?.states).toEqual([{ name: 'in nanosleep', count: 2 }]);
});
