/**
 * Which kinds of what a process holds have grown: by when each of them came, where that is known, else by two looks.
 * Pure: looks in, kinds out.
 */
import type { Kind, Look } from '../model/look.ts';

export interface GrownKind extends Kind {
  /** How many came since the growth began, or since the first look; of memory, bytes. Absent where it is unknown. */
  readonly gained?: number;
}

/**
 * The kinds that tell what grows: those that grew, most growth first. Where no growth can be told, all, most first.
 * @param first an earlier look at the same process
 */
export function grownKinds(now: Look, first?: Look): readonly GrownKind[] {
  const before = first && isComparable(now, first) ? first : undefined;
  const between = (kind: Kind): number | undefined => before && kind.amount - amountBefore(kind, before);
  const knowsBetter = now.at === 'fds' && sawGrowth(now, between);
  const kinds = now.kinds.map((kind): GrownKind => {
    const gained = knowsBetter ? between(kind) : (kind.newer ?? between(kind));
    return gained === undefined ? kind : { ...kind, gained };
  });
  const grown = kinds.filter(({ gained }) => gained !== undefined && gained > 0);
  return grown.length > 0 ? grown.toSorted((a, b) => b.gained! - a.gained! || b.amount - a.amount) : kinds;
}

/**
 * Which descriptors are newer is assumed from their numbers. Two looks that saw at least a third of the growth know it: the
 * second one is taken when what grew has doubled.
 */
function sawGrowth({ kinds }: Look, between: (kind: Kind) => number | undefined): boolean {
  const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  const seen = sum(kinds.map((kind) => Math.max(0, between(kind) ?? 0)));
  return seen > 0 && 3 * seen >= sum(kinds.map(({ newer = 0 }) => newer));
}

/**
 * If different parts are missing, what is in one look alone need not have come or gone. Where nothing was missing at first,
 * what is seen now has grown at least by the difference; memory that cannot all be seen has other kinds.
 */
function isComparable(now: Look, first: Look): boolean {
  const wasWhole = first.incomplete === undefined && first.at !== 'memory';
  return now.at === first.at && now.t > first.t && (wasWhole || now.incomplete === first.incomplete);
}

/** The most that there can have been: a kind that found no room was no larger than the least that did. */
function amountBefore({ name }: Kind, { kinds, rest = 0 }: Look): number {
  const known = kinds.find((kind) => kind.name === name);
  return known?.amount ?? Math.min(rest, kinds.at(-1)?.amount ?? 0);
}

/** What more than half of those do of which that is known; undefined where there is no such thing. */
export function mostDo({
  states = [],
}: Pick<Kind, 'states'>): { readonly name: string; readonly count: number } | undefined {
  const known = states.reduce((sum, { count }) => sum + count, 0);
  return states[0] && 2 * states[0].count > known ? states[0] : undefined;
}
