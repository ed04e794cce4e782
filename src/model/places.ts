/**
 * Which groups have a place under their own name, where there are more groups than places. Places go by weight: a heavier
 * group takes the place of a lighter one, and a group that presses (it grows, is near a limit, or restarts again and again)
 * that of one that does not. So nobody takes all places with programs that weigh nothing. And each user has a fair share of
 * the places, which others do not get by weight. docs/adr/0027-places-by-weight.md says why.
 * Cost: nothing while there is a place for every group, else linear in their number.
 */
import { Candidate, fullCgroups } from './candidate.ts';
import { forEach, type InPortions } from './portions.ts';
import type { Snapshot } from './snapshot.ts';
import type { Group } from './tracked.ts';
import { UserShares } from './user-shares.ts';

/** A group that is absent for more snapshots than this loses its place. */
const FORGOTTEN_AFTER = 15;
/** Snapshots from one loss of a place to the next of the same group, at least: series must not come and go. */
const CALM = 15;
/** A group yields to one that weighs more than twice as much. Chosen: two groups that waver seldom differ by that. */
const HEAVIER = 2;
/** Absent groups that are remembered without a place: a program that restarts again and again is one of them at times. */
const MOST_ABSENT = 500;

/** How firmly a group holds its place: one that presses, one of which something is told, one that is configured. */
type Hold = 0 | 1 | 2 | 3;
const QUIET = 0;
const PRESSES = 1;
const TOLD = 2;
const CONFIGURED = 3;

export interface PlaceOptions {
  /** Places that there are now. */
  readonly most: number;
  /** Is something told of this group, or is it suspected? It keeps its place, within the share of its user. */
  readonly isTold: (group: string) => boolean;
  /** Number of the snapshot. */
  readonly count: number;
}

export class Places {
  readonly #isConfigured: (group: string) => boolean;
  /** By name: the groups that are there, those that have a place, and some that were there. */
  readonly #candidates = new Map<string, Candidate>();
  #taken = 0;

  /** @param isConfigured has somebody given this name with a pattern? Such a group always has a place */
  constructor(isConfigured: (group: string) => boolean) {
    this.#isConfigured = isConfigured;
  }

  has(group: string): boolean {
    return this.#candidates.get(group)?.holds === true;
  }

