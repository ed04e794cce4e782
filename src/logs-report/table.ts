/** The report on a log for a terminal: the conclusion, a table with a small chart for each series, and the timeline. */

import { ROUTER } from '../logs/book.ts';
import { isCritical } from '../logs/findings.ts';
import type { DynoReport, LogReport, SeriesSummary } from '../logs/report.ts';
import type { Paint } from '../terminal/paint.ts';
import { sparkline } from '../terminal/sparkline.ts';
import { renderTable } from '../terminal/table.ts';
import { formatDuration } from '../text/duration.ts';
import { printable } from '../text/printable.ts';
import { plural } from '../text/quantity.ts';
import { Clockwork, conclude, describeFinding, pace, quantityOf, remarks, tellStory } from './words.ts';

const COLUMNS = 24;
/** Chosen: what a person reads on a terminal. Dynos with findings come first. */
const MOST_ROWS = 40;
const MOST_STORIES = 40;
const MOST_FINDINGS = 20;

const HEADER = ['DYNO', 'SERIES', 'OVER TIME'.padEnd(COLUMNS), 'LAST', 'PEAK', 'OF QUOTA', 'GROWTH', 'VERDICT'];

export function renderReport(report: LogReport, paint: Paint): string {
  const clock = new Clockwork(report);
  const parts = [heading(report, clock), ...verdicts(report, clock, paint)];
  const rows = tableRows(report);
  if (rows.length > 0) {
    const left = rows.length - MOST_ROWS;
    parts.push(renderTable(HEADER, rows.slice(0, MOST_ROWS)) + (left > 0 ? `\n... and ${left} more series` : ''));
  }
  const { timeline } = report;
  if (timeline.length > 0) {
    const shown = timeline.slice(-MOST_STORIES);
    const earlier = timeline.length - shown.length;
    const lines = shown.map(
      (story) => `  ${clock.full(story.from)}  ${printable(story.dyno)}: ${tellStory(story, clock)}`,
    );
    parts.push(['Timeline (UTC)', ...(earlier > 0 ? [`  ... ${earlier} earlier`] : []), ...lines].join('\n'));
  }
  const notes = remarks(report);
  if (notes.length > 0) parts.push(notes.join('\n'));
  return `${parts.join('\n\n')}\n`;
}

function heading({ span: time, counts, dynos }: LogReport, clock: Clockwork): string {
  const when = time
    ? `${clock.full(time.from)} to ${clock.full(time.to)} UTC (${formatDuration(time.to - time.from)}), `
    : '';
  const count = dynos.filter(({ name }) => name !== ROUTER).length;
  return `${when}${plural(counts.lines, 'line')}, ${plural(count, 'dyno')}`;
}

function verdicts(report: LogReport, clock: Clockwork, paint: Paint): string[] {
  const { findings, dynos } = report;
  const [gravest] = findings;
  const colour = !gravest ? 'green' : isCritical(gravest) ? 'red' : 'yellow';
  const sentences = findings.slice(0, MOST_FINDINGS).map((finding) =>
    describeFinding(
      finding,
      clock,
      dynos.find(({ title }) => title === finding.dyno),
    ),
  );
  if (findings.length > MOST_FINDINGS) sentences.push(`... and ${findings.length - MOST_FINDINGS} more findings`);
  return [paint(colour, conclude(report)), ...(sentences.length > 0 ? [sentences.join('\n')] : [])];
}

function tableRows(report: LogReport): string[][] {
  const sorted = report.dynos.toSorted((a, b) => Number(b.findings.length > 0) - Number(a.findings.length > 0));
  return sorted.flatMap((dyno) => {
    const shown = dyno.series.filter(({ measure, peak }) => measure !== 'swap' || peak.value > 0);
    return shown.map((series) => rowOf(report, dyno, series));
  });
}

function rowOf({ span: time }: LogReport, dyno: DynoReport, series: SeriesSummary): string[] {
  const { measure, group, last, peak, peakOfQuota, chart } = series;
  const isMemory = measure === 'memory';
  const from = time?.from ?? 0;
  const line = sparkline(chart?.points.map(({ t, greatest }) => ({ t: Math.max(t, from), value: greatest })) ?? [], {
    from,
    to: time?.to ?? chart?.points.at(-1)?.t ?? 1,
    columns: COLUMNS,
    top: Math.max(peak.value, (isMemory && dyno.quotaBytes) || 0),
  });
  const verdict = verdictOf(dyno, series);
  return [
    printable(dyno.title),
    `${group === undefined ? '' : `${printable(group)} `}${measure}`,
    line,
    quantityOf(last, measure),
    quantityOf(peak.value, measure),
    peakOfQuota === undefined ? '' : `${Math.round(100 * peakOfQuota)} %`,
    growthOf(dyno, series),
    verdict,
  ];
}

/** The growth of a series that leaks or is suspected to; empty for others. */
export function growthOf({ findings }: DynoReport, { measure, group, verdict, slopePerSecond }: SeriesSummary): string {
  for (const finding of findings) {
    if (finding.kind === 'quota_ahead' && finding.measure === measure && group === undefined)
      return pace(finding.slopePerSecond, measure);
    if (finding.kind !== 'leak' || finding.measure !== measure || finding.group !== group) continue;
    return finding.slopePerSecond === undefined ? '' : pace(finding.slopePerSecond, measure);
  }
  const grows = verdict === 'leak' || verdict === 'suspect';
  return grows && slopePerSecond !== undefined ? pace(slopePerSecond, measure) : '';
}

/** The finding about this series in a word, else the detector's verdict on its last life. */
export function verdictOf(dyno: DynoReport, { measure: own, group, verdict }: SeriesSummary): string {
  const { findings, series } = dyno;
  // Swap is a part of memory: what was found about memory holds for it.
  const measure = own === 'swap' && series.some((one) => one.measure === 'memory') ? 'memory' : own;
  for (const finding of findings) {
    if (finding.kind === 'leak' && finding.measure === measure && finding.group === group)
      return finding.over ? 'over' : finding.certainty === 'found' ? 'leak' : 'leak?';
    if (measure === 'memory' && finding.kind === 'quota_ahead') return 'quota ahead';
    if (measure === 'memory' && finding.kind === 'plateau') return 'plateau';
    if (measure === 'memory' && finding.kind === 'over_quota') return 'over quota';
  }
  return verdict === 'learning' ? 'too short' : verdict;
}
