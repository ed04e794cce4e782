/**
 * Flags of V8, all older than Node 20. A sample makes little garbage, so memory is worth more than speed:
 * - one worker thread, because threads count against the limit that leakwatch watches; 0 would mean one per core
 * - a young generation of 1 MB
 * - the old generation is collected when it has grown by 20 %; V8 lets it grow by 8 MB at least, so marking starts after
 *   20 % of the way to its limit
 */
export const NODE_FLAGS =
  '--v8-pool-size=1 --max-semi-space-size=1 --heap-growing-percent=20 --incremental-marking-soft-trigger=20 --optimize-for-size';
