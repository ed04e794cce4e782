/** `leakwatch demo` finds each kind of leak that it makes, blames its own program, and leaves nothing behind. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { demo } from '../support/demo.ts';
import { until } from '../support/until.ts';

const KINDS: readonly (readonly [kind: string, headline: string, culprit: RegExp])[] = [
  ['threads', 'W10 demo leaks threads', /leaky-threads \(pid (\d+)\) has \d+ threads \(\d+ x leaky-threads/],
  ['zombies', 'W11 demo leaks zombies', /leaky-zombies \(pid (\d+)\) has not waited for \d+ children \(\d+ x true/],
  ['memory', 'W12 demo leaks memory', /leaky-memory \(pid (\d+)\) has [\d.]+ MB of \w/],
  ['fds', 'W13 demo leaks file descriptors', /leaky-fds \(pid (\d+)\) has [\d,]+ file descriptors \([\d,]+ x device/],
  ['processes', 'W14 demo leaks processes', /leaky-processes \(pid (\d+)\) has \d+ living children/],
];

/**
 * Two demos of one kind on one host see each other's program, which bears the same name. Here each has a table of
 * processes of its own, so that another checkout may be tested at the same time. The shell reaps, as an init does.
 */
function ownTable(): readonly string[] {
  const init = ['sh', '-c', '"$@"; exit $?', 'sh'];
  const unshare = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const ways = [unshare, [...unshare, '--user', '--map-root-user']];
  const way = ways.find(([program = '', ...words]) => spawnSync(program, [...words, 'true']).status === 0);
  if (!way) console.log('the demo shares the table of processes with others: no namespace can be made here');
  return way ? [...way, ...init] : [];
}

const prefix = ownTable();

test.each(KINDS)('a leak of %s is found and blamed on the demo program', async (kind, headline, culprit) => {
  const { code, stdout, stderr, left } = await demo(kind, { prefix, timeoutMs: 560_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, pid] =
    /^A program that leaks \w+ has been started as pid (\d+), and is sampled every [\d.]+ s\.$/m.exec(stdout) ?? [];
  expect(stdout).toMatch(new RegExp(`^  leak {5}${headline}: `, 'm'));
  expect(stdout.match(culprit)?.[1], stdout).toBe(pid);
  expect(stdout).toMatch(/^Some \d+ samples are needed to be sure that it leaks: about \d/m);
  // Standard output is a pipe here: its last lines have arrived.
  expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
    expect.stringMatching(/^Found after [\d.]+ (s|min); the program has been stopped\.$/),
    expect.stringMatching(/^That took \d+ samples: .+ at the default of one sample every 20 seconds\.$/),
  ]);
  expect(stdout).not.toContain('\u001b');
  await until(() => left().length === 0, { what: 'the processes of the demo to be gone' });
});
