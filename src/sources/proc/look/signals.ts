/**
 * What a process does with SIGCHLD, the signal that tells it of a child that has ended. Source: proc_pid_status(5),
 * signal(7), waitpid(2); kernel/signal.c, do_notify_parent and sig_ignored.
 */
import { constants } from 'node:os';

export interface SignalMasks {
  readonly ignored: bigint;
  readonly caught: bigint;
  /** By its main thread. */
  readonly blocked: bigint;
  /** Sent to the process, and taken by none of its threads yet. */
  readonly pending: bigint;
}

/** @param text content of /proc/PID/status @returns undefined if a mask is missing */
export function parseSignals(text: string): SignalMasks | undefined {
  const mask = (name: string): bigint | undefined => {
    const match = new RegExp(`\\n${name}:\\t([0-9a-f]{16,32})\\n`).exec(text);
    return match ? BigInt(`0x${match[1]}`) : undefined;
  };
  const [pending, blocked, ignored, caught] = ['ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt'].map(mask);
  if (pending === undefined || blocked === undefined || ignored === undefined || caught === undefined) return undefined;
  return { pending, blocked, ignored, caught };
}

const CHILD = 1n << BigInt(constants.signals.SIGCHLD - 1);

/**
 * What a parent of zombies does with SIGCHLD: a sentence without a subject. A blocked signal stays pending, even if it would
 * have no effect; where it does not, another thread or a signalfd takes it.
 */
export function sigchldRemark({ ignored, caught, blocked, pending }: SignalMasks): string {
  const isIn = (mask: bigint): boolean => (mask & CHILD) !== 0n;
  if (isIn(ignored))
    return 'ignores SIGCHLD, so that the kernel reaps its children, but only those that end from now on';
  if (isIn(blocked) && isIn(pending)) return 'blocks SIGCHLD, so that it is not told that its children end';
  if (isIn(blocked)) return 'blocks SIGCHLD in its main thread and takes it in another way, but does not wait';
  return isIn(caught) ? 'catches SIGCHLD but does not wait' : 'does not handle SIGCHLD, and does not wait either';
}
