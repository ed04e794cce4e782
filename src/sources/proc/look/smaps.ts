/**
 * Reads /proc/PID/smaps line by line: what each mapping holds. Pure. There are 24 lines for each mapping, so the first
 * letter decides which are looked into. Source: proc_pid_smaps(5), Documentation/filesystems/proc.rst.
 */

/** Bytes, of a mapping. */
export interface Held {
  /** Its first address. */
  readonly start: number;
  /** Its own pages, and its part of those that it shares with others; with huge pages, which the kernel counts apart. */
  readonly proportionalBytes: number;
  /** Of them, those that differ from a file on disk. */
  readonly dirtyBytes: number;
  readonly swappedBytes: number;
  /** It was made by mmap with MAP_STACK, as threads' stacks are: kernels since 6.7 keep huge pages out of it (`nh`). */
  readonly isStack: boolean;
}

const FIELDS: ReadonlySet<string> = new Set([
  'Pss',
  'Private_Dirty',
  'Shared_Dirty',
  'Private_Hugetlb',
  'Shared_Hugetlb',
  'Swap',
  'SwapPss',
]);

const [P, S, V, COLON, LOWER_A, LOWER_F] = [...'PSV:af'].map((letter) => letter.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
  number,
];

export class SmapsReader {
  readonly #onMapping: (held: Held) => void;
  #start: number | undefined;
  readonly #kilobytes = new Map<string, number>();
  #isStack = false;

  constructor(onMapping: (held: Held) => void) {
    this.#onMapping = onMapping;
  }

  line(text: string): void {
    const first = text.charCodeAt(0);
    if (first === P || first === S) {
      const colon = text.indexOf(':');
      const name = text.slice(0, colon);
      if (FIELDS.has(name)) this.#kilobytes.set(name, Number.parseInt(text.slice(colon + 1), 10) || 0);
    } else if (first === V) {
      this.#isStack = / nh(?: |$)/.test(text);
    } else if (first < COLON || (first >= LOWER_A && first <= LOWER_F)) {
      this.end();
      this.#start = Number.parseInt(text, 16);
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
        swappedBytes: this.#kilobytes.has('SwapPss') ? bytes('SwapPss') : bytes('Swap'),
        isStack: this.#isStack,
      });
    }
    this.#start = undefined;
    this.#kilobytes.clear();
    this.#isStack = false;
  }
}
