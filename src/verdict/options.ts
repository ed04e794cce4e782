/** What the verdicts on a host are made with. They are types of the library, so that they import nothing. */

export interface HostOptions {
  readonly intervalSeconds: number;
  /** Budget of all series of the host together. */
  readonly falseAlarmsPerMonth: number;
  /** What is deployed on the host: growth is compared with that of earlier releases. Absent = unknown. */
  readonly release?: string;
}

export interface LimitOptions {
  /** W20 is told if a limit will be reached within this time; 6 h if absent, as on the command line. */
  readonly warnAheadSeconds?: number;
  /** The host is a dyno, which its platform restarts once a day: what comes before that is told as well. */
  readonly isDyno?: boolean;
}
