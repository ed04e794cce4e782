/**
 * Counts threads or processes by family: those whose names differ in their digits alone. Which of them came since the growth
 * began, what they do, and when those of the family that grew most started.
 */
import { type Kind, type Look, MOST_STARTS, mostFirst } from '../../../model/look.ts';
import type { LookContext } from './context.ts';

interface Family {
  /** If all members have the same name (`python3`), its digits are part of the name and are not folded. */
  onlyName: string | undefined;
  amount: number;
  readonly newerTicks: number[];
  readonly states: Map<string, number>;
}

export interface Member {
  readonly name: string;
  readonly startTicks: number;
  /** What it does, or how it ended; undefined if unknown. */
  readonly state: string | undefined;
}

export class Families {
  readonly #sinceTicks: number | undefined;
  readonly #timeOf: LookContext['timeOf'];
  readonly #families = new Map<string, Family>();

  constructor({ sinceTicks, timeOf }: Pick<LookContext, 'sinceTicks' | 'timeOf'>) {
    this.#sinceTicks = sinceTicks;
    this.#timeOf = timeOf;
  }

  add({ name, startTicks, state }: Member): void {
    const folded = foldName(name);
    const family = this.#families.get(folded) ?? newFamily(name);
    if (name !== family.onlyName) family.onlyName = undefined;
    family.amount++;
    if (this.#sinceTicks !== undefined && startTicks >= this.#sinceTicks) family.newerTicks.push(startTicks);
    if (state !== undefined) family.states.set(state, (family.states.get(state) ?? 0) + 1);
    this.#families.set(folded, family);
  }

  /** How many of this family were added. */
  countOf(name: string): number {
    return this.#families.get(foldName(name))?.amount ?? 0;
  }

  seen(): Pick<Look, 'kinds' | 'rest' | 'starts'> {
    const kinds = [...this.#families].map(([folded, { onlyName, amount, newerTicks, states }]): Kind => {
      const byCount = [...states].map(([name, count]) => ({ name, count })).sort(mostThenName);
      return {
        name: onlyName ?? folded,
        amount,
        ...(this.#sinceTicks !== undefined && { newer: newerTicks.length }),
        ...(byCount.length > 0 && { states: byCount.slice(0, MOST_STATES) }),
      };
    });
    const starts = this.#starts();
    return { ...mostFirst(kinds), ...(starts.length > 0 && { starts }) };
  }

  #starts(): number[] {
    let grown: readonly number[] = [];
    for (const { newerTicks } of this.#families.values()) if (newerTicks.length > grown.length) grown = newerTicks;
    const newest = grown.toSorted((a, b) => a - b).slice(-MOST_STARTS);
    return newest.map(this.#timeOf).filter((t) => t !== undefined);
  }
}

interface Counted {
  readonly name: string;
  readonly count: number;
}

function mostThenName(a: Counted, b: Counted): number {
  return b.count - a.count || (a.name < b.name ? -1 : 1);
}

/** Chosen: what few do is seldom what they wait for. */
const MOST_STATES = 8;

function newFamily(name: string): Family {
  return { onlyName: name, amount: 0, newerTicks: [], states: new Map() };
}

/**
 * The family of a name: each number in it is replaced by `#`, because a pool numbers its threads.
 * @example foldName('worker-17') // => 'worker-#'
 * @example foldName('puma 003/2') // => 'puma #/#'
 */
export function foldName(name: string): string {
  return name.replace(/\d+/g, '#');
}
