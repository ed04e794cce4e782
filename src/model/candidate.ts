/**
 * A group that wants a place under its own name, see `Places`: what it weighs, and whether it presses, because it grows, is
 * near a limit or restarts again and again. A few numbers for each group that is there; a group keeps its sums until one of
 * its processes changes.
 */
import { type CgroupLevel, type CgroupMembership, isZombie, processId } from './snapshot.ts';
import type { Group } from './tracked.ts';

/** What a group has of each; `MEMORY`, `TASKS` and `FDS` are what it weighs by. */
const MEMORY = 0;
const TASKS = 1;
const FDS = 2;
const ZOMBIES = 3;
const PROCESSES = 4;
const AMOUNTS = 5;
const WEIGHED = [MEMORY, TASKS, FDS] as const;
/** A growth of less than this is none: bytes for memory, else a number. Chosen: above the noise of an idle program. */
const LEAST_GROWTH: Readonly<Record<number, number>> = {
  [MEMORY]: 4 << 20,
  [TASKS]: 4,
  [FDS]: 16,
  [ZOMBIES]: 3,
  [PROCESSES]: 4,
};

/** Snapshots of a block, of which the minimum counts: a peak is no growth. Chosen. */
const BLOCK = 5;
/** So many zombies that stay for a block are a growth: a healthy group has none. W11 begins to suspect with as many. */
const ZOMBIES_THAT_STAY = 3;
/** A group presses when the minimum has risen so often without a fall in between. */
const CLIMBS = 3;
/** And when it is so many times what it was before. Chosen: a warm-up or a wave of an idle program stays below. */
const GROWN = 1.5;
/** The share of a limit from which on a group is near it. Chosen below where W21 begins. */
const NEAR = 0.8;
/** Lives of a group's root in `LIVES_OVER` snapshots that are a restart again and again: W30 asks for as many. */
const LIVES = 3;
const LIVES_OVER = 45;

/** Users and cgroups of a group that are remembered. Most groups have one. */
const MOST_USERS = 8;
const MOST_CGROUPS = 8;
/** From here on, each block of as many uids is one user, who has them for namespaces. Source: login.defs(5), SUB_UID_MIN. */
const FIRST_SUB_UID = 100_000;
const SUB_UIDS = 65_536;

/** All groups together have so much: a group weighs the sum of its shares. */
export type Totals = readonly [memory: number, tasks: number, fds: number];

export class Candidate {
  readonly name: string;
  /** It has a place. */
  holds = false;
  /** Number of the last snapshot that has the group, and of the one in which it lost its place. */
  lastSeen = 0;
  lostAt = Number.NEGATIVE_INFINITY;
  /** The user that its place counts for, see `Places`. */
  user = -1;
  /** Sum of its shares in what all groups have. One that is away since before it was weighed is not lighter than others. */
  weight = Number.POSITIVE_INFINITY;
  /** It has been there for a block: a job of a minute takes no place from others. */
  isSettled = false;
  /** It grows, is near a limit, or restarts again and again. */
  presses = false;
  /** Users that its processes belong to. */
  users: readonly number[] = [];
  #cgroups: readonly CgroupMembership[] = [];
  #isNearOwnLimit = false;
  #grows = false;
  #root = '';
  #lives = 0;
  #changes = -1;
  #followed = 0;
  readonly #now: number[] = Array(AMOUNTS).fill(0);
  /** Least of this block; of the block before; and where the climb began. */
  readonly #low: number[] = Array(AMOUNTS).fill(Number.POSITIVE_INFINITY);
  readonly #before: number[] = Array(AMOUNTS).fill(Number.NaN);
  readonly #from: number[] = Array(AMOUNTS).fill(0);
  readonly #climbs: number[] = Array(AMOUNTS).fill(0);

  constructor(name: string) {
    this.name = name;
  }

