/**
 * The fair shares of users in the places: as many for each as there are, but none gets more than it has groups for; what
 * is left over goes to the others (max-min fairness). A user alone may have all of them.
 */
import type { Candidate } from './candidate.ts';

export class UserShares {
  /** The same for every user. */
  readonly #share: number;
  /** Places by user. */
  readonly #held = new Map<number, number>();

  /** Sets the user of each candidate: of the users of its processes that with the fewest groups, to its advantage. */
  constructor(candidates: readonly Candidate[], places: number) {
    const groups = new Map<number, number>();
    const shared: Candidate[] = [];
    for (const candidate of candidates) {
      const { users } = candidate;
      candidate.user = users[0] ?? candidate.user;
      if (users.length > 1) shared.push(candidate);
      for (const user of users) addTo(groups, user, 1);
    }
    const charged = new Map(groups);
    for (const candidate of shared) {
      for (const user of candidate.users) {
        addTo(charged, user, -1);
        if (groups.get(user)! < groups.get(candidate.user)!) candidate.user = user;
      }
      addTo(charged, candidate.user, 1);
    }
    for (const candidate of candidates) if (candidate.holds) this.add(candidate);
    this.#share = fairShare([...charged.values()], places);
  }

  /** Does its user have fewer places than its share? */
  isBelow({ user }: Candidate): boolean {
    return (this.#held.get(user) ?? 0) < this.#share;
  }

  isAbove({ user }: Candidate): boolean {
    return (this.#held.get(user) ?? 0) > this.#share;
  }

  add({ user }: Candidate): void {
    addTo(this.#held, user, 1);
  }

  remove({ user }: Candidate): void {
    addTo(this.#held, user, -1);
  }
}

function addTo(counts: Map<number, number>, key: number, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount);
}

/**
 * @param wanted places that each user could use
 * @returns the most that each may have, so that all together get no more than there are; at least 1
 */
function fairShare(wanted: readonly number[], places: number): number {
  let left = places;
  let users = wanted.length;
  for (const count of wanted.toSorted((a, b) => a - b)) {
    if (count * users > left) return Math.max(1, Math.floor(left / users));
    left -= count;
    users--;
  }
  return Number.POSITIVE_INFINITY;
}
