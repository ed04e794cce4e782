/** Adds up what a look finds by name, and keeps the names few: a crawler has a thousand far ends, a cache a file for each key. */
import type { Kind } from '../../../model/look.ts';

/** Chosen: a program with more far ends or files of one sort than that is not told apart by them. */
const MANY = 16;

export class Tally {
  readonly #found = new Map<string, { wider: string; amount: number }>();

  /** @param wider the name that it shares with its like, where there are many of these */
  add(name: string, amount = 1, wider = name): void {
    const found = this.#found.get(name);
    if (found) found.amount += amount;
    else this.#found.set(name, { wider, amount });
  }

  kinds(): Kind[] {
    const members = new Map<string, number>();
    for (const { wider } of this.#found.values()) members.set(wider, (members.get(wider) ?? 0) + 1);
    const amounts = new Map<string, number>();
    for (const [name, { wider, amount }] of this.#found) {
      const told = members.get(wider)! > MANY ? wider : name;
      amounts.set(told, (amounts.get(told) ?? 0) + amount);
    }
    return [...amounts].map(([name, amount]) => ({ name, amount }));
  }
}
