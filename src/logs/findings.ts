/** The kinds of findings in a log. Their fields are part of `--json` (docs/logs.md). Times: seconds since the epoch. */
import type { Measure } from '../formats/heroku/events.ts';
import { ALERTS, type AlertCode } from '../model/alerts.ts';
import type { DynoState } from './dyno.ts';
import type { Ahead } from './quota-watch.ts';

/**
 * `exhaustion`: a thread, process or descriptor was refused. `leak`: growth without end. `quota_ahead`: memory will
 * reach the quota. `plateau`: memory has stopped
 * growing, above the quota. `over_quota`: memory above the quota, but too little is seen to tell a leak from a plateau.
 * `alert`: what leakwatch in the dyno told of processes or of memory, and did not take back.
 */
export type LogFindingKind = 'exhaustion' | 'leak' | 'quota_ahead' | 'alert' | 'plateau' | 'over_quota';

/** Gravest first. */
const ORDER: readonly LogFindingKind[] = ['exhaustion', 'leak', 'quota_ahead', 'alert', 'plateau', 'over_quota'];

interface Common {
  readonly dyno: string;
  readonly appId?: string;
  /** `found`: a detector or the app itself says so. `likely`: it follows from the log as a whole. */
  readonly certainty: 'found' | 'likely';
}

export interface Exhaustion extends Common {
  readonly kind: 'exhaustion';
  readonly what: 'threads' | 'fds';
  /** The app's first message; absent if only leakwatch's counts show it. */
  readonly text?: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly limit?: number;
  /** Highest number of threads and zombies together, if leakwatch counted them in the dyno. */
  readonly peak?: number;
  readonly memoryPeakRatio?: number;
}

export interface Leak extends Common {
  readonly kind: 'leak';
  readonly measure: Measure;
  readonly group?: string;
  readonly slopePerSecond?: number;
  readonly from: number;
  readonly to: number;
  /** Floors at the beginning and at the end of the growth. */
  readonly low?: number;
  readonly high?: number;
  /** Number of lives of the dyno that show the leak, of those that were long enough to show one. */
  readonly runs: number;
  readonly ofRuns: number;
  /** The last life was long enough and shows no leak. */
  readonly over: boolean;
  readonly culprit?: string;
}

export interface QuotaAhead extends Common, Omit<Ahead, 't'> {
  readonly kind: 'quota_ahead';
  readonly measure: 'memory';
  /** Time of the last measurement. */
  readonly at: number;
}

export interface Plateau extends Common {
  readonly kind: 'plateau';
  readonly level: number;
  /** It has stopped growing; false = it still grows, ever more slowly. */
  readonly settled: boolean;
  readonly quotaBytes: number;
  /** Time above the quota. */
  readonly seconds: number;
  readonly workers?: number;
  /** How many workers of this size fit the quota. */
  readonly fit?: number;
}

export interface OverQuota extends Common {
  readonly kind: 'over_quota';
  readonly peak: number;
  readonly quotaBytes?: number;
  /** Time above the quota. */
  readonly seconds: number;
}

export interface ToldAlert extends Common {
  readonly kind: 'alert';
  readonly code: AlertCode;
  readonly group: string;
  /** When it was told first. */
  readonly from: number;
}

export type LogFinding = Exhaustion | Leak | QuotaAhead | ToldAlert | Plateau | OverQuota;

/** Something fails or is about to, as against something that only costs. */
export function isCritical(finding: LogFinding): boolean {
  if (finding.kind === 'alert') return ALERTS[finding.code].severity === 'critical';
  return finding.kind === 'leak' || finding.kind === 'exhaustion';
}

/** For sorting: by kind, then what is certain before what is likely, and alerts before warnings. */
export function gravestFirst(a: LogFinding, b: LogFinding): number {
  return (
    ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) ||
    Number(a.certainty === 'likely') - Number(b.certainty === 'likely') ||
    Number(isCritical(b)) - Number(isCritical(a))
  );
}

/** The fields that name the dyno. */
export function nameOf({ name, appId }: DynoState): { dyno: string; appId?: string } {
  return { dyno: name, ...(appId !== undefined && { appId }) };
}
