/** leakwatch as a subject of the comparison: the judges of a build, fed as the daemon feeds them. */
import { hasModules, loadModule } from '../modules.js';
import { VERDICTS } from './verdicts.js';

/**
 * @typedef {import('./subjects.js').Subject} Subject
 * @typedef {import('./subjects.js').Watcher} Watcher
 * @typedef {import('./corpus.js').Series} Series
 * @typedef {import('../../src/verdict/report.ts').Verdict} Verdict
 * @typedef {import('../../src/verdict/evidence.ts').GrowthEvidence} Evidence
 * @typedef {import('../../src/verdict/judge.ts').Judge} Judge
 * @typedef {Omit<import('../../src/verdict/judge.ts').JudgeOptions, 'metric'>} Budget
 * @typedef {import('../../src/model/learned.ts').Learned} Learned
 * @typedef {import('../../src/model/learned.ts').LearnedSeries} LearnedSeries
 *
 * The parts of a build that this needs.
 * @typedef {Pick<typeof import('../../src/verdict/judge.ts'), 'Judge'>
 *   & Pick<typeof import('../../src/step.ts'), 'createState' | 'step'>
 *   & Pick<typeof import('../../src/verdict/near-limit.ts'), 'tellSuspicion'>
 *   & Pick<typeof import('../../src/model/metrics.ts'), 'METRIC_ROWS'>} Build
 */

/** The default budget, one false alarm a month for the whole host: each of its series gets an equal share. */
const FALSE_ALARMS_PER_YEAR = 12;
/** One for each row of `METRICS` in src/model/metrics.ts. */
const SERIES_PER_GROUP = 6;

export const SERIES_OF_BUSY_HOST = 500;
/** False alarms a year that one series of a busy host may cost; the oracle gets the same budget. */
export const BUSY_BUDGET = FALSE_ALARMS_PER_YEAR / SERIES_OF_BUSY_HOST;

/** @param {string} dist folder of a build @returns {Promise<Build>} */
export async function loadBuild(dist) {
  if (!hasModules(dist)) throw new Error(`there is no build in ${dist}: npm run build`);
  const { Judge } = await loadModule(dist, 'verdict/judge.js');
  const { createState, step } = await loadModule(dist, 'step.js');
  const { tellSuspicion } = await loadModule(dist, 'verdict/near-limit.js');
  const { METRIC_ROWS } = await loadModule(dist, 'model/metrics.js');
  return { Judge, createState, step, tellSuspicion, METRIC_ROWS };
}

/** @param {Build} build @returns {readonly Subject[]} */
export function leakwatchOf(build) {
  return [
    {
      name: 'leakwatch',
      text: `default budget, one of the ${SERIES_OF_BUSY_HOST} series of a busy host`,
      watch: watchOf(build, SERIES_OF_BUSY_HOST),
    },
    {
      name: 'leakwatch-small',
      text: `default budget, one of the ${SERIES_PER_GROUP} series of a host with a single group`,
      every: 4,
      watch: watchOf(build, SERIES_PER_GROUP),
    },
  ];
}

/** @param {Build} build @param {number} seriesOfHost @returns {Subject['watch']} */
function watchOf(build, seriesOfHost) {
  const falseAlarmsPerYear = FALSE_ALARMS_PER_YEAR / seriesOfHost;
  return (series, { intervalSeconds }, learned) => {
    const options = { intervalSeconds, falseAlarmsPerYear };
    return series.plan.companion === 'processes'
      ? groupOf(build, series, options, /** @type {Learned | undefined} */ (learned))
      : judgeOf(build, series, options, /** @type {LearnedSeries | undefined} */ (learned));
  };
}

/** @param {Build} build @param {Series} series @param {Budget} budget @param {LearnedSeries | undefined} learned */
function judgeOf(build, series, budget, learned) {
  const metric = build.METRIC_ROWS.get(series.plan.metric);
  if (!metric) throw new Error(`the build has no metric ${series.plan.metric}`);
  const judge = new build.Judge({ ...budget, metric });
  if (learned) judge.learn(learned);
  return new JudgeOfSeries(build, series, judge);
}

