/** The last report, how old it is, and whether the server still answers. */
import type { PageReport } from './report.ts';

export interface News {
  /** Undefined before the first one. */
  readonly report: PageReport | undefined;
  /** Why the last request failed; empty where it did not. */
  readonly failure: string;
  /** Whether the server has ever answered. */
  readonly answered: boolean;
  /** Since the last sample was taken. */
  readonly ageSeconds: number;
}

/** A restart takes a moment and a sample may be late: intervals that pass before the page says so. */
const STALE_INTERVALS = 3;
/** The same where the server does not answer at all. */
const LOST_INTERVALS = 1.5;
const GRACE_SECONDS = 2;

export function isStale({ report, failure, ageSeconds }: News): boolean {
  if (!report) return false;
  return ageSeconds > (failure ? LOST_INTERVALS : STALE_INTERVALS) * report.self.presentIntervalSeconds + GRACE_SECONDS;
}
