/**
 * Another user of the host takes the places of groups with programs that do nothing. A program that leaks and that comes
 * after them is found under its own name, as soon as without them. Needs root, to be two users.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import { Daemon } from '../support/daemon.ts';
import { Puppet } from '../support/puppet.ts';
import { MARK, uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';
import { asUser, noOtherUser, tasksOf, unusedUid } from '../support/users.ts';

const SLEEPERS = 120;
const PLACES = 50;
const WATCH = ['--max-groups', String(PLACES), '--interval', '200ms', '--false-alarms-per-month', '1000'];
const LEAK_EVERY = 3;
/** The host of the test is not idle: alone, the number of samples to the alert differs by as much from run to run. */
const MORE_SAMPLES = 30;

const reason = noOtherUser();
if (reason !== undefined) console.log(`places taken by another user are not tested: ${reason}`);

/** Runs words of bash as a user, in a process group of its own. */
function asNeighbour(uid: number, script: string): ChildProcess {
  const [program = '', ...words] = [...asUser(uid), 'bash', '-c', script];
  return spawn(program, words, { stdio: 'ignore', detached: true });
}

async function end(neighbour: ChildProcess, uid: number): Promise<void> {
  process.kill(-neighbour.pid!, 'SIGKILL');
  await until(() => tasksOf(uid) === 0, { what: 'the end of the programs of the neighbour' });
}

const isSample = (line: string): boolean => line.includes(' sample#threads=');
const samplesOf = ({ lines }: Daemon): number => lines.filter(isSample).length;

/** Starts a program that leaks zombies, and resolves with the number of samples until the alert names it. */
async function samplesToAlert(daemon: Daemon, name: string): Promise<number> {
  const title = uniqueName(name);
  const puppet = await Puppet.start({ title });
  const begun = samplesOf(daemon);
  let told = begun;
  const isAlert = (line: string): boolean => {
    const words = line.includes(' at=alert') ? decodeLine(line) : undefined;
    return words?.get('group') === title && words.get('code') === 'W11';
  };
  await until(
    async () => {
      const samples = samplesOf(daemon);
      for (; told + LEAK_EVERY <= samples; told += LEAK_EVERY) await puppet.do({ zombies: 1 });
      return daemon.lines.some(isAlert);
    },
    { what: `the alert of ${title}`, timeoutMs: 150_000 },
  ).finally(() => puppet.stop());
  return daemon.lines.slice(0, daemon.lines.findIndex(isAlert)).filter(isSample).length - begun;
}

describe.skipIf(reason !== undefined)(`beside ${SLEEPERS} sleepers of another user`, () => {
  const uid = reason === undefined ? unusedUid() : 0;
  let sleepers: ChildProcess;
  let daemon: Daemon;
  let alone = 0;

  beforeAll(async () => {
    const quiet = await Daemon.start([...WATCH, '--listen', 'off']);
    alone = await samplesToAlert(quiet, 'alone').finally(() => quiet.kill());
    sleepers = asNeighbour(
      uid,
      `for ((n = 0; n < ${SLEEPERS}; n++)); do (exec -a "idle$n-${MARK}" sleep 1000) & done; wait`,
    );
    await until(() => tasksOf(uid) > SLEEPERS, { what: 'sleepers' });
    daemon = await Daemon.start(WATCH);
    await daemon.line(isSample, { what: 'a sample' });
  });

  afterAll(async () => {
    daemon?.kill();
    if (sleepers) await end(sleepers, uid);
  });

  test('a leak that begins after them is alerted under its own name, as soon as without them', async () => {
    const beside = await samplesToAlert(daemon, 'beside');
    console.log(`samples to the alert: ${alone} alone, ${beside} beside ${SLEEPERS} sleepers`);
    expect(beside).toBeLessThan(alone + MORE_SAMPLES);
    const groups = (await daemon.report()).groups.map(({ name }: { name: string }) => name);
    expect(groups.length).toBeLessThanOrEqual(PLACES + 1);
  });

  test('programs that weigh, and of which alerts stand, take no place of others either', async () => {
    const greedy = unusedUid();
    // Each has 300 descriptors, stands at its limit (W21), and costs hardly any memory.
    const script = `ulimit -n 320; for ((fd = 10; fd < 310; fd++)); do eval "exec $fd</dev/null"; done
      for ((n = 0; n < 80; n++)); do (ulimit -Sn 303; exec -a "greedy$n-${MARK}" sleep 1000) & done; wait`;
    const neighbour = asNeighbour(greedy, script);
    onTestFinished(() => end(neighbour, greedy));
    await daemon.line((line) => line.includes('code=W21') && line.includes('group=greedy'), { what: 'an alert' });
    const beside = await samplesToAlert(daemon, 'amid');
    console.log(`samples to the alert: ${beside} beside 80 that have an alert each`);
    expect(beside).toBeLessThan(alone + MORE_SAMPLES);
  });

  test('programs of ever new names take no place of a program that does something', async () => {
    const title = uniqueName('stays');
    const puppet = await Puppet.start({ title });
    onTestFinished(() => puppet.stop());
    const hasPlace = async (): Promise<boolean> =>
      (await daemon.metrics()).value(`leakwatch_group_processes{group="${title}"}`) === 1;
    await until(hasPlace, { what: 'a place' });
    const churner = unusedUid();
    const churn = asNeighbour(churner, `for ((n = 0; ; n++)); do (exec -a "new$n-${MARK}" sleep 1) & sleep 0.02; done`);
    onTestFinished(() => end(churn, churner));
    const begun = samplesOf(daemon);
    for (let seen = 0; seen < 60; seen = samplesOf(daemon) - begun) {
      expect(await hasPlace()).toBe(true);
      expect((await daemon.report()).groups.length).toBeLessThanOrEqual(PLACES + 1);
      const before = seen;
      await until(() => samplesOf(daemon) - begun > before, { what: 'the next sample' });
    }
  });
});
