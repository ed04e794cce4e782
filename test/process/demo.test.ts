/** `leakwatch demo`: finds each kind of leak that it makes, and leaves nothing behind, however it ends. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Finished, type RunOptions, run } from '../support/daemon.ts';
import { pids, readOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

interface Demo extends Finished {
  /** Living processes that it started, or that those started, and that are still there. */
  readonly left: () => number[];
}

/** Runs a demo whose processes bear a mark in their environment, so that they are known wherever they end up. */
async function demo(kind: string, meanwhile?: (child: RunningDemo) => void): Promise<Demo> {
  const mark = randomUUID();
  const left = (): number[] => pids().filter((pid) => readOf(pid, 'environ').includes(mark));
  // A looser budget than usual: sooner sure, even with five demos on one host.
  const env = { TEST_MARK: mark, LEAKWATCH_FALSE_ALARMS_PER_MONTH: '1000' };
  const options: RunOptions = { env, timeoutMs: 170_000 };
  const finished = await run(['demo', kind], {
    ...options,
    meanwhile: (child) => meanwhile?.({ left, kill: (signal) => child.kill(signal) }),
  });
  return { ...finished, left };
}

interface RunningDemo {
  readonly left: () => number[];
  readonly kill: (signal: NodeJS.Signals) => boolean;
}

const leaks = ({ left }: RunningDemo, kind: string): boolean =>
  left().some((pid) => readOf(pid, 'comm') === `${`leaky-${kind}`.slice(0, 15)}\n`);

const KINDS: readonly (readonly [kind: string, headline: string, culprit: RegExp])[] = [
  ['threads', 'W10 demo leaks threads', /leaky-threads \(pid (\d+)\) has \d+ threads \(\d+ x leaky-threads/],
  ['zombies', 'W11 demo leaks zombies', /leaky-zombies \(pid (\d+)\) has not waited for \d+ children \(\d+ x true/],
  ['memory', 'W12 demo leaks memory', /leaky-memory \(pid (\d+)\) has [\d.]+ MB of \w/],
  ['fds', 'W13 demo leaks file descriptors', /leaky-fds \(pid (\d+)\) has [\d,]+ file descriptors \([\d,]+ x device/],
  ['processes', 'W14 demo leaks processes', /leaky-processes \(pid (\d+)\) has \d+ living children/],
];

test('the demo finds each kind of leak and names who it is', async () => {
  // All at once: each takes as long as it takes to be certain of a leak.
  const demos = await Promise.all(
    KINDS.map(async ([kind, ...expected]) => ({ ...(await demo(kind)), kind, expected })),
  );
  for (const { kind, expected, code, stdout, stderr, left } of demos) {
    const [headline, culprit] = expected;
    expect({ code, stderr }, kind).toEqual({ code: 0, stderr: '' });
    const [, pid] =
      /^A program that leaks \w+ has been started as pid (\d+), and is sampled every [\d.]+ s\.$/m.exec(stdout) ?? [];
    expect(stdout).toMatch(new RegExp(`^  leak {5}${headline}: `, 'm'));
    expect(stdout.match(culprit)?.[1], stdout).toBe(pid);
    expect(stdout).toMatch(/^Found after \d+ s; the program has been stopped\.$/m);
    expect(stdout).not.toContain('\u001b');
    await until(() => left().length === 0, { what: `the processes of the demo of ${kind} to be gone` });
  }
});

describe('a demo that is interrupted', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s puts its processes away first', async (signal) => {
    const {
      code,
      signal: killedBy,
      left,
    } = await demo('processes', async (running) => {
      await until(() => leaks(running, 'processes') && running.left().length > 4, { what: 'a few processes' });
      running.kill(signal);
    });
    expect({ code, killedBy }).toEqual({ code: 0, killedBy: null });
    await until(() => left().length === 0, { what: 'its processes to be gone' });
  });

  test.each(['threads', 'zombies', 'processes'])('by force leaves no leak of %s running', async (kind) => {
    const { signal, left } = await demo(kind, async (running) => {
      await until(() => leaks(running, kind) && running.left().length >= (kind === 'processes' ? 5 : 2), {
        what: 'the leak',
      });
      running.kill('SIGKILL');
    });
    expect(signal).toBe('SIGKILL');
    await until(() => left().length === 0, { what: 'its processes to be gone' });
  });
});
