/**
 * What is told of processes themselves, with real ones: a program that a loop of bash restarts whenever it crashes, and
 * workers that go on when their master is killed. And a recording of it says the same.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import { Daemon, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

/** So long a process has to live with its parent before it may be left alone by it; and some more for the samples. */
const GROWN_UP_SECONDS = 32;
const WORKERS = 3;
/** Names of our groups: the host may run other programs that crash. */
const CRASHER = uniqueName('crasher');
const CREW = uniqueName('crew');
const GROUPS = new RegExp(`^(${CRASHER}|${CREW})$`);

const directory = temporaryDirectory('leakwatch-plights-');
let daemon: Daemon;
let supervisor: ChildProcess;
let master: ChildProcess;
let crashing: Map<string, string>;
let orphaned: Map<string, string>;

/** In a process group of its own, so that what it leaves behind can be found. */
function start(program: string, ...args: string[]): ChildProcess {
  return spawn(program, args, { stdio: 'ignore', detached: true });
}

function killAll({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function script(name: string, text: string): string {
  const path = `${directory}/${name}`;
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((tid) =>
    readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );

/** Linux counts starts in hundredths of a second. */
function ageOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / 100;
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) - started;
}

const eventsOf = (code: string): Map<string, string>[] =>
  daemon.lines.map(decodeLine).filter((line) => line.get('code') === code && GROUPS.test(line.get('group')!));

function event(code: string, at: string): Promise<Map<string, string>> {
  const look = () => eventsOf(code).find((line) => line.get('at') === at);
  return until(look, { what: `${at} ${code}`, timeoutMs: 400_000 }) as Promise<Map<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON whose shape is what is tested
async function standing(code: string): Promise<any> {
  const report = await daemon.report();
  return report.standing.find((one: Record<string, unknown>) => one.code === code && GROUPS.test(String(one.group)));
}

beforeAll(async () => {
  const crasher = script(`${CRASHER}.sh`, '#!/bin/sh\nsleep 0.2\nexit 1\n');
  const crew = script(
    `${CREW}.cjs`,
    `const { spawn } = require('node:child_process');
    for (let left = ${WORKERS}; left > 0; left--) spawn('sleep', ['900'], { stdio: 'ignore' });
    setTimeout(() => {}, 900_000);`,
  );
  master = start(process.execPath, crew);
  supervisor = start('bash', '-c', `while :; do ${crasher}; done`);
  await until(() => childrenOf(master.pid!).length === WORKERS, { what: 'the workers' });
  const workers = childrenOf(master.pid!);
  daemon = await Daemon.start(['--interval', '500ms', '--record', `${directory}/recording`]);
  crashing = await event('W30', 'alert');
  await until(() => workers.every((pid) => ageOf(pid) > GROWN_UP_SECONDS), {
    what: 'the workers to be old enough',
    timeoutMs: 60_000,
  });
  master.kill('SIGKILL');
  await once(master, 'exit');
  orphaned = await event('W31', 'alert');
});

afterAll(() => {
  daemon?.kill();
  if (supervisor) killAll(supervisor);
  if (master) killAll(master);
  rmSync(directory, { recursive: true, force: true });
});

describe('a program that crashes and is restarted', () => {
  test('is told as a crash loop, first as a suspicion, by the name of its script', () => {
    expect(eventsOf('W30').map((line) => `${line.get('at')} ${line.get('group')}`)).toEqual([
      `warn ${CRASHER}`,
      `alert ${CRASHER}`,
    ]);
    expect(Object.fromEntries(crashing)).toMatchObject({
      desc: 'crash_loop',
      verdict: 'leak',
      parent: String(supervisor.pid),
      parent_comm: 'bash',
      process_comm: `${CRASHER}.sh`.slice(0, 15),
      since: expect.stringMatching(/^\d{4}-/),
      'count#leak_alerts': '1',
    });
    expect(Number(crashing.get('restarts'))).toBeGreaterThanOrEqual(10);
    expect(Number(crashing.get('median_life_seconds'))).toBeLessThanOrEqual(1);
  });

  test('is told nowhere under the names of what it consists of', () => {
    const told = daemon.lines.map(decodeLine).filter((line) => line.get('code') === 'W30');
    expect(told.map((line) => line.get('group')).filter((group) => /^(sh|bash|sleep)$/.test(group!))).toEqual([]);
  });

  test('stands in the report and is counted', async () => {
    expect(await standing('W30')).toMatchObject({ group: CRASHER, culprit: { parent: { pid: supervisor.pid } } });
    const metrics = await daemon.metrics();
    expect(metrics.value('leakwatch_events_total{code="W30"}')).toBeGreaterThanOrEqual(2);
  });
});

describe('workers whose master was killed', () => {
  test('are told as orphans, with who they lost', () => {
    expect(Object.fromEntries(orphaned)).toMatchObject({
      desc: 'orphaned_processes',
      verdict: 'leak',
      group: CREW,
      parent: String(master.pid),
      process_comm: 'sleep',
      orphans: String(WORKERS),
      'sample#group_processes': String(WORKERS),
    });
    expect(Number(orphaned.get('oldest_orphan_seconds'))).toBeGreaterThanOrEqual(15);
  });

  test('are over when they end', async () => {
    expect(await standing('W31')).toMatchObject({ group: CREW, evidence: { orphans: WORKERS } });
    killAll(master);
    await event('W31', 'resolved');
    expect(await standing('W31')).toBeUndefined();
  });
});

test('a recording says the same', async () => {
  await daemon.stop();
  const { code, stdout } = await run(['replay', `${directory}/recording`, '--json']);
  expect(code).toBe(0);
  const replayed = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((one) => /^W3/.test(one.code) && GROUPS.test(one.group));
  const told = ['W30', 'W31'].flatMap(eventsOf);
  const inShort = (at: unknown, group: unknown, evidence: unknown) => `${at} ${group} ${evidence}`;
  expect(
    replayed.map((one) => inShort(one.at, one.group, one.evidence.restarts ?? one.evidence.orphans)).toSorted(),
  ).toEqual(
    told
      .map((line) => inShort(line.get('at'), line.get('group'), line.get('restarts') ?? line.get('orphans')))
      .toSorted(),
  );
  const inWords = await run(['replay', `${directory}/recording`]);
  expect(inWords.stdout).toMatch(
    new RegExp(` alert W30 ${CRASHER} crashes again and again: \\d+ restarts in \\d+ s, `),
  );
  expect(inWords.stdout).toMatch(
    new RegExp(` alert W31 ${CREW} has orphaned processes: 3 processes live on without their parent, `),
  );
});