  /** Adds what it has to the totals. @param full the cgroups that are near a limit of theirs */
  follow(group: Group, full: ReadonlySet<CgroupMembership>, totals: [number, number, number]): void {
    const now = this.#now;
    if (this.#changes !== group.changes) {
      this.#addUp(group);
      for (let at = 0; at < AMOUNTS; at++) this.#low[at] = Math.min(this.#low[at]!, now[at]!);
    }
    totals[MEMORY] += now[MEMORY]!;
    totals[TASKS] += now[TASKS]!;
    totals[FDS] += now[FDS]!;
    this.#followed++;
    this.isSettled = this.#followed >= BLOCK;
    if (this.#followed % BLOCK === 0) this.#endBlock();
    if (this.#followed % LIVES_OVER === 0) this.#lives = 0;
    const isNear = this.#isNearOwnLimit || (full.size > 0 && this.#cgroups.some((cgroup) => full.has(cgroup)));
    this.presses = isNear || this.#grows || this.#lives >= LIVES;
  }

  weigh(totals: Totals): void {
    if (this.#changes < 0) return;
    this.weight = 0;
    for (const at of WEIGHED) if (totals[at] > 0) this.weight += this.#now[at]! / totals[at];
  }

  #addUp({ processes, changes }: Group): void {
    this.#changes = changes;
    this.#now.fill(0);
    const users = new Set<number>();
    const cgroups = new Set<CgroupMembership>();
    let oldest: { readonly pid: number; readonly startTicks: number } | undefined;
    this.#isNearOwnLimit = false;
    for (const { sample, assignment } of processes) {
      if (users.size < MOST_USERS) users.add(userOf(sample.uid));
      if (sample.cgroup && cgroups.size < MOST_CGROUPS) cgroups.add(sample.cgroup);
      this.#add(TASKS, isZombie(sample) ? 1 : (sample.threads ?? 1));
      if (isZombie(sample)) {
        this.#add(ZOMBIES, 1);
        continue;
      }
      this.#add(PROCESSES, 1);
      // Without pages of files, which cost nothing: a hundred processes can map the same file.
      this.#add(MEMORY, sample.anonBytes ?? sample.rssBytes ?? 0);
      const { fds = 0, nofileLimit = Number.POSITIVE_INFINITY } = sample;
      this.#add(FDS, fds);
      // See `Limits`: a process with twice as many has restricted itself on purpose.
      if (fds >= NEAR * nofileLimit && fds < 2 * nofileLimit) this.#isNearOwnLimit = true;
      const isRoot = assignment !== undefined && assignment !== 'own' && assignment.root;
      if (isRoot && !(oldest && oldest.startTicks <= sample.startTicks)) oldest = sample;
    }
    this.users = [...users];
    this.#cgroups = [...cgroups];
    const root = oldest ? processId(oldest) : '';
    if (this.#root !== '' && root !== '' && root !== this.#root) this.#lives++;
    if (root !== '') this.#root = root;
  }

  #add(at: number, amount: number): void {
    this.#now[at]! += amount;
  }

  #endBlock(): void {
    this.#grows = this.#low[ZOMBIES]! >= ZOMBIES_THAT_STAY;
    for (let at = 0; at < AMOUNTS; at++) {
      const low = this.#low[at]!;
      const before = this.#before[at]!;
      if (!(low >= before)) {
        this.#from[at] = low;
        this.#climbs[at] = 0;
      } else if (low > before) this.#climbs[at]!++;
      this.#before[at] = low;
      this.#low[at] = this.#now[at]!;
      const from = this.#from[at]!;
      if (this.#climbs[at]! >= CLIMBS && low >= GROWN * from && low - from >= LEAST_GROWTH[at]!) this.#grows = true;
    }
  }
}

function userOf(uid: number | undefined): number {
  if (uid === undefined) return -1;
  return uid < FIRST_SUB_UID ? uid : FIRST_SUB_UID + Math.floor((uid - FIRST_SUB_UID) / SUB_UIDS);
}

/** The cgroups that are near a limit of their own, or were refused something. */
export function fullCgroups(cgroups: ReadonlyMap<CgroupMembership, readonly CgroupLevel[]>): Set<CgroupMembership> {
  const full = new Set<CgroupMembership>();
  for (const [membership, [level]] of cgroups) if (level && isFull(level)) full.add(membership);
  return full;
}

function isFull({ pidsCurrent, pidsMax, memoryUsed, memoryMax, refusedForks = 0, oomKills = 0 }: CgroupLevel): boolean {
  const isNear = (used: number | undefined, limit: number | undefined): boolean =>
    used !== undefined && limit !== undefined && limit > 0 && used >= NEAR * limit;
  return refusedForks > 0 || oomKills > 0 || isNear(pidsCurrent, pidsMax) || isNear(memoryUsed, memoryMax);
}
