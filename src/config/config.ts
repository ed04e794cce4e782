/** The configuration that commands get: all values parsed, in base units, with defaults filled in. */

import type { GroupPattern } from '../model/grouping.ts';

/** Address of the HTTP server. */
export interface ListenAddress {
  /** Host name, or address without brackets; '' = every interface, IPv4 and IPv6. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/** A server that metrics or alerts are pushed to. */
export interface PushTarget {
  /** Without name, password and final slash. */
  readonly url: string;
  /** The Authorization header made of the name and the password. It is never shown. */
  readonly authorization?: string;
}

export type LogFormat = 'l2met' | 'json';
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

export const LOG_FORMATS: readonly LogFormat[] = ['l2met', 'json'];
export const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'];

export interface Config {
  readonly intervalSeconds: number;
  /** undefined = no server. */
  readonly listen: ListenAddress | undefined;
  /** Listen where others reach the server and no password is asked for. */
  readonly withoutPassword: boolean;
  readonly procfs: string;
  /** Absent = the variable DYNO, else the host name. */
  readonly source?: string;
  /** Absent = what Heroku says, else the host name. */
  readonly app?: string;
  /** Absent = what Heroku says, else unknown. */
  readonly release?: string;
  /** In the order given; the first match wins. */
  readonly groups: readonly GroupPattern[];
  readonly maxGroups: number;
  readonly record?: string;
  /** File that keeps what was learned over a restart. */
  readonly state?: string;
  readonly falseAlarmsPerMonth: number;
  /** How far ahead W20 warns of a limit. */
  readonly warnAheadSeconds: number;
  /** Share of one core that samples may cost, from more than 0 to 1. */
  readonly maxCpuShare: number;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  /** Also print the two lines that Heroku prints for a dyno. */
  readonly logRuntimeMetrics: boolean;
  readonly pushGateway?: PushTarget;
  readonly alertmanagers: readonly PushTarget[];
  /** Certificates that servers which are pushed to may be signed with; absent = those that Node knows. */
  readonly caFile?: string;
  readonly webConfig?: string;
  /** Where others reach the page, without a final slash. */
  readonly externalUrl?: string;
  /** Where docs/alerts.md is published, without a final slash. */
  readonly runbookUrl?: string;
  /** The daemon ends when the process with this pid ends. */
  readonly stopWith?: number;
  /** File for the report on a log, as a page. */
  readonly html?: string;
  /** The group that a snapshot looks at. */
  readonly explain?: string;
  /** The configuration file. */
  readonly configFile?: string;
}
