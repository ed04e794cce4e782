/** Values of scipy, made by test/vectors/make-trend-vectors.py. */
import { readFileSync } from 'node:fs';

interface Vectors {
  readonly normalCdf: readonly (readonly [x: number, p: number])[];
  readonly normalQuantile: readonly (readonly [p: number, x: number])[];
  readonly quantile: readonly (readonly [values: readonly number[], q: number, value: number])[];
  readonly trends: readonly {
    readonly name: string;
    readonly t: readonly number[];
    readonly y: readonly (number | null)[];
    /** Absent where times are equal. */
    readonly s?: number;
    readonly tau?: number;
    readonly twoSidedP?: number;
    readonly lines: readonly {
      readonly confidence: number;
      readonly slope: number;
      readonly low: number;
      readonly high: number;
      readonly intercept: number;
    }[];
  }[];
}

export const VECTORS: Vectors = JSON.parse(readFileSync(new URL('../vectors/trend.json', import.meta.url), 'utf8'));

export function unknownAsNaN(y: readonly (number | null)[]): number[] {
  return y.map((value) => value ?? Number.NaN);
}
