/** What the tests use of the benchmark, which is JavaScript so that Node runs it as it is. */

declare module '*/bench/detection/arithmetic.js' {
  export function exp(x: number): number;
  export function ln(x: number): number;
  export function sineOfTurns(turns: number): number;
}

declare module '*/bench/detection/random.js' {
  export class Random {
    constructor(seed: string);
    next(): number;
    normal(): number;
    poisson(mean: number): number;
    binomial(count: number, chance: number): number;
  }
}

declare module '*/bench/detection/corpus.js' {
  export interface Family {
    readonly name: string;
    readonly kind: 'healthy' | 'passing' | 'leaking';
    readonly heldOut?: true;
    readonly mature?: true;
  }
  export interface Series {
    readonly values: Float64Array;
    readonly level: Float64Array;
    readonly growth: Float64Array;
    readonly onset: number;
    readonly limit: number;
    readonly limitAt: number;
    readonly end: number;
    readonly plan: { readonly slots: number; readonly settled?: number; readonly metric: string };
  }
  export const FAMILIES: readonly Family[];
  export const SEEDS: { readonly tune: number; readonly report: number };
  export function generate(family: Family, seed: number): Series;
}

declare module '*/bench/detection/follow.js' {
  export interface Outcome {
    readonly family: string;
    readonly seed: number;
    readonly quietSlots: number;
    readonly falseAlarms: readonly number[];
    readonly warnings: number;
    readonly suspected?: number;
    readonly found?: number;
    readonly oracle?: number;
    readonly calledAfterEnd?: number;
  }
  export interface Watcher {
    push(slot: number): number;
    restart(slot: number): void;
  }
  export interface Subject {
    readonly name: string;
    watch(series: object): Watcher;
  }
  export function follow(series: object, subject: Subject, options?: { readonly oracle?: number }): Outcome;
}

declare module '*/bench/detection/leakwatch.js' {
  import type { Subject } from '*/bench/detection/follow.js';
  export function leakwatchOf(build: object): readonly Subject[];
}

declare module '*/bench/detection/outcomes.js' {
  import type { Outcome, Subject } from '*/bench/detection/follow.js';
  export function outcomesOf(family: string, seed: number, subjects: readonly Subject[]): Outcome[];
}

declare module '*/bench/detection/oracle.js' {
  export function longRunVariance(noise: Float64Array, block: number): number;
  export function oracleDelay(series: object, falseAlarmsPerYear: number): number;
}

declare module '*/bench/detection/poisson.js' {
  export function poissonInterval(count: number): { low: number; high: number };
}

declare module '*/bench/detection/figures.js' {
  import type { Outcome } from '*/bench/detection/follow.js';
  export function falseAlarmsOf(outcomes: readonly Outcome[]): { events: number; years: number; rate: number };
  export function warningsPerDay(outcomes: readonly Outcome[]): number;
  export function leakFigures(outcomes: readonly Outcome[]): { found: number; ratio: { median: number } };
  export function forecastFigures(outcomes: readonly Outcome[]): { shown: number; error: { median: number } };
}

declare module '*/bench/detection/alternatives/mann-kendall.js' {
  export function kendallS(ranks: Int32Array): number;
  export function inflation(window: Float64Array): number;
}
