/**
 * Our own limit on descriptors, which an administrator may change while we run (prlimit(1)). The file is kept open, so
 * that it can be read when no descriptor is left. Cost: one system call.
 */
import { openSync, readSync } from 'node:fs';
import { parseLimits } from './proc/limits.ts';

/** The usual limit, where the kernel does not tell it. */
const USUAL = 1024;
/** The file has 16 lines of 80 characters. */
const MOST_BYTES = 4096;

const buffer = Buffer.alloc(MOST_BYTES);
let file: number | undefined;

/** @returns RLIMIT_NOFILE of leakwatch; Infinity = unlimited */
export function ownNofile(): number {
  try {
    file ??= openSync('/proc/self/limits', 'r');
    return parseLimits(buffer.toString('latin1', 0, readSync(file, buffer, 0, MOST_BYTES, 0))).nofile ?? USUAL;
  } catch {
    return USUAL;
  }
}
