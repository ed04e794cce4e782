/**
 * Loaded before the daemon and after hurry.cjs (NODE_OPTIONS=--require). After each tick it writes a line about its own
 * process to the file BENCH_DIARY, as JSON: threads, descriptors, bytes of memory, and how many samples were due.
 * BENCH_PLANT names leaks that it makes at each tick, to prove that they are found.
 */
'use strict';
const { existsSync, openSync, readFileSync, readdirSync, readlinkSync, writeSync } = require('node:fs');
const timers = require('node:timers/promises');
const { getHeapStatistics } = require('node:v8');
const { Worker } = require('node:worker_threads');

const INTERVAL_MS = 20_000;
/**
 * A tick that is further from a beat of the interval is an extra one, near a limit: those are at least a second apart
 * (src/daemon/pace.ts). A busy machine may take milliseconds from the daemon's look at the clock to ours.
 */
const OFF_BEAT_MS = 500;
/** Connections of ../soak/visitors.js at once: five scrapes, twenty listeners, the server's own, and some being closed. */
const MOST_VISITORS = 32;
/** A thread costs 7 MB: it leaks in more ticks, and not in each. */
const TICKS_PER_THREAD = 50;

/** @type {unknown[]} */
const kept = [];
/** @type {Record<string, (tick: number) => void>} */
const PLANTS = {
  // As much as a snapshot of a hundred processes.
  heap: (tick) => kept.push(Array.from({ length: 100 }, (_, pid) => ({ pid, tick, startTicks: pid + tick }))),
  fds: () => openSync('/dev/null', 'r'),
  threads(tick) {
    if (tick % TICKS_PER_THREAD === 0) kept.push(new Worker('setInterval(() => undefined, 1e6)', { eval: true }));
  },
};

const diary = openSync(process.env.BENCH_DIARY ?? '/dev/null', 'a');
const plants = (process.env.BENCH_PLANT ?? '').split(',').filter(Boolean).map(plantOf);
const { setTimeout: wait } = timers;
let ticks = 0;
let extra = 0;
let origin = Number.NaN;

timers.setTimeout = (milliseconds = 1, value, options) => {
  const next = performance.now() + milliseconds;
  if (ticks++ === 0) origin = next - INTERVAL_MS;
  const beats = (next - origin) / INTERVAL_MS;
  const isExtra = Math.abs(beats - Math.round(beats)) * INTERVAL_MS >= OFF_BEAT_MS;
  const due = (isExtra ? Math.ceil(beats) : Math.round(beats)) + extra;
  if (isExtra) extra++;
  for (const plant of plants) plant(ticks);
  writeSync(diary, `${JSON.stringify({ ...ownFigures(), due })}\n`);
  return wait(milliseconds, value, options);
};

/** @param {string} name */
function plantOf(name) {
  const plant = PLANTS[name];
  if (!plant) throw new Error(`no leak is called ${name}: only ${Object.keys(PLANTS).join(', ')}`);
  return plant;
}

function ownFigures() {
  const status = readFileSync('/proc/self/status', 'latin1');
  const number = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    threads: number('Threads'),
    fds: countDescriptors(),
    rss: number('VmRSS') * 1024,
    anon: number('RssAnon') * 1024,
    heap: getHeapStatistics().used_heap_size,
  };
}

/**
 * Without those kept for processes that live, which follow the host, and with sockets as if all visitors were there:
 * on a busy machine more of them are there at once. One for a process that is gone counts, as do more sockets.
 */
function countDescriptors() {
  let sockets = 0;
  let others = 0;
  for (const fd of readdirSync('/proc/self/fd')) {
    const target = linkOf(fd);
    const pid = /^\/proc\/(\d+)\//.exec(target)?.[1];
    if (target.startsWith('socket:')) sockets++;
    else if (target !== '' && !(pid && existsSync(`/proc/${pid}`))) others++;
  }
  return others + Math.max(sockets, MOST_VISITORS);
}

/** @param {string} fd @returns {string} '' for the one that was open only to read the list */
function linkOf(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
