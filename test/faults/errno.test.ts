/**
 * System calls that fail: strace makes each of them return each errno to the running daemon, for three intervals. It
 * neither ends nor hangs, says nothing wrong meanwhile, and samples again as soon as the calls succeed. Every sample that
 * was due is counted as taken, failed or late.
 *
 * Left out, because libuv or V8 abort the process by their nature: epoll_pwait and epoll_ctl, read and write of the
 * descriptors by which threads wake the loop, and mmap, munmap, mprotect and madvise. EPERM of statx tells libuv that there
 * is no such call, and it uses another from then on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Daemon, type Exposition } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { until } from '../support/until.ts';

const directory = temporaryDirectory('leakwatch-errno-');
const INTERVAL_MS = 200;
/** Three processes of one thread each, which a wrong sample would miscount. */
const MARKED = 3;
/** Seconds that no other process sleeps. */
const SLEEP = String(100_000 + process.pid);
const ARGS = ['--interval', `${INTERVAL_MS}ms`, '--group', `marked=^sleep ${SLEEP}$`];

const children = Array.from({ length: MARKED }, () => spawn('sleep', [SLEEP], { stdio: 'ignore' }));
const marked = children.map(({ pid }) => pid!);
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** What a row is about: the call, the errnos, and the paths if it is not the call on any file. */
interface Row {
  readonly call: string;
  /**
   * Calls that libuv uses from then on where it learns that there is no such call: strace lets a call return ENOSYS if it
   * is detached in the middle of it.
   */
  readonly also?: readonly string[];
  readonly errnos: readonly string[];
  readonly paths?: (recording: string) => readonly string[];
  /** Errnos that say that a process has gone or is hidden from us, so that it may be missing. */
  readonly mayHide?: readonly string[];
  /**
   * Only so many calls of each thread: strace leaves open what it lets fail to close, and after a push that failed the
   * next ones are rare.
   */
  readonly atMost?: number;
}

const GONE = ['ENOENT', 'ESRCH'];
const DENIED = ['EACCES', 'EPERM'];
const hostFiles = () => [
  '/proc/uptime',
  '/proc/meminfo',
  '/proc/loadavg',
  ...marked.map((pid) => `/proc/${pid}/statm`),
];
const ROWS: readonly Row[] = [
  {
    call: 'openat',
    errnos: ['EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EINTR', 'EAGAIN', 'ENOENT', 'ESRCH'],
    mayHide: GONE,
  },
  {
    call: 'read',
    errnos: ['EACCES', 'ENOMEM', 'EIO', 'EINTR', 'EAGAIN', 'ESRCH'],
    paths: hostFiles,
    mayHide: GONE,
  },
  {
    call: 'pread64',
    errnos: ['EACCES', 'EPERM', 'ENOMEM', 'EIO', 'EINTR', 'EAGAIN', 'ESRCH'],
    mayHide: [...GONE, ...DENIED],
  },
  { call: 'statx', also: ['newfstatat'], errnos: ['EACCES', 'ENOMEM', 'EIO', 'EINTR', 'ENOENT'], mayHide: GONE },
  { call: 'getdents64', errnos: ['EACCES', 'ENOMEM', 'EIO', 'EINTR', 'ENOENT'], mayHide: GONE },
  { call: 'close', errnos: ['EIO', 'EINTR', 'ENOSPC', 'EDQUOT'], atMost: 20 },
  {
    call: 'write',
    errnos: ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EINTR', 'EAGAIN', 'EPERM'],
    paths: (recording) => [recording],
  },
  { call: 'accept4', errnos: ['EMFILE', 'ENFILE', 'ENOMEM', 'EPERM', 'EAGAIN', 'EINTR', 'ECONNABORTED'] },
  { call: 'writev', errnos: ['EPIPE', 'ECONNRESET', 'ENOMEM', 'EIO', 'EAGAIN'] },
  { call: 'socket', errnos: ['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM'], atMost: 1 },
  {
    call: 'connect',
    errnos: ['ECONNREFUSED', 'ENETUNREACH', 'ETIMEDOUT', 'EAGAIN', 'EPERM', 'EADDRNOTAVAIL'],
    atMost: 1,
  },
];

class Injection {
  readonly #strace;
  readonly #trace: string;

  private constructor(pid: number, trace: string, args: readonly string[]) {
    this.#trace = trace;
    this.#strace = spawn('strace', ['-f', '-ttt', '-o', trace, ...args, '-p', String(pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Resolves when every thread of the daemon is under it. */
  static async begin(
    pid: number,
    injections: readonly (readonly [call: string, what: string])[],
    paths: readonly string[],
  ) {
    const args = ['-e', `trace=${injections.map(([call]) => call)}`, ...paths.flatMap((path) => ['-P', path])];
    for (const [call, what] of injections) args.push('-e', `inject=${call}:${what}`);
    const one = new Injection(pid, join(directory, 'trace'), args);
    onTestFinished(() => void one.#strace.kill('SIGKILL'));
    let said = '';
    one.#strace.stderr.on('data', (text) => {
      said += text;
    });
    await until(() => said.includes(' attached'), { what: 'strace' });
    return one;
  }

