/**
 * What can degrade leakwatch itself (W50): each cause with the words for it. A new cause is one row here and, in
 * `verdict/degradation-watch.ts`, where its number is read; a forgotten one does not compile.
 */
import { formatInterval } from '../text/duration.ts';
import { formatBytes, plural } from '../text/quantity.ts';

export interface CauseRow {
  /** An `alert` where something is lost, a `warn` where less is seen. */
  readonly at: 'alert' | 'warn';
  /** So many degraded samples of the last 15 begin it. */
  readonly begins: number;
  /** What is the matter, with its number: how much was lost since it began, or how much it is now. */
  readonly says: (amount: number) => string;
  /** Said when it is over. */
  readonly over: string;
}

/** A lost line is news at once. */
const AT_ONCE = 1;
/** A host that hesitates once, or a process that ends while it is read, is no news. */
const THREE_TIMES = 3;

const ROWS = {
  log_lines: {
    at: 'alert',
    begins: AT_ONCE,
    says: (lines) =>
      `${plural(lines, 'log line was', 'log lines were')} lost, because standard output did not take them`,
    over: 'standard output takes all lines again',
  },
  recording_lines: {
    at: 'alert',
    begins: AT_ONCE,
    says: (lines) => `${plural(lines, 'line')} of the recording could not be written`,
    over: 'the recording is written again',
  },
  state_writes: {
    at: 'alert',
    begins: AT_ONCE,
    says: (writes) => `${plural(writes, 'write')} of the state failed`,
    over: 'the state is written again',
  },
  samples_failed: {
    at: 'alert',
    begins: AT_ONCE,
    says: (samples) => `${plural(samples, 'sample')} failed`,
    over: 'samples are taken again',
  },
  samples_late: {
    at: 'warn',
    begins: THREE_TIMES,
    says: (samples) => `${plural(samples, 'sample was', 'samples were')} late or skipped`,
    over: 'samples are in time again',
  },
  sinks: {
    at: 'alert',
    begins: AT_ONCE,
    says: (samples) => `${plural(samples, 'sample was', 'samples were')} refused by an output`,
    over: 'all outputs take samples again',
  },
  pushes: {
    at: 'alert',
    begins: THREE_TIMES,
    says: (pushes) => `${plural(pushes, 'push', 'pushes')} failed`,
    over: 'pushes succeed again',
  },
  unreadable: {
    at: 'warn',
    begins: THREE_TIMES,
    says: (files) => `${plural(files, 'file')} of other processes cannot be read`,
    over: 'all files of processes can be read',
  },
  hidden: {
    at: 'warn',
    begins: AT_ONCE,
    says: () => 'processes of other users are hidden from it',
    over: 'no processes are hidden from it any more',
  },
  interval: {
    at: 'warn',
    begins: AT_ONCE,
    says: (seconds) => `it samples only every ${formatInterval(seconds)}, to cost no more than --max-cpu`,
    over: 'it samples at its interval again',
  },
  memory: {
    at: 'warn',
    begins: AT_ONCE,
    says: (bytes) => `only ${formatBytes(bytes)} of memory are left, so it keeps less`,
    over: 'there is memory enough again',
  },
} as const satisfies Readonly<Record<string, CauseRow>>;

export type Cause = keyof typeof ROWS;

export const CAUSES: Readonly<Record<Cause, CauseRow>> = ROWS;

export const CAUSE_NAMES = Object.keys(ROWS) as readonly Cause[];