/**
 * One series and its judge. A class: closures would be counted as memory of the judge (memory.js).
 * @implements {Watcher}
 */
class JudgeOfSeries {
  /** @param {Build} build @param {Series} series @param {Judge} judge */
  constructor(build, series, judge) {
    this.build = build;
    this.series = series;
    this.judge = judge;
    /** @type {Verdict} */
    this.verdict = 'learning';
  }

  /** @param {number} slot @param {number} t */
  push(slot, t) {
    const { values, companion } = this.series;
    const oldest = companion?.[slot] ?? Number.NaN;
    const verdict = this.judge.push(t, values[slot], Number.isNaN(oldest) ? undefined : oldest);
    this.verdict = verdict === 'suspect' ? this.tellSuspicion(slot) : verdict;
    return code(this.verdict);
  }

  /** A host also knows the limit: near it a suspicion becomes a leak. @param {number} slot @returns {Verdict} */
  tellSuspicion(slot) {
    const bound = this.boundAt(slot);
    return this.build.tellSuspicion(this.verdict, bound, this.judge.forecast(bound)?.seconds);
  }

  /** @param {number} slot */
  boundAt(slot) {
    return { used: this.series.values[slot] ?? Number.NaN, limit: this.series.limit };
  }

  /** @param {number} _slot */
  restart(_slot) {
    this.judge.restart();
    this.verdict = 'learning';
  }

  learned() {
    return this.judge.learned();
  }

  /** @param {number} slot */
  forecast(slot) {
    return forecastOf(this.judge.evidence(this.boundAt(slot)));
  }

  evidence() {
    return this.judge.evidence(undefined);
  }
}

/**
 * A host with one group, where the number of processes matters too.
 * @param {Build} build @param {Series} series @param {Budget} budget @param {Learned | undefined} learned
 * @returns {Watcher}
 */
function groupOf({ createState, step }, { plan, values, companion }, budget, learned) {
  const { intervalSeconds, falseAlarmsPerYear } = budget;
  const falseAlarmsPerMonth = (falseAlarmsPerYear * SERIES_PER_GROUP) / FALSE_ALARMS_PER_YEAR;
  const state = createState({ intervalSeconds, falseAlarmsPerMonth });
  if (learned) state.groups.learn(learned);
  let incarnation = 0;
  /** @type {Evidence} */
  let evidence = {};
  return {
    push(slot, t) {
      const reading = {
        start: String(incarnation),
        values: { [plan.metric]: values[slot] ?? Number.NaN, processes: companion?.[slot] ?? Number.NaN },
        bounds: {},
      };
      const { groups } = step(state, { t, groups: new Map([['it', reading]]), bounds: {} });
      const report = groups[0]?.series.find(({ metric }) => metric === plan.metric);
      if (!report) throw new Error(`the report has no ${plan.metric}`);
      evidence = report.evidence;
      return code(report.verdict);
    },
    restart() {
      incarnation++;
    },
    learned: () => state.groups.learned(),
    evidence: () => evidence,
  };
}

/** @param {Verdict} verdict */
function code(verdict) {
  return VERDICTS.indexOf(verdict);
}

/** @param {Evidence} evidence @returns {import('./subjects.js').Forecast | undefined} */
function forecastOf({ exhaustionSeconds, exhaustionLow, exhaustionHigh = Number.POSITIVE_INFINITY }) {
  if (exhaustionSeconds === undefined) return undefined;
  // The upper end is absent where the lowest slope of the interval never reaches the limit.
  const low = exhaustionLow === undefined ? {} : { low: exhaustionLow };
  return { seconds: exhaustionSeconds, ...low, high: exhaustionHigh };
}
