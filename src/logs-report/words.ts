/** The report on a log in words: findings as sentences, lives as lines of a timeline, times as people read them. */
import type { Measure, Trouble } from '../formats/heroku/events.ts';
import type {
  Exhaustion,
  Leak,
  LogFinding,
  LogFindingKind,
  OverQuota,
  Plateau,
  QuotaAhead,
  ToldAlert,
} from '../logs/findings.ts';
import type { End } from '../logs/life.ts';
import { MEASURE_ROWS } from '../logs/measures.ts';
import type { DynoReport, Happening, LogReport, Story } from '../logs/report.ts';
import { ALERTS } from '../model/alerts.ts';
import { formatDuration, formatDurationRange } from '../text/duration.ts';
import { printable } from '../text/printable.ts';
import { formatBytes, formatCount, formatGrowthPerHour, type Unit } from '../text/quantity.ts';

const DAY_SECONDS = 86_400;
/** Chosen: as many as fit a screen below the table. */
const MOST_REMARKS = 12;

/**
 * `EAGAIN` alone may mean a socket without data, so a few such messages are not told. Chosen: at a real limit it comes
 * with every request, so that the third is not far; two may be chance.
 */
const LEAST_AMBIGUOUS = 3;

const ENDS: Readonly<Record<End, string>> = {
  restarted: 'restarted',
  cycled: 'restarted by the daily cycle',
  released: 'restarted by a release',
  crashed: 'crashed',
  killed: 'killed',
  stopped: 'stopped',
  replaced: 'replaced by a new dyno',
};

/** Findings about memory above the quota: beside one of these R14 needs no remark. */
const SAYS_MORE: ReadonlySet<LogFindingKind> = new Set(['leak', 'plateau', 'over_quota']);

/**
 * Limit on processes and threads together, by the memory of the dyno in MB.
 * Source: devcenter.heroku.com/articles/limits#processes-threads.
 */
const TASK_LIMITS: ReadonlyMap<number, number> = new Map([
  [512, 256],
  [1024, 512],
  [2560, 16_384],
  [14_336, 32_768],
]);

/** Writes times; with the date only if the log is longer than a day. */
export class Clockwork {
  readonly #withDate: boolean;
  readonly #untimed: boolean;

  constructor({ span, untimed }: Pick<LogReport, 'span' | 'untimed'>) {
    this.#untimed = untimed;
    this.#withDate = span !== undefined && span.to - span.from > DAY_SECONDS;
  }

