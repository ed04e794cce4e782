/**
 * The table of groups: a row for each, with the value and a sparkline of every metric. Rows are kept and changed. The
 * roles are written out because on a narrow screen the rows are grids, and lose the roles of a table.
 */
import { METRICS, type Metric, type MetricRow } from '../../model/metrics.ts';
import { formatGrowthPerHour, formatQuantity } from '../../text/quantity.ts';
import type { GroupReport } from '../../verdict/report.ts';
import { byId, make, makeSvg, setText } from './elements.ts';
import type { PageReport, Point } from './report.ts';
import { sparkline } from './sparkline.ts';
import { RANK, worstOf } from './verdicts.ts';
import { unitOf } from './words.ts';

interface Row {
  readonly row: HTMLElement;
  readonly badge: HTMLElement;
  readonly cells: ReadonlyMap<Metric, Cell>;
}

interface Cell {
  readonly cell: HTMLElement;
  readonly value: HTMLElement;
  readonly growth: HTMLElement;
  readonly line: SVGElement;
  readonly area: SVGElement;
}

/** @returns what the server remembers of a series; undefined before it was asked */
type GetPoints = (group: string, metric: Metric) => readonly Point[] | undefined;

export class GroupTable {
  readonly #rows = new Map<string, Row>();
  readonly #getPoints: GetPoints;

  constructor(getPoints: GetPoints) {
    this.#getPoints = getPoints;
    for (const { title } of METRICS) {
      const head = make('th', '', title);
      head.scope = 'col';
      head.setAttribute('role', 'columnheader');
      byId('columns').append(head);
    }
  }

  draw(report: PageReport): void {
    byId('groups').hidden = report.groups.length === 0;
    const names = new Set(report.groups.map(({ name }) => name));
    for (const name of this.#rows.keys()) if (!names.has(name)) this.#rows.delete(name);
    const ordered = report.groups.toSorted(compareGroups).map((group) => this.#drawRow(report, group));
    const body = byId('rows');
    const isInOrder = body.children.length === ordered.length && ordered.every((row, at) => body.children[at] === row);
    if (!isInOrder) body.replaceChildren(...ordered);
  }

  /** After the points of one series have come. */
  drawSeries(report: PageReport, groupName: string, metric: Metric): void {
    const group = report.groups.find(({ name }) => name === groupName);
    const cell = this.#rows.get(groupName)?.cells.get(metric);
    if (group && cell) this.#drawCell(report, group, metric, cell);
  }

  #drawRow(report: PageReport, group: GroupReport): HTMLElement {
    const known = this.#rows.get(group.name) ?? makeRow(group.name);
    this.#rows.set(group.name, known);
    const worst = worstOf(group);
    known.badge.className = `badge ${worst}`;
    setText(known.badge, worst);
    for (const [metric, cell] of known.cells) this.#drawCell(report, group, metric, cell);
    return known.row;
  }

  #drawCell(report: PageReport, group: GroupReport, metric: Metric, { cell, value, growth, line, area }: Cell): void {
    const series = group.series.find((candidate) => candidate.metric === metric);
    const loud = series?.verdict === 'leak' || series?.verdict === 'suspect' ? series.verdict : '';
    const unit = unitOf(metric);
    const slope = series?.evidence.slopePerSecond;
    cell.className = loud;
    setText(value, series?.value === undefined ? '–' : formatQuantity(series.value, unit));
    setText(growth, loud && slope !== undefined ? `${formatGrowthPerHour(slope, unit)}/h` : loud);
    const last = series?.value === undefined ? [] : [{ t: report.t, v: series.value }];
    const known = this.#getPoints(group.name, metric) ?? [];
    const path = known.length > 0 ? sparkline([...known, ...last]) : undefined;
    line.setAttribute('d', path?.line ?? '');
    area.setAttribute('d', path?.area ?? '');
  }
}

/** Groups in trouble come first; the rest stay where their names put them. */
function compareGroups(a: GroupReport, b: GroupReport): number {
  const rank = (group: GroupReport): number => Math.min(RANK[worstOf(group)], RANK.learning);
  return rank(a) - rank(b) || a.name.localeCompare(b.name, 'en', { numeric: true });
}

function makeRow(name: string): Row {
  const row = make('tr');
  row.setAttribute('role', 'row');
  const head = make('th', '', name);
  head.scope = 'row';
  head.setAttribute('role', 'rowheader');
  const state = make('td', 'state');
  state.setAttribute('role', 'cell');
  const badge = make('span', 'badge');
  state.append(badge);
  const cells = new Map(METRICS.map((row) => [row.name, makeCell(row)]));
  row.append(head, state, ...[...cells.values()].map(({ cell }) => cell));
  return { row, badge, cells };
}

function makeCell({ title }: MetricRow): Cell {
  const cell = make('td');
  cell.setAttribute('role', 'cell');
  cell.dataset.label = title;
  const value = make('span', 'value');
  const growth = make('span', 'growth');
  const numbers = make('div', 'numbers');
  numbers.append(value, growth);
  const spark = makeSvg('svg', {
    class: 'spark',
    viewBox: '0 0 100 26',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  const line = makeSvg('path');
  const area = makeSvg('path');
  spark.append(line, area);
  cell.append(numbers, spark);
  return { cell, value, growth, line, area };
}
