/**
 * The conclusion on one dyno: all its lives in, findings out, gravest first. A detector's verdict is a finding by
 * itself; the shape of a life only together with a second reason (the quota was passed, several lives repeat each
 * other).
 */
import { countedLeaks } from './counted-leaks.ts';
import type { DynoState } from './dyno.ts';
import { exhaustions } from './exhaustion.ts';
import { gravestFirst, type LogFinding } from './findings.ts';
import { memoryFindings } from './memory.ts';
import { quotaAhead } from './quota-ahead.ts';
import { toldAlerts } from './told-alerts.ts';

/** @returns gravest first; empty if nothing is found */
export function concludeDyno(dyno: DynoState): LogFinding[] {
  const findings = [exhaustions, countedLeaks, quotaAhead, toldAlerts, memoryFindings].flatMap((find) => find(dyno));
  return findings.sort(gravestFirst);
}
