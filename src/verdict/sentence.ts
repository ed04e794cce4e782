/**
 * An event in one sentence, with its numbers: the same words on the terminal, on the page, in Alertmanager's summary and
 * as `text` in JSON.
 *
 *   unicorn leaks zombies: ruby (pid 4711) has not waited for 87 children (87 x convert), +1,200 an hour, limit of 256
 *   in 6 min
 */
import { ALERTS } from '../model/alerts.ts';
import { amountSeen } from '../model/look.ts';
import { METRIC_ROWS, type Metric, RESOURCE_ROWS, type Resource } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';
import { formatDuration, formatDurationRange } from '../text/duration.ts';
import { limitOwner } from '../text/limit-owner.ts';
import { printable } from '../text/printable.ts';
import { processName } from '../text/process-name.ts';
import { formatBytes, formatCount, formatGrowthPerHour, formatQuantity, plural } from '../text/quantity.ts';
import { CAUSES } from './causes.ts';
import type { Culprit, CulpritEvent } from './culprit.ts';
import type { GrowthEvidence } from './evidence.ts';
import { kindText } from './evidence-text.ts';
import { inWords } from './releases.ts';
import { byEvidence, type Event, type EventOf } from './report.ts';

/** Kinds of zombies, threads or descriptors that are named of one process: a sentence has room for three. */
const MOST_KINDS = 3;

/** If the kinds are of a smaller share of what there is, it is said. */
const SEEN_SHARE = 0.9;

/** A range that ends later than so many times the time it is about says nothing. */
const MOST_RANGE = 2;

/** A parent without a process to show for it. */
export const UNSEEN_PARENT = "a parent outside of what can be seen (the container's runtime)";

/** The event without its numbers: "unicorn leaks zombies". */
export function headline({ group, code, at, metric }: Pick<Event, 'group' | 'code' | 'at' | 'metric'>): string {
  const { limit } = RESOURCE_ROWS[METRIC_ROWS.get(metric)!.resource];
  return `${printable(group)} ${ALERTS[code].says[at].replace('LIMIT', limit)}`;
}

/** The numbers and the culprit; '' if there are none, or if the event is over. Of W50, also what is well again. */
export function details(event: CulpritEvent): string {
  if (event.code === 'W50') return ofDegradation(event);
  if (event.at === 'resolved') return '';
  const parts = byEvidence<CulpritEvent, readonly string[]>(event, {
    growth: (growth) => (ALERTS[growth.code].about === 'limit' ? ofLimit(growth) : ofGrowth(growth)),
    restarts: ({ evidence, t, culprit }) => [
      `${plural(evidence.restarts ?? 0, 'restart')} in ${formatDuration(t - (evidence.since ?? t))}`,
      `half of its lives no longer than ${formatDuration(evidence.medianLifeSeconds ?? 0)}`,
      ...originOf(culprit, 'is started by', 'runs now'),
    ],
    orphans: ({ evidence, culprit }) => [
      `${plural(evidence.orphans ?? 0, 'process lives on without its parent', 'processes live on without their parent')}`,
      `the oldest for ${formatDuration(evidence.oldestOrphanSeconds ?? 0)}`,
      ...originOf(culprit, 'was started by', 'is the oldest'),
    ],
    overcommit: ({ evidence, bound }) => [
      ...(evidence.workers !== undefined && evidence.workerBytes !== undefined
        ? [
            `${plural(evidence.workers, 'worker')} of ${formatBytes(evidence.workerBytes)}${evidence.workers === 1 ? '' : ' each'}${beside(evidence.sharedBytes)}`,
          ]
        : []),
      ...(evidence.workersFit !== undefined && bound
        ? [`${formatBytes(bound.limit)} holds ${formatCount(evidence.workersFit)}`]
        : []),
    ],
    degradation: (degradation) => [ofDegradation(degradation)],
  });
  const { remark } = ALERTS[event.code];
  return (remark === undefined ? parts : [remark, ...parts]).join(', ');
}

export function sentence(event: CulpritEvent): string {
  const numbers = details(event);
  return numbers === '' ? headline(event) : `${headline(event)}: ${numbers}`;
}

function ofDegradation({ at, evidence }: EventOf<'degradation'>): string {
  const { cause, amount = 0 } = evidence;
  if (cause === undefined) return '';
  return at === 'resolved' ? CAUSES[cause].over : CAUSES[cause].says(amount);
}

/** ` beside 400 MB that they share` */
function beside(sharedBytes: number | undefined): string {
  return sharedBytes === undefined ? '' : ` beside ${formatBytes(sharedBytes)} that they share`;
}

/** The culprit with its share of the metric: "ruby (pid 4711) has 61 threads (57 x Timer-#)". */
export function describeCulprit({ metric, culprit }: Pick<CulpritEvent, 'metric' | 'culprit'>): string | undefined {
  if (!culprit) return undefined;
  const kinds = kindsOf(culprit);
  const which = kinds.length > 0 ? ` (${seenOf(culprit)}${kinds.join(', ')})` : '';
  if (culprit.zombies)
    return `${culprit.unseen ? UNSEEN_PARENT : processName(culprit)} has not waited for ${plural(culprit.children ?? 0, 'child', 'children')}${which}`;
  if (culprit.children !== undefined)
    return `${processName(culprit)} has ${plural(culprit.children, 'living child', 'living children')}${which}`;
  if (culprit.value === undefined) return processName(culprit);
  return `${processName(culprit)} has ${amountOf(culprit.value, metric)}${which}`;
}

/** A value with what it counts: "61 threads", "76.5 MB of memory". */
function amountOf(value: number, metric: Metric): string {
  const { unit, noun } = METRIC_ROWS.get(metric)!;
  return unit === 'bytes' ? `${formatBytes(value)} of ${noun.many}` : plural(value, noun.one, noun.many);
}

