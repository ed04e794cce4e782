/** What the built daemon has learned survives it, however it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { decodeState, encodeState } from '../../src/formats/state.ts';
import { Daemon, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { Puppet } from '../support/puppet.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

const title = uniqueName('app');
const directory = temporaryDirectory('leakwatch-state-');
const path = join(directory, 'state.json');
const args = ['--interval', '100ms', '--state', path, '--group', `app=^${title}$`];
const READ = 'continues with the state learned before';

let puppet: Puppet;
beforeAll(async () => {
  puppet = await Puppet.start({ title });
});

afterAll(async () => {
  await puppet?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const slots = (): number =>
  decodeState(readFileSync(path, 'utf8')).groups.find(({ name }) => name === 'app')?.series.threads?.slots ?? 0;

async function watchFor(samples: number, more: readonly string[] = []): Promise<Daemon> {
  const daemon = await Daemon.start([...args, ...more]);
  const enough = async () => ((await daemon.metrics()).value('leakwatch_samples_total') ?? 0) >= samples;
  await until(async () => (await enough()) || undefined, { what: `${samples} samples` });
  return daemon;
}

test('a restarted daemon goes on from what it has learned', async () => {
  const first = await watchFor(10);
  await first.logged(({ msg }) => msg === 'starts to learn: there is no state yet', { what: 'to begin' });
  await first.stop();
  const before = slots();
  expect(before).toBeGreaterThanOrEqual(9);
  const second = await watchFor(10);
  const { groups } = await second.logged(({ msg }) => msg === READ, { what: 'to go on' });
  expect(groups).toBe(decodeState(readFileSync(path, 'utf8')).groups.length);
  expect((await second.metrics()).value('leakwatch_dropped_total{what="state_writes"}')).toBe(0);
  await second.stop();
  expect(slots()).toBeGreaterThanOrEqual(before + 9);
});

test('a daemon that is killed loses no more than the last minutes', async () => {
  const before = slots();
  const daemon = await watchFor(3);
  daemon.kill();
  await once(daemon.child, 'exit');
  expect(slots()).toBe(before);
});

test('an alert says since which release it leaks', async () => {
  const own = uniqueName('deployed');
  const group = ['--group', `deployed=^${own}$`];
  const deployed = await Puppet.start({ title: own });
  onTestFinished(() => deployed.stop());
  const before = await watchFor(60, [...group, '--release', 'v42']);
  await before.stop();
  const learned = decodeState(readFileSync(path, 'utf8'));
  const known = learned.groups.find(({ name }) => name === 'deployed')?.releases;
  expect(known).toEqual([
    { release: 'v42', seconds: expect.any(Number), rises: expect.objectContaining({ zombies: 0 }) },
  ]);
  // As if it had been watched for a day: for longer than the leak below grows before it is told.
  const groups = learned.groups.map((one) =>
    one.name === 'deployed' ? { ...one, releases: [{ ...known![0]!, seconds: 86_400 }] } : one,
  );
  writeFileSync(path, encodeState({ ...learned, groups }, 1 << 22).text);
  const daemon = await watchFor(1, [...group, '--release', 'v43']);
  onTestFinished(() => daemon.kill());
  const told = () => daemon.lines.find((line) => line.includes(' at=alert code=W11 ') && line.includes('=deployed '));
  await until(
    async () => {
      if (!told()) await deployed.do({ zombies: 1 });
      return told();
    },
    { what: 'an alert', everyMs: 100 },
  );
  expect(told()).toContain(' release=v43');
  expect(told()).toContain(' steady_release=v42 ');
  const { standing, target } = (await (await daemon.get('/api/v1/report')).json()) as {
    standing: { code: string; text: string }[];
    target: object;
  };
  expect(target).toMatchObject({ release: 'v43' });
  expect(standing.find(({ code }) => code === 'W11')?.text).toMatch(/, since v43; v42 did not grow$/);
  await daemon.stop();
});

test('a state that is broken is set aside', async () => {
  const broken = readFileSync(path, 'utf8').slice(0, -9);
  writeFileSync(path, broken);
  const daemon = await Daemon.start(args);
  await daemon.logged(({ level, reason }) => level === 40 && /not JSON/.test(String(reason)), { what: 'a warning' });
  await daemon.stop();
  expect(readFileSync(`${path}.set-aside`, 'utf8')).toBe(broken);
  expect(decodeState(readFileSync(path, 'utf8')).intervalSeconds).toBe(0.1);
});

test('a missing directory is an error of the configuration', async () => {
  const missing = join(directory, 'missing', 'state.json');
  const { code, stderr } = await run(['--listen', 'off', '--state', missing]);
  expect({ code, stderr }).toEqual({
    code: 78,
    stderr: expect.stringContaining(`cannot keep the state in ${missing}: ENOENT`),
  });
});

const MODULE = fileURLToPath(new URL('../../dist/sinks/file/state-file.js', import.meta.url));
/** Writes a state of 2 groups, prints a word, and then states of 300 groups; `lastSeen` is the number of the write. */
const WRITER = `
  const { StateFile } = await import(process.argv[1]);
  const log = { info() {}, warn() {} };
  const file = new StateFile({ path: process.argv[2], intervalSeconds: 20, log });
  const numbers = (length) => Array(length).fill(1.2345678);
  const one = { slots: 1, floorFalls: numbers(14), meanFalls: numbers(14), evidence: numbers(56) };
  const write = (length, lastSeen) => file.write({ intervalSeconds: 20, groups: Array.from({ length }, (_, at) =>
    ({ name: 'job-' + at, lastSeen, series: { threads: one, rss: one, anon: one } })) });
  write(2, 1);
  process.stdout.write('written');
  for (let time = 2; time < 1 + Number(process.argv[3]); time++) write(300, time);`;

function writer(target: string, { times = 1e9, prefix = [] as readonly string[] } = {}) {
  const [program = '', ...words] = [...prefix, process.execPath, '--input-type=module', '--eval', WRITER];
  return spawn(program, [...words, MODULE, target, String(times)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

const isBeingWritten = (target: string): boolean =>
  readdirSync(dirname(target)).some((name) => name.startsWith(`${basename(target)}.`) && name.endsWith('.new'));

test('a write that fails half-way leaves the old file', async () => {
  const target = join(directory, 'cut.json');
  // The limit on the size of files stops the second write half-way, with an error.
  const child = writer(target, { times: 2, prefix: ['sh', '-c', 'ulimit -f 60; exec "$@"', 'sh'] });
  await once(child, 'exit');
  expect(isBeingWritten(target)).toBe(false);
  expect(decodeState(readFileSync(target, 'utf8')).groups.length).toBe(2);
});

test('a writer that is killed at any moment leaves the old file or the new one', async () => {
  const target = join(directory, 'killed.json');
  for (let killed = 0; killed < 10; killed++) {
    const child = writer(target);
    await once(child.stdout, 'data');
    if (killed > 0) await until(() => isBeingWritten(target), { what: 'a write', everyMs: 1 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const name of readdirSync(directory)) if (name.endsWith('.new')) rmSync(join(directory, name));
    const { groups } = decodeState(readFileSync(target, 'utf8'));
    expect([2, 300]).toContain(groups.length);
    expect(new Set(groups.map(({ lastSeen }) => lastSeen)).size).toBe(1);
  }
});
