/**
 * All groups of a host that have verdicts. They are judged in a fixed order, are remembered by name when they are gone,
 * and share one budget of false alarms. Their number is bounded.
 */
import { type Learned, MOST_LEARNED } from '../model/learned.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import type { GroupReading, Readings } from '../model/reading.ts';
import { scaleOf } from '../series/scale.ts';
import { AbsentGroups } from './absent-groups.ts';
import { GroupVerdicts } from './group-verdicts.ts';
import type { HostOptions } from './options.ts';

/**
 * A group that is absent for this many samples, five minutes at 20 s, is forgotten; until then it may only be
 * restarting. Kubernetes waits that long at the most before it restarts a container (CrashLoopBackOff), systemd 0.1 s.
 */
const FORGOTTEN_AFTER = 15;
/** A recording can hold any number of groups. Those beyond this number, which is 31 MB of series, are not judged. */
const MOST_GROUPS = 1000;

const MONTHS_PER_YEAR = 12;

export class Groups {
  readonly #options: HostOptions;
  readonly #groups = new Map<string, GroupVerdicts>();
  readonly #absent = new AbsentGroups();
  /** Names of the groups of the last reading, sorted. */
  #names: readonly string[] = [];
  /** Samples seen, extra ones aside. */
  #count = 0;
  /** Time of the last reading, seconds since the epoch. */
  #now = Number.NaN;
  #budgetedGroups = 0;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /** Series being judged now. */
  get series(): number {
    return this.#groups.size * METRICS.length;
  }

  /** Begins a new instant. @returns groups that have been absent for too long and are dropped now, see `remember` */
  begin({ t, extra, groups }: Readings): readonly GroupVerdicts[] {
    this.#now = t;
    if (extra) return [];
    this.#count++;
    const gone = [...this.#groups.values()].filter(
      ({ name, lastSeen }) => !groups.has(name) && this.#count - lastSeen > FORGOTTEN_AFTER,
    );
    for (const group of gone) this.#groups.delete(group.name);
    return gone;
  }

  /** Keeps what a dropped group has taught. */
  remember(group: GroupVerdicts): void {
    const learned = group.learned(this.#now);
    // Jobs of a few minutes, each with a name of its own, have taught nothing and would push out other groups.
    if (learned.series.threads!.slots >= scaleOf(this.#options.intervalSeconds).hour) this.#absent.add(learned);
  }

  /**
   * The names in sorted order, because a recording does not keep the order of the live run; usually the same as before.
   */
  inOrder(groups: Readings['groups']): readonly string[] {
    if (this.#names.length !== groups.size || !this.#names.every((name) => groups.has(name)))
      this.#names = [...groups.keys()].sort();
    return this.#names;
  }

  /** The group of this name, made if it is new; undefined if there are too many groups. */
  see(name: string, { start }: GroupReading): GroupVerdicts | undefined {
    const group = this.#groups.get(name) ?? this.#newGroup(name, start);
    if (group) group.lastSeen = this.#count;
    return group;
  }

  /** With more series, each of them gets a smaller part of the budget. */
  shareBudget(): void {
    if (this.#groups.size === this.#budgetedGroups) return;
    this.#budgetedGroups = this.#groups.size;
    const perYear = this.#budget();
    for (const group of this.#groups.values()) group.falseAlarmsPerYear = perYear;
  }

  /** Floors of one series, oldest first; undefined if there is no such series. */
  points(group: string, metric: Metric, windowSeconds: number): { t: number; v: number }[] | undefined {
    return this.#groups.get(group)?.judgeOf(metric).points(windowSeconds);
  }

  /** What another run can start from. Changes nothing. */
  learned(): Learned {
    const present = [...this.#groups.values()].map((group) => group.learned(this.#now));
    return {
      intervalSeconds: this.#options.intervalSeconds,
      groups: [...present, ...this.#absent.list(this.#now)].slice(0, MOST_LEARNED),
    };
  }

  /** To be called before the first reading, with what an earlier run with the same interval has learned. */
  learn({ groups }: Learned): void {
    for (const group of groups.toReversed()) this.#absent.add(group);
  }

  #newGroup(name: string, start: string): GroupVerdicts | undefined {
    if (this.#groups.size >= MOST_GROUPS) return undefined;
    const { intervalSeconds, release } = this.#options;
    const falseAlarmsPerYear = this.#budget();
    const group = new GroupVerdicts({ name, start, intervalSeconds, falseAlarmsPerYear, release });
    const learned = this.#absent.take(name, this.#now);
    if (learned) group.learn(learned);
    this.#groups.set(name, group);
    return group;
  }

  /** False alarms that each series may cause in a year. */
  #budget(): number {
    return (this.#options.falseAlarmsPerMonth * MONTHS_PER_YEAR) / Math.max(1, this.series);
  }
}
