/** Waits for something to become true by looking again and again: the only way tests wait for the outside world. */
import { readOf } from './processes.ts';

export interface UntilOptions {
  /** What is waited for, for the message when it does not come. */
  readonly what: string;
  /** A minute unless given: long enough for a machine that is busy with other things. */
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * @param condition anything truthy ends the wait; an exception counts as "not yet" (a file that is not there so far)
 * @returns what the condition returned
 * @throws after `timeoutMs`, with the last thing seen
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 60_000, everyMs = 25 }: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const value = await condition();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}; last seen: ${String(last)}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/**
 * Waits for what a process was promised to do in so many milliseconds, not counting the time in which it was ready to
 * run and the processor was given to others (its run delay, /proc/PID/schedstat): on a busy machine that is most of it.
 * @throws when the time is over
 */
export async function untilPromised(
  condition: () => boolean,
  { what, pid, withinMs }: { readonly what: string; readonly pid: number; readonly withinMs: number },
): Promise<void> {
  // In nanoseconds; undefined once it is gone.
  const runDelay = (): string | undefined => readOf(pid, 'schedstat').split(' ')[1];
  const begun = performance.now();
  const delayedBefore = Number(runDelay() ?? 0);
  while (!condition()) {
    const delayed = runDelay();
    const elapsed = performance.now() - begun - (Number(delayed) - delayedBefore) / 1e6;
    if (delayed !== undefined && elapsed > withinMs) throw new Error(`no ${what} within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
