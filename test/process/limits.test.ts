/**
 * The daemon survives what it reports. Another program of its user takes all tasks that this user may have; the daemon
 * goes on sampling, answering and alerting. Needs root, to become that user, and setpriv and prlimit (util-linux).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import { parseRecordingLine } from '../../src/formats/recording.ts';
import { Daemon } from '../support/daemon.ts';
import { HttpReceiver } from '../support/http-receiver.ts';
import { until } from '../support/until.ts';
import { asUser, noOtherUser, PublicCopy, tasksOf, unusedUid } from '../support/users.ts';

const MOST_TASKS = 60;
/** The daemon is promised to have no more tasks than this. */
const MOST_OWN_TASKS = 12;

/** Starts a child every few milliseconds, and tries again whenever it cannot. It and its children end by themselves. */
const TASK_EATER = `
  const { spawn } = require('node:child_process');
  const eat = () => spawn('sleep', ['200'], { stdio: 'ignore' }).on('error', () => {});
  setInterval(eat, 5);
  setTimeout(() => process.exit(), 200000);`;

const reason =
  noOtherUser() ?? (spawnSync('prlimit', ['--version']).error && 'there is no prlimit (Debian: util-linux)');
if (reason !== undefined) console.log(`survival at the limit of tasks is not tested: ${reason}`);

describe.skipIf(reason !== undefined)('with no task left', () => {
  const uid = unusedUid();
  const prefix = [...asUser(uid), 'prlimit', `--nproc=${MOST_TASKS}`];
  const copy = new PublicCopy();
  const directory = `${copy.dir}/written`;
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  const tasksOfUser = (): number => tasksOf(uid);
  let daemon: Daemon;
  let eater: ChildProcess;
  let before: Own;
  let pushed: HttpReceiver;

  beforeAll(async () => {
    pushed = await HttpReceiver.open();
    const args = ['--interval', '100ms', '--group', 'eater=^task-eater ', '--record', `${directory}/recording`];
    // A new connection for each push, and a name to look up: neither must need a task.
    pushed.answer = (response) => response.setHeader('Connection', 'close').end();
    args.push('--push-gateway', `http://localhost:${pushed.port}`, '--alertmanager', pushed.url);
    daemon = await Daemon.start(args, { prefix, node: copy.node, program: copy.program, cwd: copy.dir });
    await daemon.line((line) => line.includes('sample#threads'), { what: 'a line' });
    before = own();
    const [program = '', ...words] = [
      ...prefix,
      'bash',
      '-c',
      'exec -a task-eater "$0" -e "$1"',
      copy.node,
      TASK_EATER,
    ];
    eater = spawn(program, words, { stdio: 'ignore', detached: true, cwd: copy.dir });
    await until(() => tasksOfUser() >= MOST_TASKS, { what: 'every task to be taken' });
  });

  afterAll(async () => {
    daemon?.kill();
    await pushed?.close();
    // Its children are in its process group.
    if (eater?.pid !== undefined) process.kill(-eater.pid, 'SIGKILL');
    await until(() => tasksOfUser() === 0, { what: 'the user to have no tasks' });
    copy.remove();
  });

  interface Own {
    readonly tasks: number;
    readonly children: string;
    /** Page faults of its children (cminflt of proc_pid_stat(5)): a child that came and went would leave some. */
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

  test('the user can start no process', () => {
    const [program = '', ...words] = [...prefix, 'sh', '-c', 'true & wait'];
    expect(spawnSync(program, words, { encoding: 'utf8', cwd: copy.dir }).stderr).toMatch(/fork/);
  });

  test('it alerts, with the numbers of the limit', async () => {
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
    // The tightest limit of the host: this one, unless another user has no tasks left either.
    const host = decodeLine(daemon.lines.findLast((text) => text.includes('sample#thread_limit='))!);
    expect(Number(host.get('sample#thread_limit_used'))).toBeGreaterThanOrEqual(
      Number(host.get('sample#thread_limit')) - 1,
    );
  });

  test('it goes on sampling, and answers new connections', async () => {
    const samples = async (): Promise<number> => (await daemon.metrics()).value('leakwatch_samples_total')!;
    const first = await samples();
    await until(async () => (await samples()) >= first + 10, { what: 'ten more samples' });
    // Not ready while samples are late, as they may be on a busy machine.
    const isReady = async () => (await daemon.get('/readyz', { headers: { Connection: 'close' } })).status === 200;
    await until(isReady, { what: 'the daemon to be ready' });
    for (const path of ['/', '/healthz', '/api/v1/report', '/api/v1/series?group=eater&metric=threads']) {
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

  test('it stops when it is told to', () => daemon.stop());
});
