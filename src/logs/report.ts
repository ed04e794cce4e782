/**
 * The report on a log: findings, dynos with their series compared to the quota, and a timeline that lines up growth
 * with the errors that followed. Data only: logs-report/ makes words, tables and pages of it. Times in seconds since
 * the epoch.
 */
import type { Measure } from '../formats/heroku/events.ts';
import type { LineCounts } from '../formats/heroku/log.ts';
import type { Verdict } from '../verdict/report.ts';
import type { BookState, Release } from './book.ts';
import { concludeDyno } from './conclusion.ts';
import type { ChartReport, DynoState } from './dyno.ts';
import { gravestFirst, type LogFinding } from './findings.ts';
import { type End, type LifeReport, LONGEST_STEP_SECONDS, type OwnAlert } from './life.ts';
import { MEASURES } from './measures.ts';
import type { Moment } from './track.ts';

/** Something that happened in one life; `t` is when it began. */
export type Happening = { readonly t: number } & (
  | {
      readonly kind: 'growth';
      readonly measure: Measure;
      readonly group?: string;
      readonly slopePerSecond: number;
      readonly to: number;
    }
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly desc: string;
      readonly count: number;
      readonly last: number;
    }
  | { readonly kind: 'trouble'; readonly text: string; readonly count: number; readonly last: number }
  | { readonly kind: 'alert'; readonly alert: OwnAlert }
  | { readonly kind: 'end'; readonly how: End; readonly status?: number }
);

export interface Story {
  readonly dyno: string;
  readonly appId?: string;
  readonly from: number;
  readonly to: number;
  readonly happenings: readonly Happening[];
}

export interface SeriesSummary {
  readonly measure: Measure;
  readonly group?: string;
  readonly verdict: Verdict;
  readonly last: number;
  readonly peak: Moment;
  readonly samples: number;
  readonly slopePerSecond?: number;
  /** Peak of memory as a share of the quota. */
  readonly peakOfQuota?: number;
  readonly chart?: ChartReport;
}

export interface DynoReport {
  readonly name: string;
  readonly appId?: string;
  /** The name, with the app if another app has a dyno of the same name. */
  readonly title: string;
  readonly quotaBytes?: number;
  readonly threadLimit?: number;
  readonly findings: readonly LogFinding[];
  readonly series: readonly SeriesSummary[];
  readonly errors: readonly {
    readonly code: string;
    readonly desc: string;
    readonly count: number;
    readonly first: number;
    readonly last: number;
    /** In each life that had it, later lines show that it did not go on. */
    readonly over: boolean;
  }[];
  readonly lives: readonly LifeReport[];
  readonly earlierLives: number;
  readonly errorCharts: readonly ChartReport[];
}

export interface LogReport {
  readonly span?: { readonly from: number; readonly to: number };
  readonly counts: LineCounts;
  readonly findings: readonly LogFinding[];
  readonly dynos: readonly DynoReport[];
  readonly timeline: readonly Story[];
  readonly releases: readonly Release[];
  readonly forgottenDynos: number;
  readonly leftOut?: number;
  readonly lostLines: number;
  readonly untimed: boolean;
  /** First and last year of the lines whose year is not in the log. */
  readonly inferredYears?: { readonly from: number; readonly to: number };
}

/**
 * Codes that also come when all is well, because clients go away or somebody does maintenance: Server and Client
 * Request Interrupted, Client Connection Idle, Misdirected Request, Maintenance mode, Blank app (devcenter
 * error-codes).
 */
const HARMLESS: ReadonlySet<string> = new Set(['H18', 'H27', 'H28', 'H31', 'H80', 'H81']);

/** Is any line from a dyno, from the platform about one, or from the router? If not, this is no log of dynos. */
export function holdsDynos({ counts }: LogReport): boolean {
  return counts.router + counts.platform + counts.app > 0;
}

export function buildReport(options: {
  readonly state: BookState;
  readonly counts: LineCounts;
  readonly span: LogReport['span'];
  readonly inferredYears?: LogReport['inferredYears'] | undefined;
}): LogReport {
  const { state, counts, span, inferredYears } = options;
  const names = new Map<string, number>();
  for (const { name } of state.dynos) names.set(name, (names.get(name) ?? 0) + 1);
  const dynos = state.dynos.map((dyno) => reportDyno(dyno, names.get(dyno.name) === 1));
  return {
    ...(span && { span }),
    counts,
    findings: dynos.flatMap(({ findings }) => findings).sort(gravestFirst),
    dynos,
    timeline: state.dynos.flatMap((dyno, at) => tellStories(dyno, dynos[at]!)).sort((a, b) => a.from - b.from),
    releases: state.releases,
    forgottenDynos: state.forgottenDynos,
    ...(state.leftOut !== undefined && { leftOut: state.leftOut }),
    lostLines: state.lostLines,
    untimed: state.untimed,
    ...(inferredYears && { inferredYears }),
  };
}