  /** Gives and takes places. */
  *choose(
    groups: ReadonlyMap<string, Group>,
    { cgroups }: Pick<Snapshot, 'cgroups'>,
    options: PlaceOptions,
  ): InPortions<void> {
    const { most, count } = options;
    const present: Present[] = [];
    const waiting: Candidate[] = [];
    yield* forEach(groups.values(), (group) => {
      const candidate = this.#see(group.name, count);
      present.push({ candidate, group });
      if (!candidate.holds) waiting.push(candidate);
    });
    this.#forget(count);
    if (this.#taken + waiting.length <= most) {
      for (const candidate of waiting) this.#give(candidate);
      return;
    }
    yield* this.#weigh(present, cgroups);
    this.#shrink(options);
    const shares = new UserShares([...this.#candidates.values()], most);
    if (this.#taken < most) this.#fill(waiting, shares, most);
    const isReady = ({ isSettled, lostAt }: Candidate): boolean => isSettled && count - lostAt >= CALM;
    this.#contend(
      waiting.filter((one) => !one.holds && (isReady(one) || this.#claim(one) === CONFIGURED)),
      shares,
      options,
    );
  }

  #see(name: string, count: number): Candidate {
    let candidate = this.#candidates.get(name);
    if (!candidate) {
      candidate = new Candidate(name);
      this.#candidates.set(name, candidate);
    }
    candidate.lastSeen = count;
    return candidate;
  }

  #forget(count: number): void {
    let absent = 0;
    for (const [name, { lastSeen, holds }] of this.#candidates) {
      if (lastSeen === count) continue;
      if (count - lastSeen <= FORGOTTEN_AFTER && (holds || ++absent <= MOST_ABSENT)) continue;
      this.#candidates.delete(name);
      if (holds) this.#taken--;
    }
  }

  *#weigh(present: readonly Present[], cgroups: Snapshot['cgroups']): InPortions<void> {
    const full = fullCgroups(cgroups);
    const totals: [number, number, number] = [0, 0, 0];
    yield* forEach(present, ({ candidate, group }) => candidate.follow(group, full, totals));
    for (const candidate of this.#candidates.values()) candidate.weigh(totals);
  }

  /** There are fewer places than before: the lightest groups go, but none of which something is told. */
  #shrink(options: PlaceOptions): void {
    if (this.#taken <= options.most) return;
    const losers = this.#holders(options).filter(({ hold }) => hold < TOLD);
    for (const { candidate } of losers.slice(0, this.#taken - options.most)) this.#take(candidate, options.count);
  }

  /** Gives free places to the heaviest: first within the shares of their users, then to anybody. */
  #fill(waiting: readonly Candidate[], shares: UserShares, most: number): void {
    const first = waiting.toSorted((a, b) => this.#order(a, b));
    for (const isAllowed of [(candidate: Candidate) => shares.isBelow(candidate), () => true]) {
      for (const candidate of first) {
        if (this.#taken >= most) return;
        if (candidate.holds || !isAllowed(candidate)) continue;
        this.#give(candidate);
        shares.add(candidate);
      }
    }
  }

  /** Where no place is free, a group may take that of another. */
  #contend(waiting: readonly Candidate[], shares: UserShares, options: PlaceOptions): void {
    const holders = this.#holders(options).filter(({ hold }) => hold < CONFIGURED);
    const lightest = Math.min(...holders.map(({ candidate }) => candidate.weight));
    const challengers = waiting
      .filter((candidate) => {
        const factor = shares.isBelow(candidate) ? 1 : HEAVIER;
        return candidate.weight > factor * lightest || this.#claim(candidate) > QUIET;
      })
      .sort((a, b) => this.#order(a, b));
    /** Where one of a user was refused, a lighter one with the same claim need not be asked. */
    const refused = new Set<string>();
    for (const challenger of challengers) {
      const claim = this.#claim(challenger);
      const kind = `${claim} ${challenger.user}`;
      if (refused.has(kind)) continue;
      const at = holders.findIndex((holder) => yields(holder, { candidate: challenger, claim }, shares, options.count));
      if (at < 0) {
        refused.add(kind);
        continue;
      }
      const [{ candidate: loser }] = holders.splice(at, 1) as [Holder];
      this.#take(loser, options.count);
      shares.remove(loser);
      this.#give(challenger);
      shares.add(challenger);
    }
  }

  /** Those that hold their place least firmly come first, and of these the lightest; of equal ones the latest. */
  #holders({ isTold }: PlaceOptions): Holder[] {
    const held = [...this.#candidates.values()].filter(({ holds }) => holds).reverse();
    const holders = held.map((candidate): Holder => {
      const claim = this.#claim(candidate);
      return { candidate, hold: claim < CONFIGURED && isTold(candidate.name) ? TOLD : claim };
    });
    return holders.sort((a, b) => a.hold - b.hold || a.candidate.weight - b.candidate.weight);
  }

  /** Those with the best claim come first, then those that are no jobs of a minute, and of these the heaviest. */
  #order(a: Candidate, b: Candidate): number {
    return this.#claim(b) - this.#claim(a) || Number(b.isSettled) - Number(a.isSettled) || b.weight - a.weight;
  }

  #claim(candidate: Candidate): typeof QUIET | typeof PRESSES | typeof CONFIGURED {
    if (this.#isConfigured(candidate.name)) return CONFIGURED;
    return candidate.presses ? PRESSES : QUIET;
  }

  #give(candidate: Candidate): void {
    candidate.holds = true;
    this.#taken++;
  }

  #take(candidate: Candidate, count: number): void {
    candidate.holds = false;
    candidate.lostAt = count;
    this.#taken--;
  }
}

interface Present {
  readonly candidate: Candidate;
  readonly group: Group;
}

interface Holder {
  readonly candidate: Candidate;
  readonly hold: Hold;
}

/** Must the holder give its place to the challenger? */
function yields(
  { candidate: holder, hold }: Holder,
  { candidate: challenger, claim }: { readonly candidate: Candidate; readonly claim: Hold },
  shares: UserShares,
  count: number,
): boolean {
  if (claim === CONFIGURED) return true;
  if (count - holder.lostAt < CALM) return false;
  if (holder.user !== challenger.user) {
    if (!shares.isAbove(holder)) return false;
    // Within its share a user gets back what another has above.
    if (shares.isBelow(challenger)) return claim === PRESSES || challenger.weight > holder.weight;
  }
  if (hold === QUIET && claim === PRESSES) return true;
  return hold <= claim && challenger.weight > HEAVIER * holder.weight;
}
