/**
 * The log: each sample writes one line for the host, one for each group and one for each event, in the l2met form that
 * clients of Heroku's log-runtime-metrics read, or as JSON. Pure: publication in, lines out.
 */
import { decimal, decodeLine, encodeLine, isoSeconds, megabytes, type Pair } from '../../formats/l2met.ts';
import { ALERTS } from '../../model/alerts.ts';
import type { Origin } from '../../model/identity.ts';
import { METRIC_ROWS, METRICS, type Metric, type MetricRow } from '../../model/metrics.ts';
import type { Bound } from '../../model/reading.ts';
import { escapeJson } from '../../text/printable.ts';
import type { Culprit, CulpritEvent } from '../../verdict/culprit.ts';
import type { TellingKind } from '../../verdict/look-evidence.ts';
import type { Publication } from '../../verdict/publication.ts';
import { byEvidence } from '../../verdict/report.ts';

/** The metrics on the host's line, in its order. Their names do not collide with the platform's own. */
const HOST_METRICS = METRICS.flatMap((row) => (row.hostLog ? [{ ...row, ...row.hostLog, metric: row.name }] : [])).sort(
  (a, b) => a.place - b.place,
);

/** Kinds of one culprit that a JSON line tells. Chosen: with names and states that are all escaped they still fit. */
const MOST_KINDS = 3;
const MOST_STATES = 3;

/** How the lines of a log are written. */
export interface LineFormat {
  /** The lines of the host and of its groups; none of an extra sample. */
  readings(publication: Publication, origin: Origin): string[];
  /** `again`: it was told before, and its line may have been lost. */
  event(event: CulpritEvent, publication: Publication, origin: Origin, again?: 'again'): string;
  /** The line, with the number of lines before it that were lost. */
  withLost(line: string, lost: number): string;
}

export const L2MET: LineFormat = {
  readings(publication, origin) {
    const { report } = publication;
    if (report.extra) return [];
    return [
      encodeLine([...originPairs(origin), ...hostPairs(publication)]),
      ...report.groups.map((group) =>
        encodeLine([
          ...originPairs(origin),
          ['group', group.name],
          ...group.series.map((series): Pair => sample(METRIC_ROWS.get(series.metric)!, series.value)),
        ]),
      ),
    ];
  },
  event: (event, _, origin, again) =>
    encodeLine([...originPairs(origin), ...eventPairs(event, { again, release: origin.release })]),
  withLost: (line, lost) => `${line} ${encodeLine([['count#lost_lines', lost]])}`,
};

export const JSON_LINES: LineFormat = {
  readings(publication, origin) {
    const { report } = publication;
    if (report.extra) return [];
    const stamp = stampOf(publication, origin);
    const sums = Object.fromEntries(HOST_METRICS.map(({ metric }) => [metric, sumOf(publication, metric)]));
    return [
      toLine({ ...stamp, at: 'sample', ...sums, limits: report.bounds }),
      ...report.groups.map(({ name, series }) => {
        const values = Object.fromEntries(series.map(({ metric, value }) => [metric, value]));
        return toLine({ ...stamp, at: 'sample', group: name, ...values });
      }),
    ];
  },
  event(event, publication, origin, again) {
    const { release } = origin;
    const more = { ...(release !== undefined && { release }), ...(again && { again: true }) };
    return toLine({ ...stampOf(publication, origin), ...briefly(event), ...more });
  },
  withLost: (line, lost) => `${line.slice(0, -1)},"lostLines":${lost}}`,
};

/** Names of programs and the rest of the evidence are hostile. */
function toLine(record: object): string {
  return escapeJson(JSON.stringify(record));
}

export type Render = (publication: Publication, origin: Origin) => string[];

export const renderL2met: Render = renderAs(L2MET);
export const renderJson: Render = renderAs(JSON_LINES);

/** All lines of a publication. */
function renderAs(format: LineFormat): Render {
  return (publication, origin) => [
    ...format.readings(publication, origin),
    ...publication.events.map((event) => format.event(event, publication, origin)),
  ];
}

