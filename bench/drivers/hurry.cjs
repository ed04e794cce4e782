/**
 * Loaded before the daemon (NODE_OPTIONS=--require): waits between two beats pass at once, and its clock goes on as if
 * they had been waited for, so that the hours of a day pass in seconds. BENCH_HURRY lists the beats after which a wait is
 * real, in ascending order; after the last of them all are.
 */
'use strict';
const timers = require('node:timers/promises');

const { setTimeout: wait, setImmediate: turn } = timers;
const now = performance.now.bind(performance);
const rests = (process.env.BENCH_HURRY ?? '').split(',').map(Number);
let beat = 0;
let aheadMs = 0;

performance.now = () => now() + aheadMs;
timers.setTimeout = (milliseconds = 1, value, options) => {
  beat++;
  if (rests.includes(beat) || beat > (rests.at(-1) ?? 0)) return wait(milliseconds, value, options);
  aheadMs += milliseconds;
  return turn(value, options);
};
