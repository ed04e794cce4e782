/** Makes snapshots from short descriptions: a test gives the fields that matter, the rest is a healthy process. */
import type { CgroupLevel, CgroupMembership, HostFacts, ProcessSample, Snapshot } from '../../src/model/snapshot.ts';

export type ProcessSpec = Partial<Omit<ProcessSample, 'cgroup' | 'argv'>> & {
  readonly pid: number;
  /** A path, or a membership. Processes with the same path share a membership within a snapshot. */
  readonly cgroup?: string | CgroupMembership | undefined;
  /** Words separated by spaces, or a list of words. */
  readonly argv?: string | readonly string[] | undefined;
};

export interface SnapshotSpec {
  readonly t?: number;
  readonly selfPid?: number;
  readonly host?: Partial<HostFacts>;
  readonly cgroups?: ReadonlyMap<CgroupMembership, readonly CgroupLevel[]>;
  readonly shmem?: Snapshot['shmem'];
}

/** A host as /proc shows it: pid 1 is an init, pid 2 a kernel thread. */
export const HOST: readonly ProcessSpec[] = [
  { pid: 1, ppid: 0, comm: 'systemd', argv: '/sbin/init' },
  { pid: 2, ppid: 0, comm: 'kthreadd', kernel: true },
];

export function snapshot(processes: readonly ProcessSpec[], spec: SnapshotSpec = {}): Snapshot {
  const memberships = new Map<string, CgroupMembership>();
  const membership = (path: string): CgroupMembership => {
    const known = memberships.get(path) ?? { unitPath: path };
    memberships.set(path, known);
    return known;
  };
  return {
    t: spec.t ?? 0,
    wall: spec.t ?? 0,
    clockSeconds: undefined,
    ticksPerSecond: 100,
    selfPid: spec.selfPid,
    processes: processes.map(({ argv, cgroup, ...process }) => ({
      ppid: 1,
      startTicks: 1000 + process.pid,
      comm: 'app',
      state: 'S',
      kernel: false,
      threads: 1,
      rssBytes: 1000,
      anonBytes: 500,
      shmemBytes: 0,
      fds: 3,
      cpuSeconds: 0,
      childCpuSeconds: 0,
      uid: 1000,
      nprocLimit: undefined,
      nofileLimit: undefined,
      ...process,
      argv: typeof argv === 'string' ? argv.split(' ') : argv,
      cgroup: typeof cgroup === 'string' ? membership(cgroup) : cgroup,
    })),
    host: {
      threadsMax: undefined,
      pidMax: undefined,
      tasks: undefined,
      memoryTotal: undefined,
      memoryAvailable: undefined,
      ...spec.host,
    },
    cgroups: spec.cgroups ?? new Map(),
    ...(spec.shmem && { shmem: spec.shmem }),
    misses: new Map(),
  };
}
