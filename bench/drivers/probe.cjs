/**
 * Loaded before the daemon (NODE_OPTIONS=--require). At SIGUSR2 it writes a JSON line to standard error: milliseconds
 * from here to the first turn of the event loop, and, since the last time, the longest that the loop was held and the
 * bytes allocated on the heap.
 */
'use strict';
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { writeSync } = require('node:fs');
const { GCProfiler } = require('node:v8');

const RESOLUTION_MS = 1;
const begun = performance.now();
let startMs = 0;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let profiler = new GCProfiler();
let usedBytes = 0;

setImmediate(() => {
  startMs = performance.now() - begun;
  delay.enable();
});
startCounting();

process.on('SIGUSR2', () => {
  // The timer itself comes every millisecond.
  const holdMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  const allocatedBytes = stopCounting();
  writeSync(2, `${JSON.stringify({ startMs, holdMs, allocatedBytes })}\n`);
  startCounting();
  delay.reset();
});

function startCounting() {
  profiler = new GCProfiler();
  profiler.start();
  usedBytes = process.memoryUsage().heapUsed;
}

/** What the heap had grown by whenever the collector came, and by now. */
function stopCounting() {
  const { heapUsed } = process.memoryUsage();
  let bytes = 0;
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    bytes += beforeGC.heapStatistics.usedHeapSize - usedBytes;
    usedBytes = afterGC.heapStatistics.usedHeapSize;
  }
  return bytes + heapUsed - usedBytes;
}
