/**
 * One Float32Array for all the floats of a series. Series, detectors and ceilings each take a part of it, because a
 * typed array of its own would cost each of them 180 bytes. A float has 24 bits of precision: one page in 64 GB.
 */
export class FloatArena {
  readonly all: Float32Array;
  #taken = 0;

  /** @param size floats of all parts together */
  constructor(size: number) {
    this.all = new Float32Array(size);
  }

  /** @returns index of the first of `size` floats, all of them 0 */
  take(size: number): number {
    const from = this.#taken;
    this.#taken += size;
    return from;
  }
}
