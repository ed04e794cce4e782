/** The memory of a watch about the groups that are there now. A group that misses one sample is forgotten. */
export class PresentGroups<State> {
  readonly #groups = new Map<string, { readonly state: State; lastSeen: number }>();

  get(group: string): State | undefined {
    return this.#groups.get(group)?.state;
  }

  /** The group is there. @returns what is remembered of it, made anew for a new one */
  see(group: string, t: number, begin: () => State): State {
    const known = this.#groups.get(group);
    if (known) {
      known.lastSeen = t;
      return known.state;
    }
    const state = begin();
    this.#groups.set(group, { state, lastSeen: t });
    return state;
  }

  /** Forgets the group. @returns what was remembered of it */
  take(group: string): State | undefined {
    const state = this.get(group);
    this.#groups.delete(group);
    return state;
  }

  /** Forgets the groups that were not seen at this time. @returns what was remembered of them */
  takeAbsent(t: number): (readonly [group: string, state: State])[] {
    const absent = [...this.#groups].filter(([, { lastSeen }]) => lastSeen !== t);
    for (const [group] of absent) this.#groups.delete(group);
    return absent.map(([group, { state }]) => [group, state]);
  }
}
