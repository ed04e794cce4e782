/**
 * A process that does as it is told, so that tests can look at real threads, zombies, memory, descriptors and children.
 * stdin: one JSON object a line, `{"threads":2,"fds":3}` makes that many more, `{"release":"fds"}` lets go of all.
 * stdout: `{"ready":true}`, then for each line `{"done":...}` once it holds, or `{"error":"..."}`.
 * It ends, and its children with it, when stdin does. Plain JavaScript: runs without any build.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

const PIECE = 1 << 20;

/** @type {Worker[]} */
const threads = [];
/** @type {Buffer[]} */
const pieces = [];
/** @type {number[]} */
const fds = [];
/** @type {Set<import('node:child_process').ChildProcess>} */
const sleepers = new Set();
/** @type {{ order: Int32Array<SharedArrayBuffer>, worker: Worker } | undefined} */
let morgue;

/** @type {Readonly<Record<string, (amount: number) => void | Promise<void>>>} */
const make = {
  async threads(count) {
    const fresh = Array.from({ length: count }, () => {
      const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };
      return new Worker('setInterval(() => {}, 2 ** 30)', { eval: true, env: {}, resourceLimits });
    });
    threads.push(...fresh);
    await Promise.all(fresh.map((worker) => once(worker, 'online')));
  },
  memory(bytes) {
    for (let left = bytes; left > 0; left -= PIECE) pieces.push(Buffer.alloc(Math.min(left, PIECE), 1));
  },
  fds(count) {
    for (let i = 0; i < count; i++) fds.push(openSync('/dev/null', 'r'));
  },
  async processes(count) {
    for (let i = 0; i < count; i++) {
      const sleeper = spawn('sleep', ['1000'], { stdio: 'ignore' });
      sleeper.once('exit', () => sleepers.delete(sleeper));
      await once(sleeper, 'spawn');
      sleepers.add(sleeper);
    }
  },
  async zombies(count) {
    if (count === 0) return;
    morgue ??= openMorgue();
    const answer = once(morgue.worker, 'message');
    tell(morgue, count);
    const [{ error }] = await answer;
    if (error) throw new Error(error);
  },
};

/** @type {Readonly<Record<string, (amount: unknown) => void | Promise<void>>>} */
const release = {
  async threads() {
    await Promise.all(threads.splice(0).map((worker) => worker.terminate()));
  },
  memory() {
    pieces.length = 0;
    globalThis.gc?.();
  },
  fds() {
    for (const fd of fds.splice(0)) closeSync(fd);
  },
  async processes() {
    const gone = [...sleepers].map((sleeper) => once(sleeper, 'exit'));
    killSleepers();
    await Promise.all(gone);
  },
  async zombies() {
    if (!morgue) return;
    const reaped = once(morgue.worker, 'exit');
    tell(morgue, -1);
    await reaped;
    morgue = undefined;
  },
};

/**
 * A thread that starts children and never goes back to its event loop, so that libuv never waits for them: they stay
 * zombies of this process. Told a negative number it goes back, the loop reaps them all, and the thread ends.
 */
function openMorgue() {
  const order = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { spawn } = require('node:child_process');
    const { readFileSync } = require('node:fs');
    const { parentPort, workerData: order } = require('node:worker_threads');
    const isDead = (pid) => /\\) Z [^)]*$/.test(readFileSync('/proc/' + pid + '/stat', 'latin1'));
    const fill = (count) => {
      const pids = Array.from({ length: count }, () => spawn('true', { stdio: 'ignore' }).pid);
      if (pids.includes(undefined)) return 'cannot start a child';
      const deadline = performance.now() + 30000;
      while (!pids.every(isDead)) {
        if (performance.now() > deadline) return 'children that do not die';
        Atomics.wait(order, 0, 0, 1);
      }
    };
    for (;;) {
      Atomics.wait(order, 0, 0);
      const count = Atomics.exchange(order, 0, 0);
      if (count < 0) break;
      parentPort.postMessage({ error: fill(count) });
    }`;
  return { order, worker: new Worker(source, { eval: true, workerData: order }) };
}

/** @param {{ order: Int32Array<SharedArrayBuffer> }} morgue @param {number} count */
function tell({ order }, count) {
  Atomics.store(order, 0, count);
  Atomics.notify(order, 0);
}

function killSleepers() {
  for (const sleeper of sleepers) sleeper.kill('SIGKILL');
}

/** @param {object} message */
function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

process.on('exit', killSleepers);
process.on('SIGTERM', () => process.exit());
// Not only at the end of the loop below: a command may be waiting for something that never comes.
process.stdin.once('end', () => process.exit());

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const command = JSON.parse(line);
    for (const [verb, value] of Object.entries(command)) {
      const act = verb === 'release' ? release[value] : make[verb];
      if (!act) throw new Error(`there is no ${verb} ${value}`);
      await act(value);
    }
    say({ done: command });
  } catch (error) {
    say({ error: String(error) });
  }
}
process.exit();
