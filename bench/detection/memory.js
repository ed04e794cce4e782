/** Memory per series: the heap before and after many judges were made and fed. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { findFamily, generate } from './corpus.js';
import { USUAL } from './sampling.js';
import { timeOf } from './time.js';

const WATCHERS = 1000;
const SLOTS = 2000;

/** @param {import('./subjects.js').Subject} subject @returns {number} bytes */
export function bytesOf(subject) {
  if (subject.bytes !== undefined) return subject.bytes;
  const family = findFamily('daily');
  if (!family) throw new Error('the corpus has no family `daily`');
  const series = generate(family, 1);
  // The first watcher also allocates what a process needs only once.
  const first = subject.watch(series, USUAL);
  for (let slot = 0; slot < SLOTS; slot++) first.push(slot, timeOf(slot));
  const before = used();
  const watchers = Array.from({ length: WATCHERS }, () => subject.watch(series, USUAL));
  for (const watcher of watchers) for (let slot = 0; slot < SLOTS; slot++) watcher.push(slot, timeOf(slot));
  const bytes = (used() - before) / WATCHERS;
  // Using `watchers` here keeps them from being collected before the measurement.
  return watchers.length === WATCHERS ? bytes : Number.NaN;
}

function used() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
