/**
 * The daemon survives what it reports: run by a user whose tasks are all taken by another program of the same user, it
 * goes on sampling, answering and saying so. Needs root, to become that user; and setpriv and prlimit (util-linux).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import { parseRecordingLine } from '../../src/formats/recording.ts';
import { Daemon, PROGRAM } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { HttpReceiver } from '../support/http-receiver.ts';
import { pids, readOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** A user that nobody is. */
const UID = 54_321;
const MOST_TASKS = 60;
const AS_USER = [
  ...['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--inh-caps=-all'],
  ...['prlimit', `--nproc=${MOST_TASKS}`],
];
/** What is promised of our own share of the tasks. */
const MOST_OWN_TASKS = 12;

/** Starts children as fast as it can, and again whenever it cannot. Ends, like them, after a few minutes at the latest. */
const TASK_EATER = `
  const { spawn } = require('node:child_process');
  const eat = () => spawn('sleep', ['200'], { stdio: 'ignore' }).on('error', () => {});
  setInterval(eat, 5);
  setTimeout(() => process.exit(), 200000);`;

function asUser(...command: string[]): { status: number | null; stderr: string } {
  const [program, ...args] = [...AS_USER, ...command];
  return spawnSync(program!, args, { encoding: 'utf8' });
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const { status, stderr } = asUser(process.execPath, PROGRAM, '--version');
  return status === 0 ? undefined : `the program cannot be run as another user: ${stderr?.trim()}`;
}

const reason = whyNot();
if (reason !== undefined) console.log(`survival at the limit of tasks is not tested: ${reason}`);

describe.skipIf(reason !== undefined)('with no task left', () => {
  const directory = temporaryDirectory('leakwatch-limits-');
  chmodSync(directory, 0o777);
  let daemon: Daemon;
  let eater: ChildProcess;
  let before: Own;
  let pushed: HttpReceiver;

  beforeAll(async () => {
    pushed = await HttpReceiver.open();
    const args = ['--interval', '100ms', '--group', 'eater=^task-eater ', '--record', `${directory}/recording`];
    // Connections that are made anew each time need no task either, and names neither.
    pushed.answer = (response) => response.setHeader('Connection', 'close').end();
    args.push('--push-gateway', `http://localhost:${pushed.port}`, '--alertmanager', pushed.url);
    daemon = await Daemon.start(args, { prefix: AS_USER });
    await daemon.line((line) => line.includes('sample#threads'), { what: 'a line' });
    before = own();
    const [program, ...words] = AS_USER;
    const start = ['sh', '-c', 'exec -a task-eater "$0" -e "$1"', process.execPath, TASK_EATER];
    eater = spawn(program!, [...words, 'bash', ...start.slice(1)], { stdio: 'ignore', detached: true });
    await until(() => tasksOfUser() >= MOST_TASKS, { what: 'every task to be taken', timeoutMs: 30_000 });
  });

  afterAll(async () => {
    daemon?.kill();
    await pushed?.close();
    // Its children are in its process group.
    if (eater?.pid !== undefined) process.kill(-eater.pid, 'SIGKILL');
    await until(() => tasksOfUser() === 0, { what: 'the user to have no tasks' });
    rmSync(directory, { recursive: true, force: true });
  });

  interface Own {
    readonly tasks: number;
    readonly children: string;
    /** Page faults of children that it waited for: none without a child. */
    readonly childFaults: string | undefined;
  }

  function own(): Own {
    const directory = `/proc/${daemon.pid}`;
    const tids = readdirSync(`${directory}/task`);
    const stat = readFileSync(`${directory}/stat`, 'utf8');
    return {
      tasks: tids.length,
      children: tids.map((tid) => readFileSync(`${directory}/task/${tid}/children`, 'utf8')).join(''),
      childFaults: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[8],
    };
  }

  test('the user really has none', () => {
    expect(asUser('sh', '-c', 'true & wait').stderr).toMatch(/fork/);
  });

  test('it says so, by the code and by the numbers', async () => {
    const line = await daemon.line((text) => / code=W21 .* group=eater /.test(text), { what: 'W21' });
    expect(Object.fromEntries(decodeLine(line))).toMatchObject({ at: 'alert', desc: 'limit_reached' });
    const bounds = (await until(
      () => {
        const [last = ''] = readFileSync(`${directory}/recording`, 'utf8').split('\n').slice(-2);
        const parsed = parseRecordingLine(last);
        return parsed.kind === 'readings' ? parsed.readings.groups.get('eater')?.bounds : undefined;
      },
      { what: 'a recorded line' },
    ))!;
    expect(bounds.threads?.limit).toBe(MOST_TASKS);
    expect(bounds.threads?.used).toBeGreaterThanOrEqual(MOST_TASKS - 1);
    // Of all limits of the host, the one that is nearest; this one, unless another user has none left as well.
    const host = decodeLine(daemon.lines.findLast((text) => text.includes('sample#thread_limit='))!);
    expect(Number(host.get('sample#thread_limit_used'))).toBeGreaterThanOrEqual(
      Number(host.get('sample#thread_limit')) - 1,
    );
  });

  test('it goes on sampling, and answers new connections', async () => {
    const samples = async (): Promise<number> => (await daemon.metrics()).value('leakwatch_samples_total')!;
    const first = await samples();
    await until(async () => (await samples()) >= first + 10, { what: 'ten more samples' });
    for (const path of ['/', '/healthz', '/readyz', '/api/v1/report', '/api/v1/series?group=eater&metric=threads']) {
      const response = await daemon.get(path, { headers: { Connection: 'close' } });
      expect(response.status, path).toBe(200);
      await response.text();
    }
    const gzipped = await daemon.get('/metrics', { headers: { 'Accept-Encoding': 'gzip', Connection: 'close' } });
    expect(await gzipped.text()).toContain('leakwatch_events_total{code="W21"}');
    expect((await daemon.metrics()).value('leakwatch_samples_failed_total')).toBe(0);
  });

  test('it goes on pushing, and sends the alert', async () => {
    const first = pushed.received.length;
    await pushed.count(first + 10);
    const alerts = (): { labels: Readonly<Record<string, string>> }[] =>
      pushed.received.filter(({ url }) => url === '/api/v2/alerts').flatMap(({ body }) => JSON.parse(body));
    await until(() => alerts().some(({ labels }) => labels.code === 'W21' && labels.group === 'eater'), {
      what: 'the alert',
    });
    expect((await daemon.metrics()).value('leakwatch_push_failures_total{target="pushgateway"}')).toBe(0);
  });

  test('it has few tasks, and starts none', async () => {
    expect(before.tasks).toBeLessThanOrEqual(MOST_OWN_TASKS);
    expect(own()).toEqual({ ...before, children: '' });
    expect((await daemon.metrics()).value('leakwatch_self_threads')).toBe(before.tasks);
  });

  test('it stops as it is told', () => daemon.stop());
});

/** Threads and zombies of the user, counted by other eyes. */
function tasksOfUser(): number {
  let tasks = 0;
  for (const pid of pids()) {
    const status = readOf(pid, 'status');
    if (Number(/^Uid:\t(\d+)/m.exec(status)?.[1]) === UID) tasks += Number(/^Threads:\t(\d+)/m.exec(status)?.[1]);
  }
  return tasks;
}
