/** Waits for something to become true by looking again and again: the only way tests wait for the outside world. */

export interface UntilOptions {
  /** What is waited for, for the message when it does not come. */
  readonly what: string;
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
  { what, timeoutMs = 10_000, everyMs = 10 }: UntilOptions,
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