function originPairs({ source, dyno }: Origin): Pair[] {
  return [
    ['source', source],
    ['dyno', dyno],
  ];
}

function stampOf({ report }: Publication, { source, dyno }: Origin): object {
  return { time: new Date(report.t * 1000).toISOString(), source, dyno };
}

/** The fields of an event's line, without those that say which event it is: at, code, desc, group. */
export function describeEvent(event: CulpritEvent): [name: string, value: string][] {
  const told = ['at', 'code', 'desc', 'group', 'count#leak_alerts'];
  return [...decodeLine(encodeLine(eventPairs(event)))]
    .filter(([name]) => !told.includes(name))
    .map(([name, value]) => [name.replace('sample#', ''), value]);
}

function hostPairs(publication: Publication): Pair[] {
  const { bounds } = publication.report;
  const sums = HOST_METRICS.map(({ metric, name, unit }): Pair => {
    const sum = sumOf(publication, metric);
    return [`sample#${name}`, unit === 'bytes' ? megabytes(sum) : sum];
  });
  return [...sums, ...boundPairs('thread', bounds.threads), ...boundPairs('fd', bounds.fds)];
}

/** The sum over all groups; unknown if one of them is, or if there are processes that could not be seen. */
function sumOf({ report, isPartial }: Publication, metric: Metric): number | undefined {
  let sum: number | undefined = isPartial ? undefined : 0;
  for (const { series } of report.groups) {
    const value: number | undefined = series.find((one) => one.metric === metric)?.value;
    sum = sum === undefined || value === undefined ? undefined : sum + value;
  }
  return sum;
}

/** The tightest limit, and what counts against it: our own tasks and those of other users included. */
function boundPairs(name: string, bound: Bound | undefined): Pair[] {
  return [
    [`sample#${name}_limit`, bound?.limit],
    [`sample#${name}_limit_used`, bound?.used],
    [`${name}_limit_of`, bound?.of],
  ];
}

interface Telling {
  readonly again?: 'again' | undefined;
  readonly release?: string | undefined;
}

function eventPairs(event: CulpritEvent, { again, release }: Telling = {}): Pair[] {
  const row = METRIC_ROWS.get(event.metric)!;
  // An alert about a series has no limit on its line: W20 and W21 have lines of their own.
  const bound = ALERTS[event.code].about === 'series' ? undefined : event.bound;
  return [
    ['at', event.at],
    ['code', event.code],
    ['desc', event.desc],
    ['verdict', event.verdict],
    ['group', event.group],
    ['cause', event.code === 'W50' ? event.evidence.cause : undefined],
    ...culpritPairs(event),
    sample(row, event.value),
    ['limit', amount(row, bound?.limit)],
    ['limit_used', amount(row, bound?.used)],
    ['limit_of', bound?.of],
    ['refused', bound?.refused],
    // An event that is over has no growth to report; of W50 it has all that was lost.
    ...(event.at === 'resolved' && event.code !== 'W50' ? [] : evidencePairs(event, row)),
    ['release', release],
    // It was counted when it was told first.
    again ? ['again', 1] : ['count#leak_alerts', event.at === 'alert' ? 1 : undefined],
  ];
}

function evidencePairs(event: CulpritEvent, row: MetricRow): Pair[] {
  const pairs = byEvidence<CulpritEvent, Pair[]>(event, {
    growth: ({ code, evidence }) => [
      ['growth_per_hour', growthPerHour(row, evidence.slopePerSecond)],
      ['steady_release', evidence.grownSince?.steady],
      // A limit that is reached needs no forecast.
      ['exhaustion_seconds', code === 'W21' ? undefined : decimal(evidence.exhaustionSeconds, 0)],
    ],
    overcommit: ({ evidence }) => [
      ['workers', evidence.workers],
      ['worker_rss', amount(row, evidence.workerBytes)],
      ['workers_fit', evidence.workersFit],
    ],
    restarts: ({ evidence }) => [
      ['restarts', evidence.restarts],
      ['median_life_seconds', decimal(evidence.medianLifeSeconds, 0)],
    ],
    orphans: ({ evidence }) => [
      ['orphans', evidence.orphans],
      ['oldest_orphan_seconds', decimal(evidence.oldestOrphanSeconds, 0)],
    ],
    // An interval may be a fraction of a second.
    degradation: ({ evidence: { amount } }) => [['amount', decimal(amount, Number.isInteger(amount) ? 0 : 1)]],
  });
  return [...pairs, ['since', isoSeconds(event.evidence.since)]];
}

