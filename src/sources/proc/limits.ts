/** Parses /proc/PID/limits, a table of soft and hard limits in columns of fixed width. Source: proc_pid_limits(5). */

export interface SoftLimits {
  /** RLIMIT_NPROC (tasks of the user) and RLIMIT_NOFILE (descriptors of the process); Infinity = unlimited. */
  readonly nproc: number | undefined;
  readonly nofile: number | undefined;
}

export function parseLimits(text: string): SoftLimits {
  return { nproc: soft(text, 'Max processes'), nofile: soft(text, 'Max open files') };
}

function soft(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name} +(unlimited|\\d{1,15}) `, 'm').exec(text);
  if (!match) return undefined;
  return match[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(match[1]);
}
