/**
 * A series of any length in a fixed number of buckets: when the series outgrows them, each two become one and their
 * width doubles. A bucket keeps the least, the greatest, the sum and the number of its values. Times may come in any
 * order.
 */

export interface Point {
  /** Beginning of the bucket, seconds since the epoch. */
  readonly t: number;
  readonly least: number;
  readonly greatest: number;
  readonly mean: number;
  readonly count: number;
}

export class Curve {
  readonly #capacity: number;
  #width: number;
  /** Number of the first bucket: its beginning divided by the width. */
  #base = 0;
  #used = 0;
  /** They have room for as many buckets as were needed so far: most dynos of a large log live for a short time. */
  #least = new Float64Array(0);
  #greatest = new Float64Array(0);
  #sum = new Float64Array(0);
  #count = new Float64Array(0);

  /** @param capacity even */
  constructor({ capacity, widthSeconds }: { readonly capacity: number; readonly widthSeconds: number }) {
    this.#capacity = capacity;
    this.#width = widthSeconds;
  }

  get widthSeconds(): number {
    return this.#width;
  }

  push(t: number, value: number): void {
    let bucket = Math.floor(t / this.#width);
    if (this.#used === 0) this.#base = bucket;
    while (bucket - this.#base >= this.#capacity || this.#base + this.#used - bucket > this.#capacity) {
      this.#halve();
      bucket = Math.floor(t / this.#width);
    }
    if (bucket < this.#base) {
      this.#makeRoom(this.#used + this.#base - bucket);
      this.#shift(this.#base - bucket);
    }
    const at = bucket - this.#base;
    this.#makeRoom(at + 1);
    if (at >= this.#used) this.#used = at + 1;
    if (value < this.#least[at]!) this.#least[at] = value;
    if (value > this.#greatest[at]!) this.#greatest[at] = value;
    this.#sum[at]! += value;
    this.#count[at]!++;
  }

  /** The buckets that hold a value, in order of time. */
  points(): Point[] {
    const points: Point[] = [];
    for (let at = 0; at < this.#used; at++) {
      const count = this.#count[at]!;
      if (count === 0) continue;
      const t = (this.#base + at) * this.#width;
      const mean = this.#sum[at]! / count;
      points.push({ t, least: this.#least[at]!, greatest: this.#greatest[at]!, mean, count });
    }
    return points;
  }

  #makeRoom(buckets: number): void {
    const room = this.#least.length;
    if (buckets <= room) return;
    const wanted = Math.min(this.#capacity, Math.max(buckets, 2 * room));
    const grown = (values: Float64Array, empty: number): Float64Array<ArrayBuffer> => {
      const all = new Float64Array(wanted).fill(empty, room);
      all.set(values);
      return all;
    };
    this.#least = grown(this.#least, Number.POSITIVE_INFINITY);
    this.#greatest = grown(this.#greatest, Number.NEGATIVE_INFINITY);
    this.#sum = grown(this.#sum, 0);
    this.#count = grown(this.#count, 0);
  }

  #halve(): void {
    const base = Math.floor(this.#base / 2);
    const used = this.#used === 0 ? 0 : Math.floor((this.#base + this.#used - 1) / 2) - base + 1;
    for (let to = 0; to < used; to++) {
      const first = (base + to) * 2 - this.#base;
      this.#merge(first, first + 1, to);
    }
    for (let at = used; at < this.#used; at++) this.#clear(at);
    this.#width *= 2;
    this.#base = base;
    this.#used = used;
  }

  /** Makes two neighbours one, at a lower place; one of the two may be outside the used buckets. */
  #merge(first: number, second: number, to: number): void {
    const inside = (at: number): boolean => at >= 0 && at < this.#used;
    const a = inside(first) ? first : second;
    const b = inside(second) ? second : first;
    const least = Math.min(this.#least[a]!, this.#least[b]!);
    const greatest = Math.max(this.#greatest[a]!, this.#greatest[b]!);
    const sum = a === b ? this.#sum[a]! : this.#sum[a]! + this.#sum[b]!;
    const count = a === b ? this.#count[a]! : this.#count[a]! + this.#count[b]!;
    this.#least[to] = least;
    this.#greatest[to] = greatest;
    this.#sum[to] = sum;
    this.#count[to] = count;
  }

  /** Adds empty buckets before the first. */
  #shift(by: number): void {
    for (const values of [this.#least, this.#greatest, this.#sum, this.#count]) values.copyWithin(by, 0, this.#used);
    this.#used += by;
    this.#base -= by;
    for (let at = 0; at < by; at++) this.#clear(at);
  }

  #clear(at: number): void {
    this.#least[at] = Number.POSITIVE_INFINITY;
    this.#greatest[at] = Number.NEGATIVE_INFINITY;
    this.#sum[at] = 0;
    this.#count[at] = 0;
  }
}