function reportDyno(dyno: DynoState, isOnly: boolean): DynoReport {
  const { name, appId, drain, quotaBytes, threadLimit, lives } = dyno;
  const title = isOnly ? name : `${name} (${appId === undefined ? drain || 'no app' : `app ${appId}`})`;
  const findings = concludeDyno(dyno).map((finding) => ({ ...finding, dyno: title }));
  return {
    name,
    ...(appId !== undefined && { appId }),
    title,
    ...(quotaBytes !== undefined && { quotaBytes }),
    ...(threadLimit !== undefined && { threadLimit }),
    findings,
    series: summarise(dyno),
    errors: sumErrors(lives),
    lives,
    earlierLives: dyno.earlierLives,
    errorCharts: dyno.errorCharts,
  };
}

/** One summary for each series of all lives: highest peak, last value, last verdict that is not `learning`. */
function summarise({ lives, quotaBytes, charts }: DynoState): SeriesSummary[] {
  const found = new Map<string, SeriesSummary>();
  for (const { tracks } of lives) {
    for (const { measure, group, verdict, last, peak, samples, evidence, shape } of tracks) {
      const key = `${group ?? ''}\n${measure}`;
      const known = found.get(key);
      const highest = known && known.peak.value > peak.value ? known.peak : peak;
      const keepsKnown = known !== undefined && verdict === 'learning' && known.verdict !== 'learning';
      const slope = evidence.slopePerSecond ?? shape?.slopePerSecond;
      const slopePerSecond = keepsKnown ? known.slopePerSecond : slope;
      const chart = charts.find((one) => one.name === measure && one.group === group);
      found.set(key, {
        measure,
        ...(group !== undefined && { group }),
        verdict: keepsKnown ? known.verdict : verdict,
        last,
        peak: highest,
        samples: samples + (known?.samples ?? 0),
        ...(slopePerSecond !== undefined && { slopePerSecond }),
        ...(measure === 'memory' && quotaBytes !== undefined && { peakOfQuota: highest.value / quotaBytes }),
        ...(chart && { chart }),
      });
    }
  }
  return [...found.values()].sort(
    (a, b) => orderOf(a) - orderOf(b) || (a.group ?? '').localeCompare(b.group ?? '', 'en'),
  );
}

/** The platform's measures first, then leakwatch's counts. */
function orderOf({ measure }: SeriesSummary): number {
  return MEASURES.findIndex(({ name }) => name === measure);
}

function sumErrors(lives: readonly LifeReport[]): DynoReport['errors'] {
  const sums = new Map<string, Writable<DynoReport['errors'][number]>>();
  for (const { errors, to } of lives) {
    for (const { code, text, count, first, last } of errors) {
      const over = to - last > LONGEST_STEP_SECONDS;
      const known = sums.get(code);
      if (!known) sums.set(code, { code, desc: text, count, first, last, over });
      else {
        known.over &&= over;
        known.count += count;
        known.first = Math.min(known.first, first);
        known.last = Math.max(known.last, last);
      }
    }
  }
  return [...sums.values()].sort((a, b) => a.first - b.first);
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** One story for each life in which something happened. A life that just ended as planned has none. */
function tellStories({ appId, lives }: DynoState, { title, findings }: DynoReport): Story[] {
  return lives.flatMap((life) => {
    const happenings: Happening[] = [
      ...growths(life, findings),
      ...life.errors.map(({ code, text, count, first, last }) => ({
        t: first,
        kind: 'error' as const,
        code,
        desc: text,
        count,
        last,
      })),
      ...life.troubles
        .filter(({ trouble }) => trouble !== 'perhaps')
        .map(({ text, count, first, last }) => ({ t: first, kind: 'trouble' as const, text, count, last })),
      ...life.alerts.filter(({ at }) => at === 'alert').map((alert) => ({ t: alert.t, kind: 'alert' as const, alert })),
    ].sort((a, b) => a.t - b.t);
    const { end } = life;
    const isWorthTelling =
      happenings.some((one) => one.kind !== 'error' || !HARMLESS.has(one.code)) ||
      end?.how === 'crashed' ||
      end?.how === 'killed';
    if (!isWorthTelling) return [];
    if (end)
      happenings.push({ t: end.t, kind: 'end', how: end.how, ...(end.status !== undefined && { status: end.status }) });
    return [{ dyno: title, ...(appId !== undefined && { appId }), from: happenings[0]!.t, to: life.to, happenings }];
  });
}

/**
 * The growth of this life in the series that leak, or are on the way to the quota. Other series climb as well, in good
 * health: that is no news.
 */
function growths(life: LifeReport, findings: readonly LogFinding[]): Happening[] {
  return life.tracks.flatMap((track): Happening[] => {
    const { measure, group, verdict, evidence, shape } = track;
    const isFound = findings.some(
      (one) =>
        (one.kind === 'leak' && one.measure === measure && one.group === group) ||
        (one.kind === 'quota_ahead' && one.measure === measure && group === undefined && !life.end),
    );
    if (!isFound || !(verdict === 'leak' || verdict === 'suspect' || shape?.kind === 'climbing')) return [];
    const slopePerSecond = evidence.slopePerSecond ?? shape?.slopePerSecond;
    if (slopePerSecond === undefined || slopePerSecond <= 0) return [];
    const named = group === undefined ? {} : { group };
    return [{ t: evidence.since ?? track.from, kind: 'growth', measure, ...named, slopePerSecond, to: track.to }];
  });
}
