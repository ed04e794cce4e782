/** Makes the event when a finding about the processes of a group changes. */
import { ALERTS, type CodeAbout, type EvidenceKindOf } from '../model/alerts.ts';
import type { Stage } from '../trend/detector.ts';
import type { Event, EventOf, Verdict } from './report.ts';
import { NO_EVENTS } from './watch.ts';

const VERDICT: Readonly<Record<Stage, Verdict>> = { quiet: 'ok', suspect: 'suspect', leak: 'leak' };
const AT = { suspect: 'warn', leak: 'alert' } as const;

/**
 * @param turn the stage before, and the stage now
 * @param what has been found; evidence is required unless the finding is resolved
 * @returns one event, or none if the stage is the same
 */
export function turnOf<Code extends CodeAbout<'processes'>>(
  code: Code,
  [before, now]: readonly [Stage, Stage],
  what: Pick<Event, 't' | 'group' | 'value'> & { readonly evidence?: EventOf<EvidenceKindOf<Code>>['evidence'] },
): readonly Event[] {
  if (before === now) return NO_EVENTS;
  const { t, group, value, evidence = {} } = what;
  const naming = { code, desc: ALERTS[code].name, group, t, value } as const;
  const turn = { metric: 'processes', verdict: VERDICT[now], previous: VERDICT[before] } as const;
  const told = now === 'quiet' ? { evidence: {}, at: 'resolved' } : { evidence, at: AT[now] };
  return [{ ...naming, ...told, ...turn } as Event];
}
