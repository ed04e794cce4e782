/** The members of one group in one snapshot, added up to what its reading holds. */
import { Limits } from './bounds.ts';
import type { Membership } from './grouping.ts';
import { type CountedMetric, METRICS, type Metric } from './metrics.ts';
import { isZombie, type ProcessSample, processId } from './snapshot.ts';

type Count = (members: Members) => number | undefined;

/** Metrics that count members by their state; undefined where no member's state is known. */
const COUNTED: Readonly<Record<CountedMetric, Count>> = {
  processes: ({ living }) => living,
  zombies: ({ isStateKnown, zombies }) => (isStateKnown ? zombies.length : undefined),
};
const COUNTS = Object.entries(COUNTED) as [CountedMetric, Count][];

/** Metrics that follow from a value of each living member: their sum, or the greatest. */
const OF_PROCESSES = METRICS.flatMap(({ name, ofProcess, isShared = false }) =>
  ofProcess ? [{ name, ofProcess, isShared }] : [],
);

/** Adds up one group. A value that one member does not know is unknown for the group: a partial sum would be wrong. */
export class Members {
  readonly zombies: ProcessSample[] = [];
  /** Limits of the members that are not zombies. */
  readonly limits = new Limits();
  orphans = 0;
  /** Number of process trees. */
  roots = 0;
  /** Members that are not zombies. */
  living = 0;
  /** False where the source cannot tell zombies from the living. */
  isStateKnown = true;
  /** In the order of `OF_PROCESSES`; NaN = unknown. */
  readonly #values = new Float64Array(OF_PROCESSES.length);
  #root: ProcessSample | undefined;
  #oldest: ProcessSample | undefined;

  add(process: ProcessSample, membership: Membership): void {
    if (isZombie(process)) {
      this.zombies.push(process);
      return;
    }
    this.living++;
    this.limits.add(process);
    if (process.state === undefined) this.isStateKnown = false;
    if (membership.orphan) this.orphans++;
    if (membership.root) {
      this.roots++;
      if (older(process, this.#root)) this.#root = process;
    }
    if (older(process, this.#oldest)) this.#oldest = process;
    for (let at = 0; at < OF_PROCESSES.length; at++) {
      const { ofProcess, isShared } = OF_PROCESSES[at]!;
      const value = ofProcess(process) ?? Number.NaN;
      this.#values[at] = isShared ? Math.max(this.#values[at]!, value) : this.#values[at]! + value;
    }
  }

  /** The oldest living root; undefined if there is none. */
  get root(): ProcessSample | undefined {
    return this.#root;
  }

  /** Identity of the oldest root, or of the oldest orphan if only orphans are left; '' if only zombies are. */
  start(): string {
    const root = this.#root ?? this.#oldest;
    return root ? processId(root) : '';
  }

  /** @param cgroupShmemBytes shared memory of the cgroups that are the group's own; undefined = it has none */
  values(cgroupShmemBytes?: number): Partial<Record<Metric, number>> {
    const values: Partial<Record<Metric, number>> = {};
    for (const [metric, count] of COUNTS) {
      const value = count(this);
      if (value !== undefined) values[metric] = value;
    }
    for (let at = 0; at < OF_PROCESSES.length; at++) {
      const value = this.#values[at]!;
      if (!Number.isNaN(value)) values[OF_PROCESSES[at]!.name] = value;
    }
    if (cgroupShmemBytes !== undefined) values.shmem = Math.max(values.shmem ?? 0, cgroupShmemBytes);
    return values;
  }
}

function older(process: ProcessSample, than: ProcessSample | undefined): boolean {
  return (
    !than || process.startTicks < than.startTicks || (process.startTicks === than.startTicks && process.pid < than.pid)
  );
}
