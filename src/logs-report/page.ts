/** The report on a log as one HTML page without scripts and without anything from another server. */
import { isCritical } from '../logs/findings.ts';
import type { DynoReport, LogReport, SeriesSummary } from '../logs/report.ts';
import { formatDuration } from '../text/duration.ts';
import { PALETTE_STYLE } from '../text/palette.ts';
import { printable } from '../text/printable.ts';
import { formatCount } from '../text/quantity.ts';
import { escapeHtml, renderChart } from './chart.ts';
import { growthOf, verdictOf } from './table.ts';
import { Clockwork, conclude, describeFinding, quantityOf, remarks, tellStory } from './words.ts';

/** Chosen: 50 dynos with 12 charts of 15 KB each make a page of 9 MB. Dynos with findings come first. */
const MOST_DYNOS = 50;
const MOST_CHARTS = 12;
const MOST_STORIES = 300;

const STYLE = `
${PALETTE_STYLE}* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 16px 20px 48px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 8px 0; }
h2 { font-size: 1.1rem; margin: 0 0 8px; }
h3 { font-size: .85rem; margin: 14px 0 2px; color: var(--soft); font-weight: 600; }
p { margin: 6px 0; max-width: 100ch; }
.soft { color: var(--soft); font-size: .9rem; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px 18px; margin-top: 16px; }
.summary { border-left: 6px solid var(--good); }
.summary.bad { border-left-color: var(--bad); } .summary.bad h1 { color: var(--bad); }
.summary.warn { border-left-color: var(--warn); } .summary.warn h1 { color: var(--warn); }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--rule); } .tick { fill: var(--soft); font-size: 12px; }
.band { fill: var(--curve); opacity: .25; } .line { fill: none; stroke: var(--curve); stroke-width: 1.8; }
.limit { stroke: var(--bad); stroke-dasharray: 6 4; } .limit-label { fill: var(--bad); font-size: 12px; }
.end { stroke: var(--warn); stroke-width: 1.5; } .error { fill: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } .wide { overflow-x: auto; }
th, td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 600; }
.leak, .leak\\? { color: var(--bad); font-weight: 600; }
ol { padding-left: 0; list-style: none; margin: 0; } li { padding: 4px 0; border-bottom: 1px solid var(--rule); }
time { color: var(--soft); margin-right: 10px; }
`;

/** Does a page of this report begin so? */
export function isPageStart(text: string): boolean {
  return /^<!doctype html>\n.*?<title>leakwatch: /s.test(text);
}

