/** What a series costs in memory: many judges are made and fed, and the heap is looked at before and after. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { findFamily, generate } from './corpus.js';

const WATCHERS = 1000;
const SLOTS = 2000;

/** @param {import('./subjects.js').Subject} subject @returns {number} bytes */
export function bytesOf(subject) {
  if (subject.bytes !== undefined) return subject.bytes;
  const family = findFamily('daily');
  if (!family) throw new Error('the family that memory is measured on is gone');
  const series = generate(family, 1);
  // Of what a process does once, the first watcher pays.
  const first = subject.watch(series);
  for (let slot = 0; slot < SLOTS; slot++) first.push(slot);
  const before = used();
  const watchers = Array.from({ length: WATCHERS }, () => subject.watch(series));
  for (const watcher of watchers) for (let slot = 0; slot < SLOTS; slot++) watcher.push(slot);
  const bytes = (used() - before) / WATCHERS;
  // They must live until here.
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
