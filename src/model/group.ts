/** The processes of one group, and what they add up to: added up again only when one of them has changed. */
import { Members } from './members.ts';
import { forEach, type InPortions } from './portions.ts';
import type { TrackedProcess } from './tracked.ts';

export class Group {
  readonly name: string;
  readonly processes = new Set<TrackedProcess>();
  #members: Members | undefined;

  constructor(name: string) {
    this.name = name;
  }

  add(process: TrackedProcess): void {
    this.processes.add(process);
    this.touch();
  }

  delete(process: TrackedProcess): void {
    this.processes.delete(process);
    this.touch();
  }

  /** One of the processes has changed. */
  touch(): void {
    this.#members = undefined;
  }

  *members(): InPortions<Members> {
    this.#members ??= yield* membersOf([this]);
    return this.#members;
  }
}

/** Several groups as if they were one. */
export function* membersOf(groups: readonly Group[]): InPortions<Members> {
  const members = new Members();
  for (const { processes } of groups) {
    yield* forEach(processes, ({ sample, place }) => {
      if (place !== undefined && place !== 'own') members.add(sample, place);
    });
  }
  return members;
}
