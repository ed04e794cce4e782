/**
 * The process behind an event: the one that grew, or the parent of the new children or zombies, with a look at it.
 */
import type { ZombieParent } from '../model/culprits.ts';
import type { Look } from '../model/look.ts';
import type { Event } from './report.ts';

export interface Culprit {
  readonly pid: number;
  readonly comm: string;
  /** It is outside of what can be seen: only its children are known. */
  readonly unseen?: true;
  /** Its own value of the metric and how much of it came since the growth began; absent for zombies and processes. */
  readonly value?: number;
  readonly growth?: number;
  /** Its zombies, or its living children. */
  readonly children?: number;
  /** W30: the process that restarts it. W31: the parent that it lost. Absent where it was not seen. */
  readonly parent?: { readonly pid: number; readonly comm: string };
  readonly zombies?: Pick<ZombieParent, 'oldestSeconds' | 'names'>;
  /** What it holds, by kind; absent where nobody could look. */
  readonly look?: Look;
}

/** An event with its culprit, where one could be found. */
export type CulpritEvent = Event & { readonly culprit?: Culprit };

/** The same with its sentence and with what to do, see `sentence.ts` and `remedies.ts`: what people and JSON are given. */
export type NamedEvent = CulpritEvent & {
  readonly text: string;
  /** Absent if the event is over. */
  readonly todo?: string;
};
