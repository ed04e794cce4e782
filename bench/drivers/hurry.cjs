/**
 * Loaded before the daemon (NODE_OPTIONS=--require). Its waits between ticks end at once and its clocks are moved on by
 * their length, so that a day passes in seconds. BENCH_HURRY lists the ticks after which it really waits, in ascending
 * order; after the last of them it always does.
 */
'use strict';
const timers = require('node:timers/promises');

const { setTimeout: wait, setImmediate: turn } = timers;
const now = performance.now.bind(performance);
const wallNow = Date.now;
const rests = (process.env.BENCH_HURRY ?? '').split(',').map(Number);
let ticks = 0;
let aheadMs = 0;

performance.now = () => now() + aheadMs;
// Else the daemon would see the host's clock set back at each tick.
Date.now = () => wallNow() + Math.round(aheadMs);
timers.setTimeout = (milliseconds = 1, value, options) => {
  ticks++;
  if (rests.includes(ticks) || ticks > (rests.at(-1) ?? 0)) return wait(milliseconds, value, options);
  aheadMs += milliseconds;
  return turn(value, options);
};