  /** When calls failed, in seconds. */
  get times(): readonly number[] {
    const lines = readFileSync(this.#trace, 'utf8').split('\n');
    return lines.filter((line) => line.includes('(INJECTED)')).map((line) => Number(line.split(/ +/)[1]));
  }

  async end(): Promise<void> {
    const ended = once(this.#strace, 'exit');
    this.#strace.kill('SIGINT');
    await ended;
  }
}

const countsOf = (metrics: Exposition) => ({
  taken: metrics.value('leakwatch_samples_total')!,
  all: ['samples_total', 'samples_failed_total', 'samples_late_total'].reduce(
    (sum, name) => sum + metrics.value(`leakwatch_${name}`)!,
    0,
  ),
});

/** What is recorded of the marked processes that is not so. */
function wrongIn(line: string): string[] {
  const { t, groups } = JSON.parse(line);
  if (!groups) return [];
  const { processes = MARKED, threads = MARKED, zombies = 0 } = groups.marked ?? { processes: 'missing' };
  return processes === MARKED && threads === MARKED && zombies === 0
    ? []
    : [`${t}: ${processes} ${threads} ${zombies}`];
}

test.each(ROWS)(
  '$call fails with each of $errnos',
  async ({ call, also = [], errnos, paths, mayHide = [], atMost }) => {
    // A server for the pushes, so that there are connections to be made.
    const gateway = createServer((_, response) => response.writeHead(200, { Connection: 'close' }).end()).listen(
      0,
      '127.0.0.1',
    );
    onTestFinished(() => void gateway.close());
    await once(gateway, 'listening');
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const recording = join(directory, `${call}.ndjson`);
    const daemon = await Daemon.start([
      ...ARGS,
      ...['--record', recording, '--state', join(directory, `${call}.json`), '--push-gateway', url],
    ]);
    onTestFinished(() => daemon.kill());
    await until(async () => countsOf(await daemon.metrics()).taken >= 3, { what: 'samples' });
    const lines = () => readFileSync(recording, 'utf8').split('\n').slice(0, -1);
    const wrong: string[] = [];
    for (const errno of errnos) {
      const before = countsOf(await daemon.metrics());
      const begun = performance.now();
      const recorded = lines().length;
      // libuv repeats a call that was interrupted, until it is not.
      const some = errno === 'EINTR' ? ':when=1+2' : '';
      const when = atMost === undefined ? some : `:when=1..${atMost}`;
      const calls = [call, ...also].map((name) => [name, `error=${errno}${when}`] as const);
      const injection = await Injection.begin(daemon.pid, calls, paths?.(recording) ?? []);
      await until(
        async () => {
          // Connections to be accepted and answered; they may fail.
          if (call === 'accept4' || call === 'writev')
            await daemon
              .get('/metrics', { signal: AbortSignal.timeout(INTERVAL_MS), headers: { Connection: 'close' } })
              .catch(() => undefined);
          const { times } = injection;
          const seconds = times.length > 0 ? times.at(-1)! - times[0]! : Number.NaN;
          if (seconds >= (atMost === undefined ? (3 * INTERVAL_MS) / 1000 : 0)) return true;
          throw new Error(`${times.length} calls in ${seconds} s`);
        },
        { what: `${call} to fail with ${errno}`, timeoutMs: 20_000 },
      );
      const meanwhile = lines().slice(recorded);
      await injection.end();
      // The first of them may have begun before the end, and a process that was missing is new to it.
      const { taken } = countsOf(await daemon.metrics());
      const { all } = await until(
        async () => {
          const counts = countsOf(await daemon.metrics());
          if (counts.taken < taken + 2) throw new Error(`only ${counts.taken - taken} samples`);
          return counts;
        },
        { what: `samples after ${errno}` },
      );
      const due = Math.floor((performance.now() - begun) / INTERVAL_MS);
      expect(all - before.all, `samples that are accounted for, after ${errno}`).toBeGreaterThanOrEqual(due - 3);
      if (!mayHide.includes(errno)) wrong.push(...meanwhile.flatMap(wrongIn).map((one) => `${errno} ${one}`));
    }
    expect(wrong).toEqual([]);
    await daemon.stop();
  },
);

/** Calls of the last moments: nothing must keep the daemon from its end, and the state of before must stay whole. */
test.each([
  [[['fsync', 'error=ENOSPC']]],
  [[['rename', 'error=EROFS']]],
  [
    [
      ['rename', 'error=EROFS'],
      ['unlink', 'error=EPERM'],
    ],
  ],
  [[['fchmod', 'error=EPERM']]],
  [[['close', 'error=EIO:when=1..50']]],
  [
    [
      ['shutdown', 'error=ENOTCONN'],
      ['fsync', 'error=EIO'],
    ],
  ],
] as const)('ends when it is told while calls fail: %j', async (injections) => {
  const path = join(directory, 'state.json');
  const start = () => Daemon.start([...ARGS, '--state', path]);
  const first = await start();
  await until(async () => countsOf(await first.metrics()).taken >= 2, { what: 'samples' });
  await first.stop();
  const before = readFileSync(path, 'utf8');
  const daemon = await start();
  onTestFinished(() => daemon.kill());
  await until(async () => countsOf(await daemon.metrics()).taken >= 2, { what: 'samples' });
  const injection = await Injection.begin(daemon.pid, injections, []);
  await daemon.stop();
  await until(() => injection.times.length > 0, { what: 'a call that failed', timeoutMs: 5000 });
  if (readFileSync(path, 'utf8') === before)
    expect(daemon.log.filter((line) => line.includes('the state cannot be written'))).toHaveLength(1);
  else expect(JSON.parse(readFileSync(path, 'utf8'))).toHaveProperty('leakwatch-state', 1);
});
