/** The events that the lines of a platform's log hold. Text in them is from the log: clipped, otherwise unchanged. */
import type { Metric } from '../../model/metrics.ts';

/**
 * Seconds between two measurements of a dyno: "approximately once every 20 seconds". R14 is repeated at the same pace.
 * Source: devcenter.heroku.com/articles/log-runtime-metrics, /error-codes.
 */
export const PLATFORM_INTERVAL_SECONDS = 20;

/**
 * A quantity that is followed over time: one that the platform measures of a dyno, or one that leakwatch counts in it.
 */
export type Measure = 'memory' | 'swap' | 'load' | Metric;

export interface SampleEvent {
  readonly kind: 'sample';
  /** Measured by the platform from outside, by leakwatch in the dyno, or in a complaint (`Process running mem=...`). */
  readonly by: 'platform' | 'leakwatch' | 'complaint';
  /** Ids of this life of the dyno and of its app, if the line has them. */
  readonly instance?: string;
  readonly appId?: string;
  /** A group of leakwatch's; absent for the dyno as a whole. */
  readonly group?: string;
  readonly values: Readonly<Partial<Record<Measure, number>>>;
  /** Disk cache: a part of `memory` that the kernel takes back when memory is short. */
  readonly cacheBytes?: number;
  /** In a complaint it is an upper bound: the size of a dyno that fits best, if none of the memory was disk cache. */
  readonly quotaBytes?: number;
  /** Limit on processes and threads together. */
  readonly threadLimit?: number;
}

/** A resource that the app was refused. `perhaps`: EAGAIN, without a word about what failed. */
export type Trouble = 'threads' | 'perhaps' | 'fds' | 'memory';

export type LogEvent =
  | SampleEvent
  /** R14, H12 ... A router's line belongs to the dyno that it names, if any. */
  | { readonly kind: 'error'; readonly code: string; readonly desc: string }
  | { readonly kind: 'state'; readonly from: string; readonly to: string }
  | { readonly kind: 'start'; readonly workers?: number }
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'stop'; readonly how: 'cycling' | 'restarting' | 'idling' | 'killed' }
  | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly text: string; readonly limit?: number }
  /** A worker process of the app has started: its id, or the configured number of workers. */
  | { readonly kind: 'worker'; readonly id?: string; readonly count?: number }
  /** An alert of leakwatch in the dyno. */
  | {
      readonly kind: 'alert';
      readonly code: string;
      readonly at: 'alert' | 'warn' | 'resolved';
      readonly desc: string;
      readonly group: string;
      /** The metric that it is about, where the line has its value. */
      readonly metric?: Metric;
      /** `ruby (4711)`: the parent of the zombies, or the growing process. */
      readonly culprit?: string;
    }
  | { readonly kind: 'release'; readonly text: string }
  /** The log reports that it lost this many lines (L10 to L13). */
  | { readonly kind: 'lost'; readonly lines: number };

/** Time and source of a line. */
export interface LineOrigin {
  /** Seconds since the epoch; NaN where the line has no time. */
  readonly t: number;
  /** Token of the drain, if the frame has it; else empty. */
  readonly drain: string;
  /** `web.1`; empty if the line does not say. */
  readonly process: string;
}

/** In UTF-16 units. Chosen: as much as fits one message (see text/printable.ts). */
const MOST_TEXT = 200;

/** @example clip('abc') // => 'abc' */
export function clip(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1)}…` : text;
}
