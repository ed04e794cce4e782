/** A card for each finding: its numbers, and the process that it is about. */
import { ALERTS } from '../../model/alerts.ts';
import { METRIC_ROWS, type Metric } from '../../model/metrics.ts';
import { formatDuration } from '../../text/duration.ts';
import { formatBytes, formatCount, formatGrowthPerHour, formatQuantity, plural } from '../../text/quantity.ts';
import type { Culprit, NamedEvent } from '../../verdict/culprit.ts';
import { evidenceLines, hasEvidence, kindText } from '../../verdict/evidence-text.ts';
import { inWords } from '../../verdict/releases.ts';
import { byEvidence } from '../../verdict/report.ts';
import { details, headline, UNSEEN_PARENT } from '../../verdict/sentence.ts';
import { byId, make } from './elements.ts';
import type { PageReport } from './report.ts';
import { growthOf, secondsToLimit, seriesOf, sinceOf, standingEvents } from './standing.ts';
import { clockTime, unitOf } from './words.ts';

/** More cards than these push the groups out of sight; the rest are counted. */
const MOST_CARDS = 12;

type Facts = readonly (readonly [name: string, text: string])[];

export function drawCards(report: PageReport): void {
  const events = standingEvents(report);
  byId('findings').hidden = events.length === 0;
  const cards: HTMLElement[] = events.slice(0, MOST_CARDS).map((event) => makeCard(report, event));
  const more = events.length - MOST_CARDS;
  if (more > 0) cards.push(make('p', 'soft', `${plural(more, 'more finding')}; see /api/v1/report.`));
  byId('cards').replaceChildren(...cards);
}

function makeCard(report: PageReport, event: NamedEvent): HTMLElement {
  const card = make('article', `card ${event.at}`);
  card.append(make('h3', '', headline(event)), make('p', 'code', `${event.code} ${event.desc}`));
  const facts = make('dl');
  for (const [name, text] of factsOf(report, event)) {
    const pair = make('div');
    pair.append(make('dt', '', name), make('dd', '', text));
    facts.append(pair);
  }
  card.append(facts);
  const { remark } = ALERTS[event.code];
  if (remark !== undefined) card.append(make('p', 'detail', `${remark[0]!.toUpperCase()}${remark.slice(1)}.`));
  if (event.culprit) {
    const who = make('div', 'who');
    who.append(...describeCulprit(event, event.culprit).map((line, at) => make('p', at > 0 ? 'detail' : '', line)));
    card.append(who);
  }
  if (event.todo !== undefined) card.append(make('p', 'who', `What to do: ${event.todo}`));
  return card;
}

function factsOf(report: PageReport, event: NamedEvent): Facts {
  const now = seriesOf(report, event);
  const value = now ? now.value : event.value;
  const since = sinceOf(report, event);
  const valueName = ALERTS[event.code].about === 'processes' ? 'Processes now' : 'Now';
  return [
    ...known(value, (number) => [valueName, formatQuantity(number, unitOf(event.metric))]),
    ...evidenceFacts(report, event),
    ...known(since, (t) => ['Since', `${clockTime(t)} (${formatDuration(report.t - t)})`]),
    ...limitFacts(report, event),
  ];
}

/** One fact of a number that is known, else none. */
function known(number: number | undefined, fact: (number: number) => Facts[number]): Facts {
  return number === undefined ? [] : [fact(number)];
}

/** What is particular to a kind of evidence. */
function evidenceFacts(report: PageReport, event: NamedEvent): Facts {
  return byEvidence<NamedEvent, Facts>(event, {
    growth: (growth) =>
      known(growthOf(report, growth).slopePerSecond, (slope) => [
        'Growth',
        `${formatGrowthPerHour(slope, unitOf(growth.metric))}/h`,
      ]).concat(growth.evidence.grownSince ? [['Release', inWords(growth.evidence.grownSince)]] : []),
    restarts: ({ evidence: { restarts = 0, medianLifeSeconds = 0 } }) => [
      ['Restarts', formatCount(restarts)],
      ['Half lived no longer than', formatDuration(medianLifeSeconds)],
    ],
    orphans: ({ evidence: { orphans = 0 } }) => [['Without their parent', formatCount(orphans)]],
    overcommit: ({ evidence: { workers, workerBytes, workersFit, sharedBytes } }) => {
      if (workers === undefined || workerBytes === undefined || workersFit === undefined) return [];
      return [
        ['Workers', `${formatCount(workers)} x ${formatBytes(workerBytes)}`],
        ...known(sharedBytes, (bytes) => ['Shared', formatBytes(bytes)]),
        ['Fit', formatCount(workersFit)],
      ];
    },
    degradation: () => [['Why', details(event)]],
  });
}

function limitFacts(report: PageReport, event: NamedEvent): Facts {
  return byEvidence<NamedEvent, Facts>(event, {
    growth: ({ code }) => {
      const end = secondsToLimit(report, event);
      if (code === 'W21' || end <= 0) return [['Limit', 'reached']];
      return [['Limit reached in', Number.isFinite(end) ? formatDuration(end) : 'not in sight']];
    },
    restarts: () => [],
    orphans: () => [],
    overcommit: ({ bound }) => (bound ? [['Limit', formatBytes(bound.limit)]] : []),
    degradation: () => [],
  });
}

function describeCulprit(event: NamedEvent, culprit: Culprit): readonly string[] {
  const { pid, comm, parent } = culprit;
  const name = culprit.unseen ? UNSEEN_PARENT : `${comm} (pid ${pid})`;
  const related = (relation: string): readonly string[] => [
    parent ? `${name} ${relation} ${parent.comm} (pid ${parent.pid})` : name,
  ];
  const owner = (): readonly string[] => describeOwner(name, event.metric, culprit);
  const lines = byEvidence<NamedEvent, readonly string[]>(event, {
    growth: owner,
    restarts: () => related('is started by'),
    orphans: () => related('was a child of'),
    overcommit: owner,
    degradation: () => [],
  });
  return [...lines, ...(hasEvidence(culprit) ? evidenceLines(culprit) : [])];
}

/** The process that has most of what grows: zombies, children, or the metric itself. */
function describeOwner(name: string, metric: Metric, culprit: Culprit): readonly string[] {
  const { zombies, children } = culprit;
  if (zombies) {
    const dead = plural(children ?? 0, 'dead child', 'dead children');
    const oldest = `the oldest died ${formatDuration(zombies.oldestSeconds)} before`;
    const names = zombies.names.map(({ name, count }) => kindText({ name, amount: count }, 'zombies'));
    const were = culprit.look || names.length === 0 ? [] : [`They were: ${names.join(', ')}`];
    return [`${name} has not waited for ${dead}; ${oldest}.`, ...were];
  }
  if (children !== undefined) return [`${name} has ${plural(children, 'living child', 'living children')}.`];
  return [`${name}${describeShare(metric, culprit)}.`];
}

/** ` has 21 threads, 8 of them new since the growth began` */
function describeShare(metric: Metric, { value, growth = 0 }: Culprit): string {
  if (value === undefined) return '';
  const { unit, noun } = METRIC_ROWS.get(metric)!;
  const amount = unit === 'bytes' ? formatBytes(value) : plural(value, noun.one, noun.many);
  if (!(growth > 0)) return ` has ${amount}`;
  return ` has ${amount}, ${formatQuantity(growth, unit)} of ${unit === 'bytes' ? 'it' : 'them'} new since the growth began`;
}
