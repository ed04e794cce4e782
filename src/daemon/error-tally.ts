/** Which errors are to be told: the same one once an hour, with how often it has come since. Others are counted. */

const TOLD_AGAIN_MS = 3_600_000;
/** More kinds of errors than a failing host has; beyond this number the oldest are forgotten. */
const MOST_KINDS = 100;

export class ErrorTally {
  readonly #told = new Map<string, { readonly at: number; times: number }>();

  /**
   * @param now in milliseconds of a monotonic clock
   * @returns how many times it came since it was last told, this time included; undefined = it is not to be told now
   */
  count(error: unknown, now: number): number | undefined {
    const kind = kindOf(error);
    const known = this.#told.get(kind);
    if (known && now - known.at < TOLD_AGAIN_MS) {
      known.times++;
      return undefined;
    }
    this.#told.delete(kind);
    this.#told.set(kind, { at: now, times: 0 });
    if (this.#told.size > MOST_KINDS) this.#told.delete(this.#told.keys().next().value!);
    return (known?.times ?? 0) + 1;
  }
}

/** Two errors that differ in numbers alone (pids, descriptors) are the same. */
function kindOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\d+/g, '#');
}
