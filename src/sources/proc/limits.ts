/** Parses /proc/PID/limits, a table of soft and hard limits in columns of fixed width. Source: proc_pid_limits(5). */

export interface SoftLimits {
  /** RLIMIT_NPROC (tasks of the user) and RLIMIT_NOFILE (descriptors of the process); Infinity = unlimited. */
  readonly nproc: number | undefined;
  readonly nofile: number | undefined;
}

const NPROC = /^Max processes +(unlimited|\d{1,15}) /m;
const NOFILE = /^Max open files +(unlimited|\d{1,15}) /m;

export function parseLimits(text: string): SoftLimits {
  return { nproc: soft(text, NPROC), nofile: soft(text, NOFILE) };
}

function soft(text: string, line: RegExp): number | undefined {
  const match = line.exec(text);
  if (!match) return undefined;
  return match[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(match[1]);
}
