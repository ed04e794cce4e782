import type { DaemonLog } from '../../src/sinks/daemon-log.ts';

/** A log that writes nothing, except to the levels that a test listens to. */
export function daemonLog(levels: Partial<DaemonLog> = {}): DaemonLog {
  const silent = () => undefined;
  return { info: silent, warn: silent, error: silent, ...levels };
}
