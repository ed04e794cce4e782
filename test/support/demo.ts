/** Runs `leakwatch demo` and knows its processes, wherever they end up, by a mark in their environment. */
import { randomUUID } from 'node:crypto';
import { type Finished, type RunOptions, run } from './daemon.ts';
import { pids, readOf } from './processes.ts';

export interface RunningDemo {
  /** Processes that it started, or that those started, and that still run. */
  readonly left: () => number[];
  readonly kill: (signal: NodeJS.Signals) => boolean;
}

export interface DemoOptions extends Pick<RunOptions, 'prefix' | 'timeoutMs'> {
  readonly meanwhile?: (running: RunningDemo) => void;
}

export async function demo(kind: string, options: DemoOptions = {}): Promise<Finished & Pick<RunningDemo, 'left'>> {
  const { meanwhile, ...rest } = options;
  const mark = randomUUID();
  const left = (): number[] => pids().filter((pid) => readOf(pid, 'environ').includes(mark));
  const finished = await run(['demo', kind], {
    ...rest,
    // One of the variables that leakwatch takes over.
    env: { HEROKU_DYNO_ID: mark },
    meanwhile: (child) => meanwhile?.({ left, kill: (signal) => child.kill(signal) }),
  });
  return { ...finished, left };
}
