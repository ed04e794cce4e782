/**
 * A program that leaks one kind of thing steadily, for `leakwatch demo` to find: `node demo-leak.js KIND [RATE]`, RATE in
 * things a second (memory: MiB). It leaks for two minutes and keeps what it has for one more. Nothing survives it: it
 * ends when its stdin does, or on a signal; what it starts is killed then, and sleeps three minutes at the longest
 * should it be killed too hard to do so.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { Script } from 'node:vm';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const LEAK_SECONDS = 120;
const LIFE_SECONDS = 180;
const MIN_RATE = 0.01;
const MAX_RATE = 100;

interface Leak {
  readonly rate: number;
  /** No more than this whatever the rate, so that a demo never takes the host down. */
  readonly most: number;
  /** One more, from the main thread; where it is not given, a thread of its own leaks. */
  readonly grow?: () => void;
}

const LEAKS: Readonly<Record<string, Leak>> = {
  threads: { rate: 2, most: 1000 },
  zombies: { rate: 5, most: 1000 },
  memory: { rate: 8, most: 1024, grow: () => held.push(Buffer.alloc(1 << 20, 1)) },
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
  // The name under which it will be found; threads made from here on bear it too.
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
      process.stderr.write(`demo-leak: no more to be had: ${error}\n`);
      left = 0;
    }
    if (left <= 0) clearInterval(timer);
  }, everyMs);
}

function startSleeper(): void {
  const sleeper = spawn('sleep', [String(LIFE_SECONDS)], { stdio: 'ignore' });
  sleeper.on('error', () => {}); // comes later than the missing pid, and says no more
  if (sleeper.pid === undefined) throw new Error('cannot start a process');
  sleepers.push(sleeper);
}

/** Children of a thread that never goes back to its event loop: nobody waits for them. */
function leakZombies({ everyMs, count }: Work): void {
  for (let left = count; left > 0; left--) {
    pause(everyMs);
    if (spawn('true', { stdio: 'ignore' }).pid === undefined) break;
  }
  pause();
}

/**
 * Each script that runs with a timeout has a thread that keeps its time; scripts within scripts that never end keep
 * them all. (Worker threads would do as well, but at 7 MB each they would be a memory leak above all.)
 */
function leakThreads({ everyMs, count }: Work): void {
  const script = new Script('deeper()');
  let left = count;
  const deeper = (): void => {
    pause(left-- > 0 ? everyMs : undefined);
    // Node aborts when it cannot make the thread; a child needs as much and fails politely.
    if (spawnSync('true', { stdio: 'ignore' }).error) pause();
    script.runInThisContext({ timeout: LIFE_SECONDS * 2000 });
  };
  Object.assign(globalThis, { deeper });
  deeper();
}

/** Blocks the thread: its event loop does not turn. For ever, unless a time is given. */
function pause(milliseconds = Number.POSITIVE_INFINITY): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

if (isMainThread) main(process.argv.slice(2));
else if ((workerData as Work).kind === 'threads') leakThreads(workerData as Work);
else leakZombies(workerData as Work);
