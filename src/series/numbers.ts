/**
 * The numbers that are remembered of one series, in one array: whoever remembers some takes a part of it, because an
 * array of its own would cost each 180 bytes. Numbers have 24 bits, which is one page in 64 GB.
 */
export class Numbers {
  readonly all: Float32Array;
  #taken = 0;

  /** @param size what all its parts need together */
  constructor(size: number) {
    this.all = new Float32Array(size);
  }

  /** @returns where the next part begins, which is so many numbers long; all of them are 0 */
  take(size: number): number {
    const from = this.#taken;
    this.#taken += size;
    return from;
  }
}
