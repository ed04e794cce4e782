/**
 * The table of alerts: all that is the same for every event of one code. Watches, metrics, log lines, the terminal, the
 * page, pushes, log reports and the documentation's test read it. A new code is one row here and the watch or metric
 * that tells it; a code that is not in the table does not compile.
 */

/** How people are told: an alert, a warning that may become one, or the end of either. */
export type At = 'alert' | 'warn' | 'resolved';

export type Severity = 'critical' | 'warning';

/** The kinds of evidence that an event can carry; `verdict/evidence.ts` has the fields of each. */
export type EvidenceKind = 'growth' | 'restarts' | 'orphans' | 'overcommit' | 'degradation';

/**
 * What an alert is about: one `series` of a group, a `limit` that groups share, the `processes` of a group themselves,
 * how much `memory` they hold, or leakwatch itself (`monitor`).
 */
export type AlertSubject = 'series' | 'limit' | 'processes' | 'memory' | 'monitor';

export interface AlertRow {
  /** `desc` of log lines, and part of alert names elsewhere. */
  readonly name: string;
  readonly title: string;
  readonly about: AlertSubject;
  /** Severity of its `alert`; a `warn` is never more than a warning. */
  readonly severity: Severity;
  readonly evidence: EvidenceKind;
  /** The words of a sentence after the name of the group; `LIMIT` stands for the name of the limit. */
  readonly says: Readonly<Record<At, string>>;
  /** Said after that while it stands: what the reader would otherwise take for something else. */
  readonly remark?: string;
}

const ROWS = {
  W10: {
    name: 'thread_leak',
    title: 'Thread leak',
    about: 'series',
    severity: 'critical',
    evidence: 'growth',
    says: { alert: 'leaks threads', warn: 'may be leaking threads', resolved: 'no longer leaks threads' },
  },
  W11: {
    name: 'zombie_leak',
    title: 'Zombie leak',
    about: 'series',
    severity: 'critical',
    evidence: 'growth',
    says: { alert: 'leaks zombies', warn: 'may be leaking zombies', resolved: 'no longer leaks zombies' },
  },
  W12: {
    name: 'memory_leak',
    title: 'Memory leak',
    about: 'series',
    severity: 'critical',
    evidence: 'growth',
    says: { alert: 'leaks memory', warn: 'may be leaking memory', resolved: 'no longer leaks memory' },
  },
  W13: {
    name: 'fd_leak',
    title: 'File descriptor leak',
    about: 'series',
    severity: 'critical',
    evidence: 'growth',
    says: {
      alert: 'leaks file descriptors',
      warn: 'may be leaking file descriptors',
      resolved: 'no longer leaks file descriptors',
    },
  },
  W14: {
    name: 'process_leak',
    title: 'Process leak',
    about: 'series',
    severity: 'critical',
    evidence: 'growth',
    says: { alert: 'leaks processes', warn: 'may be leaking processes', resolved: 'no longer leaks processes' },
  },
  W20: {
    name: 'limit_forecast',
    title: 'Limit ahead',
    about: 'limit',
    severity: 'warning',
    evidence: 'growth',
    says: {
      alert: 'will reach its LIMIT',
      warn: 'will reach its LIMIT',
      // Also said when the limit has been reached, before W21 says so.
      resolved: 'no longer has its LIMIT ahead',
    },
  },
  W21: {
    name: 'limit_reached',
    title: 'Limit reached',
    about: 'limit',
    severity: 'critical',
    evidence: 'growth',
    says: {
      alert: 'has reached its LIMIT',
      warn: 'has reached its LIMIT',
      resolved: 'is below its LIMIT again',
    },
  },
  W30: {
    name: 'crash_loop',
    title: 'Crash loop',
    about: 'processes',
    severity: 'critical',
    evidence: 'restarts',
    says: {
      alert: 'crashes again and again',
      warn: 'may be crashing again and again',
      resolved: 'no longer crashes again and again',
    },
  },
  W31: {
    name: 'orphaned_processes',
    title: 'Orphaned processes',
    about: 'processes',
    severity: 'critical',
    evidence: 'orphans',
    says: {
      alert: 'has orphaned processes',
      warn: 'may have orphaned processes',
      resolved: 'has no orphaned processes any more',
    },
  },
  W40: {
    name: 'memory_overcommit',
    title: 'More than fits memory',
    about: 'memory',
    severity: 'warning',
    evidence: 'overcommit',
    says: {
      alert: 'needs more memory than it may use',
      warn: 'needs more memory than it may use',
      resolved: 'fits its memory again',
    },
    remark: 'memory has stopped growing',
  },
  W41: {
    name: 'file_growth',
    title: 'File pages grow',
    about: 'memory',
    severity: 'warning',
    evidence: 'growth',
    says: {
      alert: 'holds more and more pages of files',
      warn: 'holds more and more pages of files',
      resolved: 'no longer holds more and more pages of files',
    },
    remark: 'no leak, because the kernel takes them back when memory is short',
  },
  W50: {
    name: 'monitor_degraded',
    title: 'leakwatch is degraded',
    about: 'monitor',
    severity: 'warning',
    evidence: 'degradation',
    says: { alert: 'loses data', warn: 'sees less than it should', resolved: 'has recovered' },
  },
} as const satisfies Readonly<Record<string, AlertRow>>;

export type AlertCode = keyof typeof ROWS;

/** The codes whose events carry this kind of evidence. */
export type CodeOf<Kind extends EvidenceKind> = {
  [Code in AlertCode]: (typeof ROWS)[Code]['evidence'] extends Kind ? Code : never;
}[AlertCode];

/** The kind of evidence that the events of this code carry. */
export type EvidenceKindOf<Code extends AlertCode> = (typeof ROWS)[Code]['evidence'];

/** The codes that are about this. */
export type CodeAbout<Subject extends AlertSubject> = {
  [Code in AlertCode]: (typeof ROWS)[Code]['about'] extends Subject ? Code : never;
}[AlertCode];

/** The codes that say of one series that it grows without end. */
export type LeakCode = CodeAbout<'series'>;

export const ALERTS: Readonly<Record<AlertCode, AlertRow>> = ROWS;

export const ALERT_CODES = Object.keys(ROWS) as readonly AlertCode[];

/** @returns the severity of an event, which depends on how it is told (`at`) */
export function severityOf({ code, at }: { readonly code: AlertCode; readonly at: At }): Severity {
  return at === 'alert' ? ALERTS[code].severity : 'warning';
}