function culpritPairs(event: CulpritEvent): Pair[] {
  const { metric, code, culprit } = event;
  if (!culprit) return isParentUnseen(event) ? [['parent_unseen', 1]] : [];
  const { pid, comm, look } = culprit;
  if (ALERTS[code].about === 'processes') {
    return [
      ['parent', culprit.parent?.pid],
      ['parent_comm', culprit.parent?.comm],
      ['process', pid],
      ['process_comm', comm],
    ];
  }
  if (!METRIC_ROWS.get(metric)!.ofProcess) {
    const [commonest] = culprit.zombies?.names ?? [];
    return [
      ...(culprit.unseen
        ? ([['parent_unseen', 1]] satisfies Pair[])
        : ([
            ['parent', pid],
            ['parent_comm', comm],
          ] satisfies Pair[])),
      ['zombie_comm', commonest?.name],
      ['oldest_zombie_seconds', decimal(culprit.zombies?.oldestSeconds, 0)],
      ['children', culprit.zombies ? undefined : culprit.children],
      ...kindPairs(culprit),
    ];
  }
  const [kind] = culprit.telling ?? [];
  const [thread, fd] = [look?.at === 'threads' ? kind : undefined, look?.at === 'fds' ? kind : undefined];
  return [
    ['process', pid],
    ['process_comm', comm],
    ['thread_name', thread?.name],
    ['thread_name_count', thread?.amount],
    ['fd_kind', fd?.name],
    ['fd_kind_count', fd?.amount],
    ...kindPairs(culprit),
  ];
}

/**
 * The kind that grew most: how much of it there is, and where its growth is known, by how much it grew; and the
 * rhythm in which those came.
 */
function kindPairs({ look, telling: [kind] = [], rhythm }: Culprit): Pair[] {
  if (!look || !kind) return [];
  const { name, amount, gained } = kind;
  const isMemory = look.at === 'memory';
  return [
    ['kind', name],
    [isMemory ? 'kind_size' : 'kind_count', isMemory ? megabytes(amount) : amount],
    ['kind_growth', isMemory ? megabytes(gained) : gained],
    ['rhythm', rhythm],
  ];
}

function brief({ states, ...kind }: TellingKind): TellingKind {
  return { ...kind, ...(states && { states: states.slice(0, MOST_STATES) }) };
}

/** An event as a JSON line has it: two looks with all kinds would not fit a line of Heroku's log. */
function briefly(event: CulpritEvent): CulpritEvent {
  const { culprit } = event;
  if (!culprit?.look) return event;
  const { look: _, firstLook: __, telling = [], ...rest } = culprit;
  return { ...event, culprit: { ...rest, telling: telling.slice(0, MOST_KINDS).map(brief) } } as CulpritEvent;
}

function isParentUnseen(event: CulpritEvent): boolean {
  const never = (): boolean => false;
  return (
    event.at !== 'resolved' &&
    byEvidence<CulpritEvent, boolean>(event, {
      growth: ({ evidence }) => evidence.parentUnseen ?? false,
      overcommit: never,
      restarts: never,
      orphans: never,
      degradation: never,
    })
  );
}

function sample(row: MetricRow, value: number | undefined): Pair {
  return [`sample#${row.logName}`, amount(row, value)];
}

function amount({ unit }: MetricRow, value: number | undefined): string | number | undefined {
  return unit === 'bytes' ? megabytes(value) : value;
}

/** Clients do not read a minus sign, so a falling slope is left out. */
function growthPerHour(row: MetricRow, slope: number | undefined): string | undefined {
  if (slope === undefined || slope < 0) return undefined;
  return row.unit === 'bytes' ? megabytes(slope * 3600) : decimal(slope * 3600, 2);
}
