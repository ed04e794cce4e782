/**
 * Loaded before the daemon (`node --require`). At SIGUSR2 it writes a JSON line to standard error: the longest that the
 * event loop was held since the last time, the bytes of live and dead objects on the heap, and how often the collector
 * ran.
 */
'use strict';
const { monitorEventLoopDelay, PerformanceObserver } = require('node:perf_hooks');
const { writeSync } = require('node:fs');

const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

process.on('SIGUSR2', () => {
  // The timer itself comes every millisecond.
  const holdMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  writeSync(2, `${JSON.stringify({ holdMs, heapBytes: process.memoryUsage().heapUsed, collections })}\n`);
  delay.reset();
});
