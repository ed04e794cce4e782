/** What a line of a platform's log can tell us. Text in them comes from the log: cut short, but otherwise as it came. */

/** What is measured over time, in bytes or as a number. */
export type Measure = 'memory' | 'swap' | 'load' | 'rss' | 'threads' | 'zombies' | 'processes' | 'fds';

export interface SampleEvent {
  readonly kind: 'sample';
  /** Who measured: the platform, from outside; leakwatch, in the dyno; or the platform's complaint about memory. */
  readonly by: 'platform' | 'leakwatch' | 'complaint';
  /** Of this run of the dyno, and of its app, where the line says. */
  readonly instance?: string;
  readonly appId?: string;
  /** Of leakwatch: absent for the dyno as a whole. */
  readonly group?: string;
  readonly values: Readonly<Partial<Record<Measure, number>>>;
  /** Disk cache, a part of `memory` that is given back where it is needed. */
  readonly cacheBytes?: number;
  readonly quotaBytes?: number;
  /** Processes and threads that the dyno may have. */
  readonly threadLimit?: number;
}

/** What the app says when it runs into a wall. `perhaps`: the words are also used for what is harmless. */
export type Trouble = 'threads' | 'perhaps' | 'fds' | 'memory';

export type LogEvent =
  | SampleEvent
  /** R14, H12 ...; of a router's line `process` is the dyno that it names, if it does. */
  | { readonly kind: 'error'; readonly code: string; readonly desc: string }
  | { readonly kind: 'state'; readonly from: string; readonly to: string }
  | { readonly kind: 'start'; readonly workers?: number }
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'stop'; readonly how: 'cycling' | 'restarting' | 'idling' | 'killed' }
  | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly text: string; readonly limit?: number }
  /** A worker process of the app has come up: which, or how many there are to be. */
  | { readonly kind: 'worker'; readonly id?: string; readonly count?: number }
  /** A line of leakwatch in the dyno: `code` W10 ... W40. */
  | {
      readonly kind: 'alert';
      readonly code: string;
      readonly at: 'alert' | 'warn' | 'resolved';
      readonly desc: string;
      readonly group: string;
      /** `ruby (4711)`: the parent of the zombies, or the process that grew. */
      readonly culprit?: string;
    }
  | { readonly kind: 'release'; readonly text: string }
  /** The log itself has lost so many lines. */
  | { readonly kind: 'lost'; readonly lines: number };

/** When a line of the log was written, and by which process of which drain. */
export interface LineOrigin {
  /** Seconds since the epoch; NaN where the line has no time. */
  readonly t: number;
  /** The drain's token, where it is in the frame; else empty. */
  readonly drain: string;
  /** `web.1`; empty where the line does not say. */
  readonly process: string;
}

/** Texts of the log are kept this short. */
export const MOST_TEXT = 200;

/** @example clip('abc') // => 'abc' */
export function clip(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1)}…` : text;
}
