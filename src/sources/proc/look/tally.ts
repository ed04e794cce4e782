/** Adds up what a look finds by name, and keeps the names few: a crawler has a thousand far ends, a cache a file for each key. */
import type { Kind } from '../../../model/look.ts';

/** Chosen: a program with more far ends or files of one sort than that is not told apart by them. */
const MANY = 16;

export class Tally {
  readonly #found = new Map<string, Found & { readonly wider: string }>();

  /**
   * @param wider the name that it shares with its like, where there are many of these
   * @param newer how many of them came since the growth began; undefined if unknown, and then of all
   */
  add(name: string, amount = 1, wider = name, newer?: number): void {
    const found = this.#found.get(name);
    if (found) addTo(found, { amount, newer });
    else this.#found.set(name, { wider, amount, newer });
  }

  kinds(): Kind[] {
    const members = new Map<string, number>();
    for (const { wider } of this.#found.values()) members.set(wider, (members.get(wider) ?? 0) + 1);
    const told = new Map<string, Found>();
    for (const [name, { wider, amount, newer }] of this.#found) {
      const as = members.get(wider)! > MANY ? wider : name;
      const same = told.get(as);
      if (same) addTo(same, { amount, newer });
      else told.set(as, { amount, newer });
    }
    return [...told].map(([name, { amount, newer }]) => ({ name, amount, ...(newer !== undefined && { newer }) }));
  }
}

interface Found {
  amount: number;
  newer: number | undefined;
}

function addTo(found: Found, { amount, newer }: Found): void {
  found.amount += amount;
  if (newer !== undefined) found.newer = (found.newer ?? 0) + newer;
}
