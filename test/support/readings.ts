/** Readings of a host, made from short descriptions, and the events that the core tells of them. */

import { decodeState, encodeState } from '../../src/formats/state.ts';
import { METRICS, type Metric } from '../../src/model/metrics.ts';
import type { Bound, GroupReading, Readings } from '../../src/model/reading.ts';
import { type CoreState, createState, step } from '../../src/step.ts';
import type { EvidenceOf } from '../../src/verdict/evidence.ts';
import type { HostOptions } from '../../src/verdict/options.ts';
import type { Event } from '../../src/verdict/report.ts';
import { EPOCH, INTERVAL_SECONDS } from './synthetic.ts';

const MORE = ['oldestZombieSeconds', 'roots', 'orphans', 'oldestOrphanSeconds'] as const;

export type GroupDraft = Readonly<Partial<Record<Metric, number>>> & {
  readonly start?: string;
  readonly oldestZombieSeconds?: number;
  readonly roots?: number;
  readonly session?: boolean;
  readonly parentUnseen?: boolean;
  readonly orphans?: number;
  readonly oldestOrphanSeconds?: number;
  readonly bounds?: GroupReading['bounds'];
};

export interface HostDraft {
  readonly groups: Readonly<Record<string, GroupDraft>>;
  readonly bounds?: Readonly<Partial<Record<'threads' | 'memory' | 'fds', Bound>>>;
}

/** @param slot when, in intervals since the epoch of the tests */
export function readingsOf(slot: number, { groups, bounds = {} }: HostDraft): Readings {
  const byName = Object.entries(groups).map(([name, draft]) => {
    const values: Partial<Record<Metric, number>> = {};
    for (const row of METRICS) if (draft[row.name] !== undefined) values[row.name] = draft[row.name]!;
    const { start = `${name}:1`, bounds: own = bounds } = draft;
    const more: Partial<Record<(typeof MORE)[number], number>> = {};
    for (const one of MORE) if (draft[one] !== undefined) more[one] = draft[one];
    return [name, { start, values, bounds: own, ...more, ...flagsOf(draft) }] as const;
  });
  return { t: EPOCH + slot * INTERVAL_SECONDS, groups: new Map(byName), bounds };
}

function flagsOf({ session, parentUnseen }: GroupDraft): Pick<GroupReading, 'session' | 'parentUnseen'> {
  return { ...(session && { session }), ...(parentUnseen && { parentUnseen }) };
}

/** All events of these slots, in order. */
export function eventsOf(
  state: CoreState,
  host: (slot: number) => HostDraft,
  { from = 0, to }: { readonly from?: number; readonly to: number },
): Event[] {
  const events: Event[] = [];
  for (let slot = from; slot < to; slot++) events.push(...step(state, readingsOf(slot, host(slot))).events);
  return events;
}

/** The fields of any kind of evidence, where a test knows which there are. */
type AnyEvidence = Partial<
  EvidenceOf['growth'] & EvidenceOf['restarts'] & EvidenceOf['orphans'] & EvidenceOf['overcommit']
>;

export const evidenceOf = ({ evidence }: Pick<Event, 'evidence'>): AnyEvidence => evidence;

/** `warn W10 unicorn threads` */
export function inShort({ at, code, group, metric }: Event): string {
  return `${at} ${code} ${group} ${metric}`;
}

export const slotOf = (event: Event): number => (event.t - EPOCH) / INTERVAL_SECONDS;

/** The core of a leakwatch that was restarted, and has read what the old one wrote of what it had learned. */
export function restarted({ groups }: CoreState, options: HostOptions): CoreState {
  const next = createState(options);
  next.groups.learn(decodeState(encodeState(groups.learned(), 1 << 24).text));
  return next;
}
