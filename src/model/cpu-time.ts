/** CPU time of a group, counted so that none is lost when processes end. Source: proc_pid_stat(5), wait(2). */
import type { ProcessSample } from './snapshot.ts';

/**
 * CPU seconds that a process and the children it has waited for used since `before`. When a parent waits for a child,
 * the kernel adds the child's whole time to the parent's `childCpuSeconds`. This is how the time of children too
 * short-lived to be seen gets counted, and the time of any process after its last sample.
 * @param counted seconds of ended children that were counted while they lived, and must not be counted twice
 * @returns never negative
 */
export function cpuUsed(process: ProcessSample, before: ProcessSample | undefined, counted: number): number {
  const own = (process.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0);
  const inherited = (process.childCpuSeconds ?? 0) - (before?.childCpuSeconds ?? 0) - counted;
  return Math.max(0, own) + Math.max(0, inherited);
}