export function renderPage(report: LogReport, { version }: { readonly version: string }): string {
  const clock = new Clockwork(report);
  const { findings, dynos, timeline, counts } = report;
  const [gravest] = findings;
  const state = !gravest ? '' : isCritical(gravest) ? 'bad' : 'warn';
  const sorted = dynos.toSorted((a, b) => Number(b.findings.length > 0) - Number(a.findings.length > 0));
  const time = report.span
    ? `${clock.full(report.span.from)} to ${clock.full(report.span.to)} UTC, ${formatDuration(report.span.to - report.span.from)}; `
    : '';
  const stories = timeline.slice(-MOST_STORIES);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>leakwatch: ${text(conclude(report))}</title>
<style>${STYLE}</style>
</head>
<body>
<section class="summary ${state}">
<h1>${text(conclude(report))}</h1>
${findings
  .map(
    (finding) =>
      `<p>${text(
        describeFinding(
          finding,
          clock,
          dynos.find(({ title }) => title === finding.dyno),
        ),
      )}</p>`,
  )
  .join('\n')}
<p class="soft">${text(`${time}${formatCount(counts.lines)} lines: ${formatCount(counts.router)} of the router, ${formatCount(counts.platform)} of the platform, ${formatCount(counts.app)} of the app.`)}</p>
</section>
${stories.length > 0 ? `<section><h2>Timeline (UTC)</h2><ol>${stories.map((story) => `<li><time>${text(clock.full(story.from))}</time><b>${text(story.dyno)}</b> ${text(tellStory(story, clock))}</li>`).join('\n')}</ol></section>` : ''}
${sorted
  .slice(0, MOST_DYNOS)
  .map((dyno) => renderDyno(dyno, report, clock))
  .join('\n')}
${sorted.length > MOST_DYNOS ? `<p>${sorted.length - MOST_DYNOS} more dynos are not shown.</p>` : ''}
${remarks(report)
  .map((note) => `<p class="soft">${text(note)}</p>`)
  .join('\n')}
<p class="soft">leakwatch ${text(version)}</p>
</body>
</html>
`;
}

function renderDyno(dyno: DynoReport, report: LogReport, clock: Clockwork): string {
  const { series, errors, title } = dyno;
  const charts = series.filter(({ measure, peak }) => measure !== 'swap' || peak.value > 0).slice(0, MOST_CHARTS);
  return `<section>
<h2>${text(title)}</h2>
<div class="wide"><table><tr><th>Series</th><th>Last</th><th>Peak</th><th>Of quota</th><th>Growth</th><th>Verdict</th></tr>
${series.map((one) => renderRow(dyno, one)).join('\n')}
</table></div>
${errors.length > 0 ? `<p class="soft">${errors.map(({ code, desc, count, first }) => text(`${formatCount(count)} x ${code} (${desc}) from ${clock.at(first)}`)).join('; ')}</p>` : ''}
${charts.map((one, at) => renderSeries({ dyno, series: one, report, clock, isFirst: at === 0 })).join('\n')}
</section>`;
}

function renderRow(dyno: DynoReport, series: SeriesSummary): string {
  const { measure, last, peak, peakOfQuota } = series;
  const verdict = verdictOf(dyno, series);
  const cells = [
    quantityOf(last, measure),
    quantityOf(peak.value, measure),
    peakOfQuota === undefined ? '' : `${Math.round(100 * peakOfQuota)} %`,
    growthOf(dyno, series),
  ];
  return `<tr><td>${text(nameOf(series))}</td>${cells.map((cell) => `<td>${text(cell)}</td>`).join('')}<td class="${text(verdict)}">${text(verdict)}</td></tr>`;
}

/** The chart of one series; the first of a dyno is higher, and has the errors below. */
function renderSeries(options: {
  readonly dyno: DynoReport;
  readonly series: SeriesSummary;
  readonly report: LogReport;
  readonly clock: Clockwork;
  readonly isFirst: boolean;
}): string {
  const { dyno, series, report, clock, isFirst } = options;
  const { chart, measure, peak } = series;
  if (!chart || chart.points.length === 0) return '';
  const { quotaBytes, threadLimit, lives, errorCharts, title } = dyno;
  const limit =
    measure === 'memory' && quotaBytes !== undefined
      ? { value: quotaBytes, label: `quota ${quantityOf(quotaBytes, 'memory')}` }
      : measure === 'threads' && threadLimit !== undefined && peak.value > threadLimit / 2
        ? { value: threadLimit, label: `limit ${threadLimit}` }
        : undefined;
  return `<h3>${text(nameOf(series))}</h3>${renderChart({
    span:
      report.span && !report.untimed
        ? report.span
        : { from: chart.points[0]!.t, to: chart.points.at(-1)!.t + chart.widthSeconds },
    chart,
    height: isFirst ? 190 : 80,
    ...(limit && { limit }),
    ends: lives.flatMap(({ end }) => (end ? [{ t: end.t, label: `${end.how} ${clock.full(end.t)}` }] : [])),
    errors: isFirst ? errorCharts : [],
    at: (t) => clock.at(t),
    quantity: (value) => quantityOf(value, measure),
    label: printable(`${nameOf(series)} of ${title} over time`),
  })}`;
}

function nameOf({ measure, group }: SeriesSummary): string {
  return group === undefined ? measure : `${group}: ${measure}`;
}

function text(value: string): string {
  return escapeHtml(printable(value));
}
