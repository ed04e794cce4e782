/**
 * The process behind an event: the one that grew, or the parent of the new children or zombies, and what looks at it
 * tell.
 */
import type { ZombieParent } from '../model/culprits.ts';
import type { LookEvidence } from './look-evidence.ts';
import type { Event } from './report.ts';

/** Without evidence of looks where nobody could look. */
export interface Culprit extends Partial<LookEvidence> {
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
}

/** An event with its culprit, where one could be found. */
export type CulpritEvent = Event & { readonly culprit?: Culprit };

/** The same with its sentence and with what to do, see `sentence.ts` and `remedies.ts`: what people and JSON are given. */
export type NamedEvent = CulpritEvent & {
  readonly text: string;
  /** Absent if the event is over. */
  readonly todo?: string;
};
