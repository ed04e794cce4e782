/** leakwatch as a subject of the comparison: the judges of a build, fed as the daemon feeds them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SLOT_SECONDS, timeOf } from './time.js';
import { VERDICTS } from './verdicts.js';

/**
 * @typedef {import('./subjects.js').Subject} Subject
 * @typedef {import('./subjects.js').Watcher} Watcher
 * @typedef {import('./corpus.js').Series} Series
 *
 * What is used of a build.
 * @typedef {object} Build
 * @property {any} Judge
 * @property {any} createState
 * @property {any} step
 * @property {any} tellSuspicion
 * @property {ReadonlyMap<string, any>} METRIC_ROWS
 */

/** Of the default budget, one false alarm a month, each series of a host has its share. */
const FALSE_ALARMS_PER_YEAR = 12;
/** A group has this many series. */
const SERIES_PER_GROUP = 6;

export const SERIES_OF_BUSY_HOST = 500;
/** What each series of it may cost; the oracle is given the same. */
export const BUSY_BUDGET = FALSE_ALARMS_PER_YEAR / SERIES_OF_BUSY_HOST;

/** @param {string} dist folder of a build @returns {Promise<Build>} */
export async function loadBuild(dist) {
  const load = (/** @type {string} */ path) => import(pathToFileURL(join(resolve(dist), path)).href);
  if (!existsSync(join(dist, 'verdict/judge.js'))) throw new Error(`there is no build in ${dist}: npm run build`);
  const [{ Judge }, { createState, step }, { tellSuspicion }, { METRIC_ROWS }] = await Promise.all(
    ['verdict/judge.js', 'step.js', 'verdict/near-limit.js', 'model/metrics.js'].map(load),
  );
  return { Judge, createState, step, tellSuspicion, METRIC_ROWS };
}

/** @param {Build} build @returns {readonly Subject[]} */
export function leakwatchOf(build) {
  return [
    {
      name: 'leakwatch',
      text: `default budget, one of the ${SERIES_OF_BUSY_HOST} series of a busy host`,
      watch: (series) => watcherOf(build, series, SERIES_OF_BUSY_HOST),
    },
    {
      name: 'leakwatch-small',
      text: `default budget, one of the ${SERIES_PER_GROUP} series of a host with a single group`,
      every: 4,
      watch: (series) => watcherOf(build, series, SERIES_PER_GROUP),
    },
  ];
}

/** @param {Build} build @param {Series} series @param {number} seriesOfHost @returns {Watcher} */
function watcherOf(build, series, seriesOfHost) {
  const perYear = FALSE_ALARMS_PER_YEAR / seriesOfHost;
  return series.plan.companion === 'processes' ? groupOf(build, series, perYear) : judgeOf(build, series, perYear);
}

/** @param {Build} build @param {Series} series @param {number} falseAlarmsPerYear */
function judgeOf(build, series, falseAlarmsPerYear) {
  const metric = build.METRIC_ROWS.get(series.plan.metric);
  const judge = new build.Judge({ metric, intervalSeconds: SLOT_SECONDS, falseAlarmsPerYear });
  return new JudgeOfSeries(build, series, judge);
}

/** One series, one judge: a class, since what closures take would be counted as the judge's memory. @implements {Watcher} */
class JudgeOfSeries {
  /** @param {Build} build @param {Series} series @param {any} judge */
  constructor(build, series, judge) {
    this.build = build;
    this.series = series;
    this.judge = judge;
    this.verdict = 'learning';
  }

  /** @param {number} slot */
  push(slot) {
    const { values, companion } = this.series;
    const oldest = companion?.[slot];
    const verdict = this.judge.push(timeOf(slot), values[slot], Number.isNaN(oldest) ? undefined : oldest);
    this.verdict = verdict === 'suspect' ? this.tellSuspicion(slot) : verdict;
    return code(this.verdict);
  }

  /** What a host makes of it that knows the limit. @param {number} slot @returns {string} */
  tellSuspicion(slot) {
    const bound = this.boundAt(slot);
    return this.build.tellSuspicion(this.verdict, bound, this.judge.forecast(bound)?.seconds);
  }

  /** @param {number} slot */
  boundAt(slot) {
    return { used: this.series.values[slot], limit: this.series.limit };
  }

  /** @param {number} _slot */
  restart(_slot) {
    this.judge.restart();
    this.verdict = 'learning';
  }

  /** @param {number} slot */
  forecast(slot) {
    return forecastOf(this.judge.evidence(this.boundAt(slot)));
  }

  evidence() {
    return this.judge.evidence(undefined);
  }
}

/** Where the processes beside it matter, a host of one group. @param {Build} build @param {Series} series @param {number} perYear */
function groupOf({ createState, step }, { plan, values, companion }, perYear) {
  const falseAlarmsPerMonth = (perYear * SERIES_PER_GROUP) / FALSE_ALARMS_PER_YEAR;
  const state = createState({ intervalSeconds: SLOT_SECONDS, falseAlarmsPerMonth });
  let incarnation = 0;
  let report = { verdict: 'learning', evidence: {} };
  return {
    push(/** @type {number} */ slot) {
      const reading = {
        start: String(incarnation),
        values: { [plan.metric]: values[slot], processes: companion?.[slot] },
        bounds: {},
      };
      const { groups } = step(state, { t: timeOf(slot), groups: new Map([['it', reading]]), bounds: {} });
      report = groups[0].series.find((/** @type {any} */ { metric }) => metric === plan.metric);
      return code(report.verdict);
    },
    restart() {
      incarnation++;
    },
    evidence: () => report.evidence,
  };
}

/** @param {string} verdict */
function code(verdict) {
  return VERDICTS.indexOf(verdict);
}

/** @param {any} evidence */
function forecastOf({ exhaustionSeconds, exhaustionLow, exhaustionHigh }) {
  if (exhaustionSeconds === undefined) return undefined;
  return {
    seconds: exhaustionSeconds,
    low: exhaustionLow,
    // Absent where the flat end of the interval never gets there.
    high: exhaustionHigh ?? Number.POSITIVE_INFINITY,
  };
}
