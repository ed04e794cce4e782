/**
 * A neighbour starts processes whose command lines would keep a regular expression busy for ever. leakwatch has the
 * expressions as patterns of groups, as an operator may write them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Daemon, run } from '../support/daemon.ts';
import { readOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

const INTERVAL_MS = 200;
const PATTERNS = [
  'honest=^honest-worker ',
  'worker=^(\\w+[ /-]?)+$',
  'alternatives=^(a|a)*$',
  'polynomial=(.*)*(.*)*(.*)*§',
  'spaces= +$',
  'counted=^(\\w{1,10}){1,10}$',
  'email=^([a-z0-9._-]+)*@([a-z0-9-]+\\.)+[a-z]{2,}$',
];
/** Names of processes: the first word of a command line may be anything. 4,096 bytes of a command line are read. */
const HOSTILE = [`${'a'.repeat(44)}!`, `${'a'.repeat(4090)}!`, `${' '.repeat(4000)}!`, `${'a-'.repeat(2000)}!`];
const EACH = 10;
const SAMPLES = 20;

const children: ChildProcess[] = [];
function start(argv0: string): void {
  children.push(spawn('/bin/sleep', ['300'], { argv0, stdio: 'ignore' }));
}
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const GROUPS = PATTERNS.flatMap((pattern) => ['--group', pattern]);

test('hostile command lines beside patterns: samples are taken on time, and an honest scrape is answered', async () => {
  start('honest-worker 1');
  const daemon = await Daemon.start(['--interval', `${INTERVAL_MS}ms`, ...GROUPS]);
  onTestFinished(() => daemon.kill());
  for (const argv0 of HOSTILE) for (let number = 0; number < EACH; number++) start(argv0);
  const samples = async (): Promise<number> => (await daemon.metrics()).value('leakwatch_samples_total')!;
  const before = await samples();
  // Time on a processor, because on a busy machine others take their part.
  const cpuMs = (): number => Number(readOf(daemon.pid, 'schedstat').split(' ')[0]) / 1e6;
  const cpuBefore = cpuMs();
  let slowestMs = 0;
  await until(
    async () => {
      const asked = performance.now();
      const taken = (await samples()) - before;
      slowestMs = Math.max(slowestMs, performance.now() - asked);
      return taken >= SAMPLES;
    },
    { what: `${SAMPLES} samples beside hostile processes`, timeoutMs: 60_000, everyMs: 500 },
  );
  const perSampleMs = (cpuMs() - cpuBefore) / SAMPLES;
  console.log(`${perSampleMs.toFixed(1)} ms for each sample, slowest scrape ${Math.round(slowestMs)} ms`);
  expect(perSampleMs).toBeLessThan(INTERVAL_MS / 2);
  expect(slowestMs).toBeLessThan(5000);
  expect((await daemon.metrics()).value('leakwatch_group_processes{group="honest"}')).toBe(1);
  await daemon.stop();
});

test('snapshot ends beside them', async () => {
  const { code, stdout } = await run(['snapshot', ...GROUPS]);
  expect(code).toBe(0);
  expect(stdout).toContain('honest');
});

test('a pattern that cannot be matched in linear time is refused at the start, in one sentence', async () => {
  const { code, stderr } = await run(['--group', 'worker=^(?!.*x)(a+)+$']);
  expect(code).toBe(78);
  expect(stderr).toContain('--group must have no negative lookahead (?! in "^(?!.*x)(a+)+$": other users choose');
});