/** Where a process comes from: "sleep (pid 5) was started by node (pid 2)"; nothing if the process is not known. */
function originOf(culprit: Culprit | undefined, by: string, otherwise: string): readonly string[] {
  if (!culprit) return [];
  return [`${processName(culprit)} ${culprit.parent ? `${by} ${processName(culprit.parent)}` : otherwise}`];
}

function ofGrowth(event: EventOf<'growth'> & Pick<CulpritEvent, 'culprit'>): readonly string[] {
  const value = event.value === undefined ? undefined : amountOf(event.value, event.metric);
  const unnamed = event.evidence.parentUnseen ? `${value} of ${UNSEEN_PARENT}` : value;
  const { grownSince } = event.evidence;
  const release = grownSince && inWords(grownSince);
  const parts = [describeCulprit(event) ?? unnamed, ...seenBeside(event), rateOf(event), aheadOf(event), release];
  return parts.filter((part) => part !== undefined);
}

/** In which rhythm they came, and the first remark on the process: `one every 20.0 s (±0.1 s): a timer`. */
function seenBeside({ culprit }: Pick<CulpritEvent, 'culprit'>): readonly string[] {
  const [remark] = culprit?.look?.remarks ?? [];
  return [
    ...(culprit?.rhythm === undefined ? [] : [culprit.rhythm]),
    ...(remark === undefined ? [] : [`it ${printable(remark)}`]),
  ];
}

function ofLimit(event: EventOf<'growth'> & Pick<CulpritEvent, 'culprit'>): readonly string[] {
  const { bound, code } = event;
  const { resource } = METRIC_ROWS.get(event.metric)!;
  const used = bound && limitInWords(bound, resource);
  const refused = bound?.refused ? `${plural(bound.refused, ...ENFORCED[resource])} since the last sample` : undefined;
  // A limit that is reached needs no forecast.
  const ahead = code === 'W21' ? undefined : reachedIn(event.evidence, resource);
  return [used, refused, rateOf(event), ahead, describeCulprit(event)].filter((part) => part !== undefined);
}

/** `98 % reached in 5.2 h (4.4 to 6.1 h)`; without a range next to the limit, where it is many times the time left. */
function reachedIn(evidence: GrowthEvidence, resource: Resource): string | undefined {
  const { exhaustionSeconds: end, exhaustionLow: low, exhaustionHigh: high } = evidence;
  if (end === undefined) return undefined;
  const { reachedRatio } = RESOURCE_ROWS[resource];
  const mark = reachedRatio === 1 ? '' : `${formatCount(100 * reachedRatio)} % `;
  const isWide = low === undefined || high === undefined || high > MOST_RANGE * end;
  return `${mark}reached in ${formatDuration(end)}${isWide ? '' : ` (${formatDurationRange(low, high)})`}`;
}

/** How a limit shows that it is enforced. */
const ENFORCED: Readonly<Record<Resource, readonly [one: string, many: string]>> = {
  threads: ['fork was refused', 'forks were refused'],
  memory: ['process was killed', 'processes were killed'],
  fds: ['open was refused', 'opens were refused'],
};

/** `137 of 256 used (user 1000)`, `57 of 57 used (cgroup /a; the limit itself cannot be seen)` */
export function limitInWords({ used, limit, of, isObserved }: Bound, resource: Resource): string {
  const { unit } = RESOURCE_ROWS[resource];
  const remarks = [...(of ? [limitOwner(of)] : []), ...(isObserved ? ['the limit itself cannot be seen'] : [])];
  const owner = remarks.length > 0 ? ` (${remarks.join('; ')})` : '';
  return `${formatQuantity(used, unit)} of ${formatQuantity(limit, unit)} used${owner}`;
}

function rateOf({ metric, evidence: { slopePerSecond } }: EventOf<'growth'>): string | undefined {
  if (slopePerSecond === undefined) return undefined;
  // Beside the children of one parent, it is said whose number this is.
  const what = metric === 'processes' ? ` ${METRIC_ROWS.get(metric)!.noun.many}` : '';
  return `${formatGrowthPerHour(slopePerSecond, METRIC_ROWS.get(metric)!.unit)}${what} an hour`;
}

function aheadOf({ metric, bound, evidence: { exhaustionSeconds } }: EventOf<'growth'>): string | undefined {
  if (exhaustionSeconds === undefined) return undefined;
  const { unit } = RESOURCE_ROWS[METRIC_ROWS.get(metric)!.resource];
  const limit = bound ? `limit of ${formatQuantity(bound.limit, unit)}` : 'limit reached';
  return `${limit} in ${formatDuration(exhaustionSeconds)}`;
}

/** The kinds that grew: names of its zombies or children, families of its threads, of its descriptors, of its memory. */
function kindsOf({ zombies, look, telling = [] }: Culprit): readonly string[] {
  const kinds = zombies ? zombies.names.map(({ name, count }) => ({ name, amount: count })) : telling;
  return kinds.slice(0, MOST_KINDS).map((kind) => kindText(kind, look?.at ?? 'zombies'));
}

/** That the kinds are of fewer things than the process has now: some were not looked at, or came later. */
function seenOf({ value, children, zombies, look }: Culprit): string {
  const now = value ?? children;
  if (!look || zombies || look.at === 'memory' || now === undefined) return '';
  const seen = amountSeen(look);
  if (seen >= SEEN_SHARE * now) return '';
  return look.incomplete === undefined ? `when it had ${formatCount(seen)}: ` : `of ${formatCount(seen)} looked at: `;
}
