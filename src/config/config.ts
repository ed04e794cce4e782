/** The configuration as the commands see it: every value parsed, in base units, defaults filled in. */

import type { GroupPattern } from '../model/grouping.ts';

/** Where the HTTP server listens. */
export interface ListenAddress {
  /** Host name or address without brackets; '' = every interface, IPv6 too where there is one. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/** A server that something is pushed to. */
export interface PushTarget {
  /** Without the name and password, and without a slash at its end. */
  readonly url: string;
  /** The Authorization header that the name and password make; never shown. */
  readonly authorization?: string;
}

export type LogFormat = 'l2met' | 'json';
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

export const LOG_FORMATS: readonly LogFormat[] = ['l2met', 'json'];
export const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'];

export interface Config {
  readonly intervalSeconds: number;
  /** `undefined` = serve nothing. */
  readonly listen: ListenAddress | undefined;
  readonly procfs: string;
  /** Absent = the name of the dyno, else of the host. */
  readonly source?: string;
  /** In the order given: the first that matches wins. */
  readonly groups: readonly GroupPattern[];
  readonly maxGroups: number;
  readonly record?: string;
  /** Where what was learned outlives us. */
  readonly state?: string;
  readonly falseAlarmsPerMonth: number;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  /** Also print the two lines that Heroku prints of a dyno. */
  readonly logRuntimeMetrics: boolean;
  readonly pushGateway?: PushTarget;
  readonly alertmanagers: readonly PushTarget[];
  readonly webConfig?: string;
  /** The process whose end is ours. */
  readonly stopWith?: number;
  /** Where the report on a log is written to as a page. */
  readonly html?: string;
  /** The file that some of this was read from. */
  readonly configFile?: string;
}
