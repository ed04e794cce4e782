/**
 * What one bounded look from outside saw of a process: what it holds, by kind. Two looks at the same process say which
 * kinds grew.
 */

/** What a look is at. */
export type LookedAt = 'threads' | 'fds' | 'memory' | 'zombies' | 'children';

/** A process, and what a look at it is at. */
export interface LookedAtProcess {
  readonly pid: number;
  readonly startTicks: number;
  readonly at: LookedAt;
}

export interface Kind {
  /**
   * Digits and other varying parts are folded, so that it stays the same from look to look: `Timer-#`,
   * `TCP in CLOSE_WAIT to 10.0.0.5:5432`, `malloc arenas`. Parts of it come from the host and may be hostile.
   */
  readonly name: string;
  /** Number of things; of memory, bytes. */
  readonly amount: number;
  /** Of them, those that came since the growth began; absent where their start is not known. */
  readonly newer?: number;
  /** What its members do, most frequent first: threads (the newest hundred) by what they wait for, zombies by how they ended. */
  readonly states?: readonly { readonly name: string; readonly count: number }[];
}

export interface Look {
  /** On the clock of samples. */
  readonly t: number;
  readonly at: LookedAt;
  /** Most first; `MOST_KINDS` at most. */
  readonly kinds: readonly Kind[];
  /** The amount of the kinds that found no room. */
  readonly rest?: number;
  /**
   * When those started that came since the growth began, of the kind of which most did: oldest first, the newest
   * `MOST_STARTS`; clock of samples.
   */
  readonly starts?: readonly number[];
  /** Sentences without a subject on the process itself, which is named before them: `blocks SIGCHLD`. */
  readonly remarks?: readonly string[];
  /** Why parts are missing: what could not be read, or how many of too many were looked at. */
  readonly incomplete?: string;
}

/** Chosen: two looks of the same process are kept for each finding; with 64 kinds each, some 10 KB. */
export const MOST_KINDS = 64;
/** Chosen: enough to tell a rhythm. */
export const MOST_STARTS = 256;

/** Characters of a kind's name; chosen: a path may have thousands, and its beginning and its folder say enough. */
const MOST_NAME = 160;

/** The kinds of a look from all that were seen: most first, those that find no room added up. */
export function mostFirst(kinds: readonly Kind[]): Pick<Look, 'kinds' | 'rest'> {
  const sorted = kinds.toSorted((a, b) => b.amount - a.amount);
  const rest = sorted.slice(MOST_KINDS).reduce((sum, { amount }) => sum + amount, 0);
  return { kinds: sorted.slice(0, MOST_KINDS).map(shortened), ...(rest > 0 && { rest }) };
}

/** How much was seen of all kinds together. */
export function amountSeen({ kinds, rest = 0 }: Pick<Look, 'kinds' | 'rest'>): number {
  return kinds.reduce((sum, { amount }) => sum + amount, rest);
}

function shortened(kind: Kind): Kind {
  return kind.name.length <= MOST_NAME ? kind : { ...kind, name: `${kind.name.slice(0, MOST_NAME)}…` };
}

/** What the kinds of one table mean: the first row whose pattern matches a kind's name. */
export interface Meaning {
  readonly pattern: RegExp;
  /** One sentence for somebody who does not know the program: what such growth usually means. */
  readonly says: string;
  /** Where that is written. */
  readonly source: string;
}
