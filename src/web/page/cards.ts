/** A card for each finding: its numbers, and the process that it is about. */
import type { Metric } from '../../model/metrics.ts';
import { formatDuration } from '../../text/duration.ts';
import { formatBytes, formatCount, formatGrowthPerHour, formatQuantity, plural } from '../../text/quantity.ts';
import { byId, make } from './elements.ts';
import type { PageEvent, PageReport } from './report.ts';
import { evidenceOf, isOfProcess, secondsToLimit, seriesOf, standingEvents } from './standing.ts';
import { clockTime, headline, metricNoun, quantity, unitOf } from './words.ts';

/** More cards than these push the groups out of sight; the rest are counted. */
const MOST_CARDS = 12;
const MOST_THREAD_FAMILIES = 5;
const MOST_FD_KINDS = 6;

type Culprit = NonNullable<PageEvent['culprit']>;
type Inspection = NonNullable<Culprit['inspection']>;

export function drawCards(report: PageReport): void {
  const events = standingEvents(report);
  byId('findings').hidden = events.length === 0;
  const cards: HTMLElement[] = events.slice(0, MOST_CARDS).map((event) => makeCard(report, event));
  const more = events.length - MOST_CARDS;
  if (more > 0) cards.push(make('p', 'soft', `${plural(more, 'more finding')}; see /api/v1/report.`));
  byId('cards').replaceChildren(...cards);
}

function makeCard(report: PageReport, event: PageEvent): HTMLElement {
  const card = make('article', `card ${event.at}`);
  card.append(make('h3', '', headline(event)), make('p', 'code', `${event.code} ${event.desc}`));
  const facts = make('dl');
  for (const [name, text] of factsOf(report, event)) {
    const pair = make('div');
    pair.append(make('dt', '', name), make('dd', '', text));
    facts.append(pair);
  }
  card.append(facts);
  if (event.culprit) {
    const who = make('div', 'who');
    who.append(...describeCulprit(event, event.culprit).map((line, at) => make('p', at > 0 ? 'detail' : '', line)));
    card.append(who);
  }
  return card;
}

function factsOf(report: PageReport, event: PageEvent): readonly (readonly [name: string, text: string])[] {
  const facts: [name: string, text: string][] = [];
  const unit = unitOf(event.metric);
  const now = seriesOf(report, event);
  const value = now ? now.value : event.value;
  const {
    restarts,
    medianLifeSeconds,
    workers = 0,
    workersFit,
    workerBytes,
    orphans,
    slopePerSecond,
    since,
  } = evidenceOf(report, event);
  const end = secondsToLimit(report, event);
  if (value !== undefined) facts.push([isOfProcess(event) ? 'Processes now' : 'Now', quantity(value, unit)]);
  if (restarts !== undefined) facts.push(['Restarts', formatCount(restarts)]);
  if (medianLifeSeconds !== undefined) facts.push(['Half lived no longer than', formatDuration(medianLifeSeconds)]);
  if (workersFit !== undefined) {
    facts.push(['Workers', `${formatCount(workers)} x ${quantity(workerBytes, 'bytes')}`]);
    facts.push(['Fit', formatCount(workersFit)]);
  }
  if (orphans !== undefined) facts.push(['Without their parent', formatCount(orphans)]);
  if (slopePerSecond !== undefined) facts.push(['Growth', `${formatGrowthPerHour(slopePerSecond, unit)}/h`]);
  if (since !== undefined) facts.push(['Since', `${clockTime(since)} (${formatDuration(report.t - since)})`]);
  if (event.code === 'W21' || end <= 0) facts.push(['Limit', 'reached']);
  else if (!isOfProcess(event)) {
    facts.push(['Limit reached in', Number.isFinite(end) ? formatDuration(end) : 'not in sight']);
  }
  return facts;
}

function describeCulprit(event: PageEvent, culprit: Culprit): readonly string[] {
  const { pid, comm, parent, zombies, children, inspection } = culprit;
  const name = `${comm} (pid ${pid})`;
  const lines: string[] = [];
  if (isOfProcess(event)) {
    const relation = event.code === 'W30' ? 'is started by' : 'was a child of';
    lines.push(parent ? `${name} ${relation} ${parent.comm} (pid ${parent.pid})` : name);
  } else if (zombies) {
    const dead = plural(children ?? 0, 'dead child', 'dead children');
    lines.push(`${name} has not waited for ${dead}; the oldest died ${formatDuration(zombies.oldestSeconds)} before.`);
    if (zombies.names.length > 0) lines.push(`They were: ${listOf(zombies.names)}`);
  } else if (children !== undefined) {
    lines.push(`${name} has ${plural(children, 'living child', 'living children')}.`);
  } else {
    lines.push(`${name}${describeShare(event.metric, culprit)}.`);
  }
  return [...lines, ...describeInspection(inspection)];
}

/** ` has 21 threads, 8 of them new since the growth began` */
function describeShare(metric: Metric, { value, growth = 0 }: Culprit): string {
  if (value === undefined) return '';
  const unit = unitOf(metric);
  const noun = metricNoun(metric);
  const amount = unit === 'bytes' ? formatBytes(value) : plural(value, noun.replace(/s$/, ''), noun);
  if (!(growth > 0)) return ` has ${amount}`;
  return ` has ${amount}, ${formatQuantity(growth, unit)} of ${unit === 'bytes' ? 'it' : 'them'} new since the growth began`;
}

function describeInspection(inspection: Inspection | undefined): readonly string[] {
  const { threadFamilies, fdKinds, memory, incomplete } = inspection ?? {};
  const lines: string[] = [];
  if (threadFamilies) lines.push(`Threads: ${listOf(threadFamilies.slice(0, MOST_THREAD_FAMILIES))}`);
  if (fdKinds) {
    const kinds = Object.entries(fdKinds)
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, MOST_FD_KINDS)
      .map(([name, count]) => ({ name, count }));
    lines.push(`Open: ${listOf(kinds)}`);
  }
  if (memory) {
    const kinds = [
      ['anonymous', memory.anonBytes],
      ['file', memory.fileBytes],
      ['shared', memory.sharedBytes],
      ['swapped', memory.swapBytes],
    ] as const;
    const known = kinds.flatMap(([name, bytes]) => (bytes === undefined ? [] : [`${name} ${formatBytes(bytes)}`]));
    lines.push(`Memory: ${known.join(', ')}`);
  }
  if (incomplete) lines.push(`Not all could be seen: ${incomplete}`);
  return lines;
}

interface Counted {
  readonly name: string;
  readonly count: number;
  readonly growth?: number | undefined;
}

/** `worker-# × 14 (+8), ruby × 7` */
function listOf(items: readonly Counted[]): string {
  return items
    .map(({ name, count, growth }) => `${name} × ${formatCount(count)}${growth ? ` (+${formatCount(growth)})` : ''}`)
    .join(', ');
}
