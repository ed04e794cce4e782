/**
 * What was seen of each process that something is told of, for as long as it is told: the first look, and the present
 * one. A process is looked at again when what grew has doubled, or after ten minutes; one of them in each sample, the
 * one whose look is oldest. Two events on one leak share a file, so that they say the same.
 */
import type { Look } from '../model/look.ts';
import type { InPortions } from '../model/portions.ts';
import type { LookTarget, Source } from '../sources/source.ts';
import { evidenceOf, type LookEvidence } from '../verdict/look-evidence.ts';

/** Chosen: what leaks slowly changes as slowly. */
const RENEW_SECONDS = 600;
/** What grew has doubled. */
const RENEW_FACTOR = 2;
/** One for each event that may stand, `MOST_STANDING`. The oldest are forgotten. */
const MOST_FILES = 200;

/** A process, and how much of it has grown. */
export interface Suspect extends LookTarget {
  readonly grown: number;
}

interface CaseFile {
  readonly first: Look;
  present: Look;
  /** What had grown when the present look was taken. */
  grown: number;
  evidence: LookEvidence;
}

/** One sample: when it was taken, and how its clock relates to the host's. */
export interface Moment {
  readonly t: number;
  readonly toHost: (t: number) => number;
}

export class CaseFiles {
  readonly #source: Pick<Source, 'look'>;
  readonly #files = new Map<string, CaseFile>();

  constructor(source: Pick<Source, 'look'>) {
    this.#source = source;
  }

  /** What is known of the process; undefined if it was never looked at. Looks at nothing. */
  known(suspect: LookTarget): LookEvidence | undefined {
    return this.#files.get(keyOf(suspect))?.evidence;
  }

  /** Looks at the process, unless that was done in this sample. */
  *look(suspect: Suspect, { t, toHost }: Moment): InPortions<LookEvidence | undefined> {
    const key = keyOf(suspect);
    const file = this.#files.get(key);
    if (!this.#source.look || file?.present.t === t) return file?.evidence;
    const present = { ...(yield* this.#source.look(suspect)), t };
    const first = file?.first ?? present;
    const evidence = evidenceOf(present, first, toHost);
    this.#files.set(key, { first, present, grown: suspect.grown, evidence });
    if (this.#files.size > MOST_FILES) this.#files.delete(this.#files.keys().next().value!);
    return evidence;
  }

  /**
   * Looks again at the one of them that needs it most, and forgets those that nothing is told of any more.
   * @param standing all that something is told of
   */
  *renew(standing: readonly Suspect[], moment: Moment): InPortions<void> {
    const keys = new Set(standing.map(keyOf));
    for (const key of this.#files.keys()) if (!keys.has(key)) this.#files.delete(key);
    let oldest: Suspect | undefined;
    for (const suspect of standing) {
      if (this.#isDue(suspect, moment.t) && !(oldest && this.#lookedAt(oldest) <= this.#lookedAt(suspect)))
        oldest = suspect;
    }
    if (oldest) yield* this.look(oldest, moment);
  }

  #isDue(suspect: Suspect, t: number): boolean {
    const file = this.#files.get(keyOf(suspect));
    if (!file) return true;
    return t - file.present.t >= RENEW_SECONDS || suspect.grown >= RENEW_FACTOR * Math.max(1, file.grown);
  }

  #lookedAt(suspect: Suspect): number {
    return this.#files.get(keyOf(suspect))?.present.t ?? Number.NEGATIVE_INFINITY;
  }
}

function keyOf({ pid, startTicks, at }: LookTarget): string {
  return `${pid} ${startTicks} ${at}`;
}
