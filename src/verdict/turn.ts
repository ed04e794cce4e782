/** What is told when a finding turns that is about the processes of a group, and not about the growth of a series. */
import type { Stage } from '../trend/growth.ts';
import type { Event, Verdict } from './report.ts';

const VERDICT: Readonly<Record<Stage, Verdict>> = { quiet: 'ok', suspect: 'suspect', leak: 'leak' };
const AT = { quiet: 'resolved', suspect: 'warn', leak: 'alert' } as const;

export const NOTHING: readonly Event[] = [];

/** @returns one event, or none where nothing has turned; @param what has been found, if it is not over */
export function turnOf(
  before: Stage,
  now: Stage,
  what: Pick<Event, 't' | 'code' | 'desc' | 'group' | 'value' | 'evidence'>,
): readonly Event[] {
  if (before === now) return NOTHING;
  const turn = { at: AT[now], metric: 'processes', verdict: VERDICT[now], previous: VERDICT[before] } as const;
  return [{ ...what, ...turn, ...(now === 'quiet' && { evidence: {} }) }];
}
