/**
 * Loaded before the daemon (NODE_OPTIONS=--require). On SIGUSR2 it writes a JSON line to standard error: milliseconds
 * from here to the first turn of the event loop; and since the last SIGUSR2, the longest hold of the event loop in
 * milliseconds and the bytes allocated on the heap.
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
  // `delay` measures from timer to timer, which are RESOLUTION_MS apart on an idle loop.
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

/** Sums how far the heap had grown before each garbage collection, and until now. */
function stopCounting() {
  const { heapUsed } = process.memoryUsage();
  let bytes = 0;
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    bytes += beforeGC.heapStatistics.usedHeapSize - usedBytes;
    usedBytes = afterGC.heapStatistics.usedHeapSize;
  }
  return bytes + heapUsed - usedBytes;
}
