/** CPU time of a group, counted so that nothing of it is lost when processes end. Source: proc_pid_stat(5), wait(2). */
import type { ProcessSample } from './snapshot.ts';

/**
 * CPU seconds used since `before`, the children's part included: what a parent inherits when it waits for a child is
 * that child's whole time, so what was already counted while the child lived (`counted`) is taken off. This way the
 * time of children too short-lived to be seen, and everybody's last moments, are in the sum, and it never falls.
 */
export function cpuUsed(process: ProcessSample, before: ProcessSample | undefined, counted: number): number {
  const own = (process.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0);
  const inherited = (process.childCpuSeconds ?? 0) - (before?.childCpuSeconds ?? 0) - counted;
  return Math.max(0, own) + Math.max(0, inherited);
}
