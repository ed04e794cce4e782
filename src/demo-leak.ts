/**
 * A program that leaks one resource at a steady rate, for `leakwatch demo`: `node demo-leak.js KIND [RATE]`, with RATE
 * in units per second (memory: MB). It leaks for five minutes and keeps what it has for one more. It ends when its
 * standard input ends, or on a signal, and then kills its children. After a SIGKILL the children end by themselves,
 * within six minutes.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { Script } from 'node:vm';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/** Chosen: `demo` finds a leak of any kind in less (test/process/demo.test.ts). */
const LEAK_SECONDS = 300;
const LIFE_SECONDS = 360;
/** Chosen: from one unit in two minutes to one every 10 ms. */
const MIN_RATE = 0.01;
const MAX_RATE = 100;

interface Leak {
  readonly rate: number;
  /** Limit at any rate, so that a demo never takes the host down. */
  readonly most: number;
  /** Leaks one unit, in the main thread; absent if a worker thread leaks. */
  readonly grow?: () => void;
}

const LEAKS: Readonly<Record<string, Leak>> = {
  threads: { rate: 2, most: 1000 },
  zombies: { rate: 5, most: 1000 },
  memory: { rate: 2, most: 1024, grow: () => held.push(Buffer.alloc(1 << 20, 1)) },
  fds: { rate: 10, most: 5000, grow: () => held.push(openSync('/dev/null', 'r')) },
  processes: { rate: 5, most: 1000, grow: startSleeper },
};

interface Work {
  readonly kind: string;
  readonly everyMs: number;
  readonly count: number;
}

const held: unknown[] = [];
const sleepers: ChildProcess[] = [];

function main([kind = '', rateText]: readonly string[]): void {
  const leak = Object.hasOwn(LEAKS, kind) ? LEAKS[kind] : undefined;
  const rate = rateText === undefined ? leak?.rate : Number(rateText);
  if (leak === undefined || rate === undefined || !(rate >= MIN_RATE && rate <= MAX_RATE)) {
    process.stderr.write(
      `usage: demo-leak ${Object.keys(LEAKS).join('|')} [RATE], RATE from ${MIN_RATE} to ${MAX_RATE}\n`,
    );
    process.exit(64);
  }
  // The name that the report shows; threads that are made from here on have it as well.
  process.title = `leaky-${kind}`;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => process.exit());
  for (const event of ['end', 'error']) process.stdin.once(event, () => process.exit());
  process.stdin.resume();
  process.once('exit', () => {
    for (const sleeper of sleepers) sleeper.kill('SIGKILL');
  });
  setTimeout(() => process.exit(), LIFE_SECONDS * 1000);

  const work: Work = { kind, everyMs: 1000 / rate, count: Math.min(leak.most, rate * LEAK_SECONDS) };
  const { grow } = leak;
  if (grow) leakHere(work, grow);
  else new Worker(new URL(import.meta.url), { workerData: work });
}

function leakHere({ everyMs, count }: Work, grow: () => void): void {
  let left = count;
  const timer = setInterval(() => {
    try {
      grow();
      left--;
    } catch (error) {
      process.stderr.write(`demo-leak: cannot leak more: ${error}\n`);
      left = 0;
    }
    if (left <= 0) clearInterval(timer);
  }, everyMs);
}

function startSleeper(): void {
  const sleeper = spawn('sleep', [String(LIFE_SECONDS)], { stdio: 'ignore' });
  sleeper.on('error', () => {}); // the missing pid below says the same, and sooner
  if (sleeper.pid === undefined) throw new Error('cannot start a process');
  sleepers.push(sleeper);
}

/** Starts children in a thread that never returns to its event loop, so that nobody reaps them. */
function leakZombies({ everyMs, count }: Work): void {
  for (let left = count; left > 0; left--) {
    pause(everyMs);
    if (spawn('true', { stdio: 'ignore' }).pid === undefined) break;
  }
  pause();
}

/**
 * Each script that runs with a timeout has a watchdog thread: nested scripts that never end keep all of them. (Worker
 * threads take 7 MB each, so they would be a memory leak above all.)
 */
function leakThreads({ everyMs, count }: Work): void {
  const script = new Script('deeper()');
  let left = count;
  const deeper = (): void => {
    pause(left-- > 0 ? everyMs : undefined);
    // Node aborts if it cannot create the thread. A child counts against the same limit, and fails with an error.
    if (spawnSync('true', { stdio: 'ignore' }).error) pause();
    script.runInThisContext({ timeout: LIFE_SECONDS * 2000 });
  };
  Object.assign(globalThis, { deeper });
  deeper();
}

/** Blocks the thread and its event loop, forever if no time is given. */
function pause(milliseconds = Number.POSITIVE_INFINITY): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

if (isMainThread) main(process.argv.slice(2));
else if ((workerData as Work).kind === 'threads') leakThreads(workerData as Work);
else leakZombies(workerData as Work);
