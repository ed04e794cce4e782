/**
 * The portable source, for hosts without /proc: processes from ps-list, their CPU time and memory from pidusage.
 * It spawns `ps` twice per sample, so it fails on a host that has no process left. It cannot tell threads, zombies,
 * descriptors or limits; these stay unknown.
 */
import pidusage from 'pidusage';
import psList from 'ps-list';
import type { ProcessSample, Snapshot } from '../../model/snapshot.ts';
import { type Clock, steadyClock } from '../clock.ts';
import { MissCounter } from '../miss.ts';
import type { Source } from '../source.ts';

/** ps gives start times in whole seconds. */
const TICKS_PER_SECOND = 1;
/** Pids per call of pidusage, which puts them on one command line of ps: 500 of 7 digits are 4 KB. */
const PIDS_AT_ONCE = 500;

export class PsSource implements Source {
  readonly name = 'ps';
  readonly #clock: Clock;

  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? steadyClock();
  }

  async sample(): Promise<Snapshot> {
    const { t, wall } = this.#clock();
    const misses = new MissCounter();
    const listed = await psList();
    if (listed.length === 0) throw new Error('cannot list processes: ps printed nothing');
    const usage = await usageOf(
      listed.map(({ pid }) => pid),
      misses,
    );
    const processes: ProcessSample[] = [];
    for (const { pid, ppid, uid, name, cmd, startTime } of listed) {
      // The `ps` that made this list.
      if (ppid === process.pid && name === 'ps') continue;
      if (startTime === undefined) {
        misses.add('start_time', 'malformed');
        continue;
      }
      const use = usage.get(pid);
      processes.push({
        pid,
        ppid,
        startTicks: Math.round(startTime.getTime() / 1000),
        comm: name,
        state: undefined,
        kernel: false,
        threads: undefined,
        rssBytes: use?.memory,
        anonBytes: undefined,
        shmemBytes: undefined,
        fds: undefined,
        cpuSeconds: use && use.ctime / 1000,
        childCpuSeconds: undefined,
        uid,
        cgroup: undefined,
        argv: cmd === undefined || cmd === '' ? undefined : cmd.split(' '),
        nprocLimit: undefined,
        nofileLimit: undefined,
      });
    }
    return {
      t,
      wall,
      // ps tells start times by the host's time.
      clockSeconds: wall,
      ticksPerSecond: TICKS_PER_SECOND,
      selfPid: process.pid,
      processes,
      host: {
        threadsMax: undefined,
        pidMax: undefined,
        tasks: undefined,
        memoryTotal: undefined,
        memoryAvailable: undefined,
      },
      cgroups: new Map(),
      misses: misses.counts,
    };
  }
}

type Usage = pidusage.Status;

/** Processes that ended in the meantime are missing from the result, and counted as misses. */
async function usageOf(pids: readonly number[], misses: MissCounter): Promise<Map<number, Usage>> {
  const usage = new Map<number, Usage>();
  for (let from = 0; from < pids.length; from += PIDS_AT_ONCE) {
    const some = pids.slice(from, from + PIDS_AT_ONCE);
    try {
      // Without `usePs` pidusage would keep a descriptor open per pid if there is a /proc.
      const found = await pidusage(some, { usePs: true });
      for (const pid of some) {
        if (found[pid]) usage.set(pid, found[pid]);
        else misses.add('usage', 'vanished');
      }
    } catch {
      misses.add('usage', 'failed');
    }
  }
  return usage;
}
