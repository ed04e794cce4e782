/** Daemons that push, and what they say of it. */
import { onTestFinished } from 'vitest';
import { Daemon, type DaemonOptions } from './daemon.ts';

/** Killed when the test is over. */
export async function startPushing(args: readonly string[], options: DaemonOptions = {}): Promise<Daemon> {
  const daemon = await Daemon.start(['--interval', '100ms', ...args], options);
  onTestFinished(() => daemon.kill());
  return daemon;
}

export async function failuresOf(daemon: Daemon, target: string): Promise<number | undefined> {
  return (await daemon.metrics()).value(`leakwatch_push_failures_total{target="${target}"}`);
}

export function complaintsOf(daemon: Daemon): string[] {
  return daemon.log.filter((line) => line.includes('a push has failed'));
}
