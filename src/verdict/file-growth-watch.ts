/**
 * W41: resident memory grows by pages of files alone, because the program reads through files that it has mapped. That
 * is no leak, and the kernel takes the pages back when memory is short; it is told where a limit counts them, because
 * people see the number rise there.
 *
 *   resident   _/        anonymous   ________     shared memory   ________
 *            _/
 *          _/
 */
import { ALERTS } from '../model/alerts.ts';
import type { Bound, GroupReading, Instant } from '../model/reading.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import { PresentGroups } from './present-groups.ts';
import type { Event } from './report.ts';
import { NO_EVENTS, type Watch } from './watch.ts';

const FILE_GROWTH = { code: 'W41', desc: ALERTS.W41.name, metric: 'rss', verdict: 'ok', previous: 'ok' } as const;

export class FileGrowthWatch implements Watch {
  readonly seesExtra = false;
  /** Groups of which it was told. */
  readonly #groups = new PresentGroups<true>();

  see(
    group: Pick<GroupVerdicts, 'name' | 'judgeOf' | 'judgesAgainst' | 'residentGrowth'>,
    reading: GroupReading,
    { t }: Instant,
  ): readonly Event[] {
    const { name } = group;
    const { values, bounds } = reading;
    const isTold = this.#groups.get(name) !== undefined;
    if (!isLimited(bounds.memory) || group.residentGrowth !== 'leak' || growsOtherwise(group)) {
      this.#groups.take(name);
      return isTold ? [resolved(name, t, values.rss)] : NO_EVENTS;
    }
    const evidence = group.judgeOf('rss').evidence(undefined);
    if (!isTold && !(filePagesAtLeast(reading) >= (evidence.rise ?? Number.POSITIVE_INFINITY))) return NO_EVENTS;
    this.#groups.see(name, t, () => true);
    return isTold ? NO_EVENTS : [{ t, at: 'warn', ...FILE_GROWTH, group: name, value: values.rss, evidence }];
  }

  settle({ t }: Instant): readonly Event[] {
    return this.#groups.takeAbsent(t).map(([group]) => resolved(group, t, undefined));
  }
}

function resolved(group: string, t: number, value: number | undefined): Event {
  return { t, at: 'resolved', ...FILE_GROWTH, group, value, evidence: {} };
}

/** Does a limit count the pages of files? What the host has available includes them. */
function isLimited(bound: Bound | undefined): boolean {
  return bound !== undefined && bound.of !== 'host';
}

/** Is the growth that of a leak, or may it become one? */
function growsOtherwise(group: Pick<GroupVerdicts, 'judgesAgainst'>): boolean {
  return group.judgesAgainst('memory').some(({ verdict }) => verdict === 'suspect' || verdict === 'leak');
}

/**
 * Resident pages of files at least: what remains if each process had all of the shared memory. NaN where a part is
 * unknown.
 */
function filePagesAtLeast({ values: { rss, anon, shmem, processes } }: GroupReading): number {
  if (rss === undefined || anon === undefined || shmem === undefined || processes === undefined) return Number.NaN;
  return rss - anon - shmem * processes;
}