  /** `03:10`, or `11-21 03:10` in a long log; `+2.5 h` in a log without times. */
  at(t: number): string {
    if (this.#untimed) return `+${formatDuration(t)}`;
    const iso = isoOf(t);
    return this.#withDate ? `${iso.slice(5, 10)} ${iso.slice(11, 16)}` : iso.slice(11, 16);
  }

  /** `2026-11-21 03:10` */
  full(t: number): string {
    return this.#untimed ? `+${formatDuration(t)}` : `${isoOf(t).slice(0, 10)} ${isoOf(t).slice(11, 16)}`;
  }
}

function isoOf(t: number): string {
  const date = new Date(t * 1000);
  return Number.isNaN(date.getTime()) ? '????-??-?? ??:??' : date.toISOString();
}

/** `+38 MB/h`, `+0.4/h` */
export function pace(slopePerSecond: number, measure: Measure): string {
  return `${formatGrowthPerHour(slopePerSecond, unitOf(measure))}/h`;
}

function leakOf(measure: Measure): string {
  return MEASURE_ROWS.get(measure)!.leak;
}

function unitOf(measure: Measure): Unit {
  return MEASURE_ROWS.get(measure)!.unit;
}

/** `512 MB`, `1.74 GB`, `47`, `2.46` */
export function quantityOf(value: number, measure: Measure): string {
  if (unitOf(measure) === 'bytes') return formatBytes(value);
  return measure === 'load' ? value.toFixed(2) : formatCount(Math.round(value));
}

/** A finding in words: the dyno, the numbers, and what to do. */
export function describeFinding(finding: LogFinding, clock: Clockwork, dyno: DynoReport | undefined): string {
  const name = printable(finding.dyno);
  switch (finding.kind) {
    case 'leak':
      return describeLeak(name, finding, clock, dyno);
    case 'quota_ahead':
      return describeAhead(name, finding, clock);
    case 'alert':
      return describeAlert(name, finding, clock);
    case 'plateau':
      return describePlateau(name, finding);
    case 'exhaustion':
      return describeExhaustion(name, finding, clock, dyno);
    case 'over_quota':
      return describeExcess(name, finding);
  }
}

/** The whole log in one sentence: the gravest finding and the dynos that have it. */
export function conclude(report: LogReport): string {
  const [gravest] = report.findings;
  if (!gravest) {
    const { counts, dynos } = report;
    if (dynos.length === 0)
      return counts.unreadable + counts.other > counts.router + counts.app + counts.platform
        ? 'Nothing found: this does not look like a log of dynos.'
        : 'Nothing found: the log has no measurements and no errors of a dyno.';
    const measured = dynos.some(({ series }) => series.some(({ measure }) => measure === 'memory'));
    return measured
      ? 'Nothing found: no leak, nothing above its quota, no exhaustion.'
      : 'Nothing found, but memory was not measured: run heroku labs:enable log-runtime-metrics, and restart the app.';
  }
  const same = report.findings.filter((one) => headingOf(one) === headingOf(gravest));
  const names = [...new Set(same.map(({ dyno }) => printable(dyno)))];
  const listed = names.length > 6 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  return `${capital(headingOf(gravest))} in ${listed}.`;
}

export function headingOf(finding: LogFinding): string {
  const likely = finding.certainty === 'likely' ? 'probably a ' : '';
  switch (finding.kind) {
    case 'leak':
      return `${likely}${leakOf(finding.measure)}`;
    case 'quota_ahead':
      return 'memory on its way to the quota';
    case 'alert':
      return ALERTS[finding.code].title.toLowerCase();
    case 'plateau':
      return 'a plateau above the quota (not a leak)';
    case 'exhaustion':
      return finding.what === 'threads' ? 'thread or process exhaustion' : 'exhaustion of file descriptors';
    case 'over_quota':
      return 'memory above the quota (too short to tell a leak from a plateau)';
  }
}

function describeLeak(name: string, leak: Leak, clock: Clockwork, dyno: DynoReport | undefined): string {
  const { measure, slopePerSecond, from, to, low, high, group, culprit, runs, ofRuns } = leak;
  const what = `${leak.certainty === 'likely' ? 'probably a ' : ''}${leakOf(measure)}`;
  const growth =
    slopePerSecond === undefined
      ? ''
      : `: ${pace(slopePerSecond, measure)} for ${formatDuration(to - from)} since ${clock.at(from)}`;
  const range =
    low === undefined || high === undefined ? '' : `, from ${quantityOf(low, measure)} to ${quantityOf(high, measure)}`;
  const quota =
    measure === 'memory' && dyno?.quotaBytes !== undefined ? ` (quota ${quantityOf(dyno.quotaBytes, 'memory')})` : '';
  const parts = [`${name}: ${what}${group ? ` in ${printable(group)}` : ''}${growth}${range}${quota}.`];
  if (culprit !== undefined)
    parts.push(`${measure === 'zombies' ? 'Their parent' : 'The process'} is ${printable(culprit)}.`);
  if (runs > 1)
    parts.push(
      `Seen in ${runs} of ${Math.max(runs, ofRuns)} lives of the dyno: a restart interrupts the leak but does not end it.`,
    );
  if (leak.over) parts.push('The last life was long enough to show it, and does not.');
  return parts.join(' ');
}

/** `5.2 h (4.4 to 6.1 h)`. @param t seconds since the epoch */
export function timeLeft(
  t: number,
  { reachedAt, reachedFrom, reachedTo }: Pick<QuotaAhead, 'reachedAt' | 'reachedFrom' | 'reachedTo'>,
): string {
  return `${formatDuration(reachedAt - t)} (${formatDurationRange(reachedFrom - t, reachedTo - t)})`;
}

/** `web.1: memory will reach the quota of 512 MB in 5.2 h (4.4 to 6.1 h), at about 21:10 (20:20 to 22:00): ...` */
function describeAhead(name: string, found: QuotaAhead, clock: Clockwork): string {
  const { at, used, quotaBytes, slopePerSecond, reachedAt, reachedFrom, reachedTo } = found;
  const when = `at about ${clock.at(reachedAt)} (${clock.at(reachedFrom)} to ${clock.at(reachedTo)})`;
  const share = `${Math.round((100 * used) / quotaBytes)} % of it`;
  return `${name}: memory will reach the quota of ${quantityOf(quotaBytes, 'memory')} in ${timeLeft(at, found)}, ${when}, if it goes on to grow: ${pace(slopePerSecond, 'memory')}, and ${quantityOf(used, 'memory')} at ${clock.at(at)}, ${share}.`;
}

/** `web.1: crash loop: shop crashes again and again, told in the app's lines at 03:10 (W30).` */
function describeAlert(name: string, { code, group, from }: ToldAlert, clock: Clockwork): string {
  const { title, says } = ALERTS[code];
  return `${name}: ${title.toLowerCase()}: ${printable(group)} ${says.alert}, told in the app's lines at ${clock.at(from)} (${code}).`;
}

function describePlateau(name: string, { level, settled, quotaBytes, seconds, workers, fit }: Plateau): string {
  const share = Math.round((100 * level) / quotaBytes);
  const parts = [
    `${name}: a plateau above the quota, not a leak: memory ${settled ? 'has stopped growing at' : 'grows ever more slowly, and is at'} ${quantityOf(level, 'memory')}, ${share} % of the quota of ${quantityOf(quotaBytes, 'memory')}, and was above it for ${formatDuration(seconds)}.`,
  ];
  if (workers !== undefined && fit !== undefined) {
    const each = quantityOf(level / workers, 'memory');
    const words = fit === 0 ? 'not even one fits' : fit === 1 ? '1 fits' : `${fit} fit`;
    parts.push(`Its ${workers} workers take ${each} each: ${words}.`);
  } else {
    const examples = [2, 3, 4].map((count) => `of ${count}, ${Math.floor((count * quotaBytes) / level)}`).join('; ');
    parts.push(`The log does not say how many workers it has. Number that would fit: ${examples}.`);
  }
  parts.push('Run fewer workers, or a larger dyno.');
  return parts.join(' ');
}

function describeExhaustion(name: string, found: Exhaustion, clock: Clockwork, dyno: DynoReport | undefined): string {
  const { what, text, count, first, last, limit, peak, memoryPeakRatio } = found;
  const heading = what === 'threads' ? 'thread or process exhaustion' : 'exhaustion of file descriptors';
  const said =
    text === undefined
      ? ` at ${clock.at(first)}`
      : `: "${printable(text)}"${count > 1 ? ` and similar messages, ${count} times` : ''} from ${clock.at(first)}${last - first > 60 ? ` to ${clock.at(last)}` : ''}`;
  const parts = [`${name}: ${heading}${said}.`];
  if (what === 'threads') {
    const assumed = dyno?.quotaBytes === undefined ? undefined : TASK_LIMITS.get(Math.round(dyno.quotaBytes / 2 ** 20));
    if (limit !== undefined)
      parts.push(
        `The limit is ${limit} processes and threads together${peak === undefined ? '' : `; ${Math.round(peak)} were counted`}.`,
      );
    else if (assumed !== undefined)
      parts.push(`A dyno of this size may have ${assumed} processes and threads together, zombies included.`);
    if (memoryPeakRatio !== undefined && memoryPeakRatio < 1)
      parts.push(`Memory was not short: its peak was ${Math.round(100 * memoryPeakRatio)} % of the quota.`);
    if (!dyno?.findings.some(({ kind }) => kind === 'leak'))
      parts.push('Something starts threads or processes and does not end them; leakwatch in the dyno would name it.');
  }
  return parts.join(' ');
}

function describeExcess(name: string, { peak, quotaBytes, seconds }: OverQuota): string {
  const share = quotaBytes === undefined ? '' : `, ${Math.round((100 * peak) / quotaBytes)} % of the quota`;
  return `${name}: memory above the quota for ${formatDuration(seconds)}, up to ${quantityOf(peak, 'memory')}${share}. That is too short or too uneven to tell a leak from a plateau; a longer log would show which.`;
}

/** `+38 MB/h for 9 h, R14 from 03:10, 212 H12 from 03:14, restarted 03:40` */
export function tellStory({ happenings }: Story, clock: Clockwork): string {
  return happenings.map((one) => tellHappening(one, clock)).join(', ');
}

function tellHappening(one: Happening, clock: Clockwork): string {
  switch (one.kind) {
    case 'growth': {
      const what = one.measure === 'memory' ? '' : `${one.group ? `${printable(one.group)} ` : ''}${one.measure} `;
      return `${what}${pace(one.slopePerSecond, one.measure)} for ${formatDuration(one.to - one.t)}`;
    }
    case 'error': {
      // R14 comes with every measurement above the quota: the number of them says nothing.
      const code = printable(one.code);
      if (one.count === 1) return `${code} ${clock.at(one.t)}`;
      return code === 'R14' ? `R14 from ${clock.at(one.t)}` : `${one.count} ${code} from ${clock.at(one.t)}`;
    }
    case 'trouble': {
      const times = one.count > 1 ? `${one.count} x ` : '';
      return `${times}"${printable(one.text.slice(0, 80))}" ${one.count > 1 ? 'from ' : ''}${clock.at(one.t)}`;
    }
    case 'alert':
      return `leakwatch ${one.alert.code} ${printable(one.alert.desc)} of ${printable(one.alert.group)} ${clock.at(one.t)}`;
    case 'end':
      return `${ENDS[one.how]}${one.status !== undefined && one.how !== 'cycled' && one.how !== 'released' && one.how !== 'restarted' ? ` (status ${one.status})` : ''} ${clock.at(one.t)}`;
  }
}

/** Facts about the log beside its findings, one sentence each. */
export function remarks(report: LogReport): string[] {
  const { counts, forgottenDynos, lostLines, untimed, inferredYears, leftOut, dynos } = report;
  const notes: string[] = [];
  const unknown = counts.other + counts.unreadable + counts.platformUnknown + counts.overlong;
  if (unknown > 0) notes.push(`${formatCount(unknown)} lines were not understood and were skipped.`);
  if (lostLines > 0) notes.push(`The log itself says that ${formatCount(lostLines)} lines are missing (L10 to L13).`);
  if (untimed) notes.push('The lines have no time: one measurement every 20 seconds was assumed.');
  if (inferredYears) {
    const { from, to } = inferredYears;
    const years = from === to ? `${from} was` : `${from} to ${to} were`;
    notes.push(`The lines have no year: ${years} assumed, the latest that is not after the log was saved.`);
  }
  if (forgottenDynos > 0)
    notes.push(`There were too many dynos: ${formatCount(forgottenDynos)} that had become silent were dropped.`);
  if (leftOut !== undefined)
    notes.push(`There were too many dynos: ${formatCount(leftOut)} lines of those that came last were left out.`);
  for (const dyno of dynos) {
    for (const { measure, group, verdict, slopePerSecond } of dyno.series) {
      if (verdict !== 'suspect' || measure === 'swap' || dyno.findings.length > 0 || slopePerSecond === undefined)
        continue;
      const what = `${group === undefined ? '' : `${printable(group)} `}${measure}`;
      notes.push(
        `${printable(dyno.title)}: ${what} is suspect, ${pace(slopePerSecond, measure)}; a longer log would tell.`,
      );
    }
    const crashes = dyno.lives.filter(({ end }) => end?.how === 'crashed').length;
    if (crashes > 0) notes.push(`${printable(dyno.title)} crashed ${times(crashes)}: see what it printed before.`);
    const memory = said(dyno, 'memory');
    if (memory)
      notes.push(
        `${printable(dyno.title)} said ${times(memory.count)} that memory ran out: "${printable(memory.text)}"`,
      );
    const perhaps = said(dyno, 'perhaps');
    if (perhaps && perhaps.count >= LEAST_AMBIGUOUS)
      notes.push(
        `${printable(dyno.title)} said ${times(perhaps.count)} "${printable(perhaps.text)}" without saying what failed: a socket, a lock, or a thread or process.`,
      );
    const r14 = dyno.errors.find(({ code }) => code === 'R14');
    if (r14 && !dyno.findings.some(({ kind }) => SAYS_MORE.has(kind))) {
      const length = r14.over ? 'for a short time only' : 'when its log ended, for too short a time to say more';
      notes.push(`${printable(dyno.title)} was above its quota ${length} (${r14.count} x R14).`);
    }
  }
  const left = notes.length - MOST_REMARKS;
  return left > 0 ? [...notes.slice(0, MOST_REMARKS), `${left} more remarks.`] : notes;
}

/** How often a dyno was refused something, and its first words about it. */
function said({ lives }: DynoReport, kind: Trouble): { readonly count: number; readonly text: string } | undefined {
  const tallies = lives.flatMap(({ troubles }) => troubles.filter(({ trouble }) => trouble === kind));
  return tallies[0] && { count: tallies.reduce((sum, { count }) => sum + count, 0), text: tallies[0].text };
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
