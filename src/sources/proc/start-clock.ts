/**
 * Now, on the clock of process start times. /proc/uptime need not be that clock: lxcfs lays a file of its own over it,
 * which counts from the start of the container, while start times count from the boot of the host. Both run at the same
 * rate, also while the host sleeps, so how far uptime is behind is measured once, with a thread whose age we know: the
 * first one that Node made. Time namespaces need nothing more, as the kernel shows both in the namespace of the reader.
 * Source: fs/proc/array.c, do_task_stat; fs/proc/uptime.c; lxcfs, src/proc_fuse.c. Cost: nothing after the start.
 */
import { readdirSync } from 'node:fs';
import type { FileReader } from './file.ts';
import { parseUptime } from './host.ts';
import { parseStat } from './stat.ts';

/** Chosen: Node has its first thread a fraction of a second after it began to count. */
const LEAST_LAG_SECONDS = 1;
/** Chosen: a process may start while a sample is taken, and no sample takes as long. */
const MOST_AHEAD_SECONDS = 10;

export interface StartClockOptions {
  readonly procfs: string;
  readonly files: FileReader;
  readonly ticksPerSecond: number;
  /** We may be in it: it is no copy, whose `self` is another process. */
  readonly isLive: boolean;
}

export class StartClock {
  readonly #options: StartClockOptions;
  readonly #lagSeconds: number;
  #isContradicted = false;

  constructor(options: StartClockOptions) {
    this.#options = options;
    const uptime = this.uptimeSeconds();
    const started = options.isLive ? this.#ownStart() : undefined;
    const lag = uptime === undefined || started === undefined ? 0 : started + process.uptime() - uptime;
    this.#lagSeconds = lag >= LEAST_LAG_SECONDS ? lag : 0;
  }

  /** @returns what /proc/uptime says, in seconds from any origin */
  uptimeSeconds(): number | undefined {
    return parseUptime(this.#options.files.text(`${this.#options.procfs}/uptime`) ?? '');
  }

  /** @returns the time in seconds at which a process would start now; undefined if it is unknown */
  at(uptimeSeconds: number | undefined): number | undefined {
    return uptimeSeconds === undefined || this.#isContradicted ? undefined : uptimeSeconds + this.#lagSeconds;
  }

  /**
   * Where our own threads cannot be seen, uptime is taken at its word until a process has started after it.
   * @param newestTicks when the newest process started
   */
  check(newestTicks: number, uptimeSeconds: number | undefined): void {
    if (uptimeSeconds === undefined) return;
    const newestSeconds = newestTicks / this.#options.ticksPerSecond;
    this.#isContradicted = newestSeconds > uptimeSeconds + this.#lagSeconds + MOST_AHEAD_SECONDS;
  }

  /**
   * When Node began, on the clock of start times. Its main thread may be much older, because a shell that becomes Node
   * by exec keeps its start time; the oldest of the others is one that Node made at once and keeps.
   */
  #ownStart(): number | undefined {
    const { procfs, files, ticksPerSecond } = this.#options;
    const starts: number[] = [];
    try {
      for (const tid of readdirSync(`${procfs}/self/task`)) {
        const length = files.read(`${procfs}/self/task/${tid}/stat`);
        const stat = length < 0 ? undefined : parseStat(files.buffer, length);
        if (stat) starts.push(stat.startTicks);
      }
    } catch {
      return undefined;
    }
    const [oldest, next = oldest] = starts.sort((a, b) => a - b);
    return next === undefined ? undefined : next / ticksPerSecond;
  }
}
