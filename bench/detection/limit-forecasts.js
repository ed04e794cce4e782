/**
 * `node bench/detection/limit-forecasts.js [--years NUMBER] [--only FAMILY]`: how often W20 warns of a limit that is not
 * reached, and how early it tells of one that is. Healthy families under limits of 1.5 to 4 times their median, followed
 * for a month and through first days of dynos; dynos that leak from their start under a quota of 512 MB. Prints tables.
 */
import { parseArgs } from 'node:util';
import { loadModule } from '../modules.js';
import { FAMILIES, generate, SEEDS } from './corpus.js';
import { Random } from './random.js';
import { DAY, HOUR, SLOT_SECONDS, YEAR } from './time.js';

/** @typedef {{ ahead: number, near: number }} Warnings of hours ahead, and of the last hour alone */

const DIST = new URL('../../dist', import.meta.url).pathname;
const { Judge } = await loadModule(DIST, 'verdict/judge.js');
const { LimitStanding } = await loadModule(DIST, 'verdict/limit-standing.js');
const { METRIC_ROWS } = await loadModule(DIST, 'model/metrics.js');

const { values: options } = parseArgs({
  options: { years: { type: 'string', default: '0.5' }, only: { type: 'string' } },
});

const LIMITS = [1.5, 2, 3, 4];
const FIRST_DAYS = 8;
const SIX_HOURS = 6 * 3600;
const MEBIBYTE = 2 ** 20;
const DYNOS = 50;
/** One series of six, as on a host with a single group. */
const FALSE_ALARMS_PER_YEAR = 2;

/** @param {number} age slots since the start of a dyno */
const untilRestart = (age) => Math.max(SIX_HOURS, 86_400 - SLOT_SECONDS * age);

/**
 * @param {Float64Array} values NaN = not sampled
 * @param {{ metric: import('../../src/model/metrics.ts').Metric, limits: readonly number[], restarts?: readonly number[],
 *   aheadAt: (age: number) => number, tell: (limit: number, state: 'ahead' | 'near', slot: number,
 *   end: import('../../src/trend/forecast.ts').Forecast) => void }} watched
 */
function follow(values, { metric, limits, restarts = [], aheadAt, tell }) {
  const row = /** @type {import('../../src/model/metrics.ts').MetricRow} */ (METRIC_ROWS.get(metric));
  const { resource } = row;
  const ratio = resource === 'memory' ? 0.98 : 1;
  const judge = new Judge({ metric: row, intervalSeconds: SLOT_SECONDS, falseAlarmsPerYear: FALSE_ALARMS_PER_YEAR });
  const standings = limits.map(() => new LimitStanding(resource));
  const starts = new Set(restarts);
  let born = 0;
  for (let slot = 0; slot < values.length; slot++) {
    if (starts.has(slot)) {
      judge.restart();
      born = slot;
    }
    const used = values[slot] ?? Number.NaN;
    const t = slot * SLOT_SECONDS;
    const isKnown = !Number.isNaN(used);
    judge.push(t, isKnown ? used : undefined);
    for (const [at, limit] of limits.entries()) {
      const standing = /** @type {InstanceType<typeof LimitStanding>} */ (standings[at]);
      const before = standing.state;
      const end = isKnown ? judge.forecast({ used, limit: ratio * limit }) : undefined;
      const bound = isKnown ? { used, limit } : undefined;
      const now = standing.next({ t, bound, end, aheadSeconds: aheadAt(slot - born), start: String(born) });
      if (end && before === 'far' && (now === 'ahead' || now === 'near')) tell(at, now, slot, end);
    }
  }
}

/** @param {number} seeds */
function healthy(seeds) {
  const none = () => LIMITS.map(() => ({ ahead: 0, near: 0, days: 0, slots: 0, followed: 0 }));
  const all = none();
  for (const family of FAMILIES) {
    if (family.kind !== 'healthy' || (options.only && family.name !== options.only)) continue;
    const counts = none();
    for (let seed = SEEDS.report + 1; seed <= SEEDS.report + seeds; seed++) {
      const { values, plan } = generate(family, seed);
      if (plan.metric === 'zombies') continue;
      const known = values.filter((value) => !Number.isNaN(value)).sort();
      const [median = 0, highest = 0] = [known[known.length >> 1], known.at(-1)];
      // A limit that the series reaches is no false alarm.
      const limits = LIMITS.map((factor) => factor * median).filter((limit) => 0.98 * limit > highest);
      const skipped = LIMITS.length - limits.length;
      const metric = plan.metric === 'rss' ? 'anon' : plan.metric;
      const restarts = plan.restarts ?? [];
      const rows = counts.slice(skipped);
      const aheadAt = () => SIX_HOURS;
      follow(values, { metric, limits, restarts, aheadAt, tell: (at, state) => rows[at] && rows[at][state]++ });
      const random = new Random(`first days/${family.name}/${seed}`);
      for (let day = 0; day < FIRST_DAYS; day++) {
        const from = random.whole(0, values.length - DAY);
        const warned = new Set();
        const tell = (/** @type {number} */ at, /** @type {string} */ state) => state === 'ahead' && warned.add(at);
        follow(values.subarray(from, from + DAY), { metric, limits, aheadAt: untilRestart, tell });
        for (const [at, row] of rows.entries()) {
          row.followed++;
          row.days += warned.has(at) ? 1 : 0;
        }
      }
      for (const row of rows) row.slots += values.length;
    }
    for (const [at, { ahead, near, days, slots, followed }] of counts.entries()) {
      const row = /** @type {(typeof all)[number]} */ (all[at]);
      row.ahead += ahead;
      row.near += near;
      row.days += days;
      row.slots += slots;
      row.followed += followed;
    }
    const sum = counts.map(({ ahead, near, days }) => `${ahead}/${near}/${days}`).join('  ');
    if (counts.some(({ ahead, days }) => ahead + days > 0)) console.log(`  ${family.name}: ${sum}`);
  }
  console.log(
    '| Limit, times the median | W20 hours ahead, a series-year | W20 of the last hour | First days with one ahead |',
  );
  console.log('|---|---|---|---|');
  for (const [at, { ahead, near, days, slots, followed }] of all.entries()) {
    const years = slots / YEAR;
    const share = ((100 * days) / Math.max(1, followed)).toFixed(1);
    console.log(`| ${LIMITS[at]} | ${(ahead / years).toFixed(2)} | ${(near / years).toFixed(2)} | ${share} % |`);
  }
}

/** From 300 MB on, under noise of 3 to 10 MB: white, wandering or a sawtooth. @param {number} seed @param {number} perHour */
function dyno(seed, perHour) {
  const random = new Random(`dyno/${seed}`);
  const deviation = random.within(3, 10);
  const period = random.scale(6, (2 * HOUR) / 3);
  let [wander, tooth] = [0, random.next()];
  return Float64Array.from({ length: DAY }, (_, slot) => {
    wander = 0.95 * wander + Math.sqrt(1 - 0.95 ** 2) * random.normal();
    tooth = (tooth + random.within(0.8, 1.2) / period) % 1;
    const noise = [random.normal(), wander, Math.sqrt(12) * (tooth - 0.5)][seed % 3] ?? 0;
    return Math.round((300 + (perHour * slot) / HOUR + deviation * noise) * 256) * 4096;
  });
}

function dynos() {
  console.log(
    '\n| MB an hour | Quota reached, h | W20 told at, h: median; 90 % | By hour 4.5 | The range held the truth |',
  );
  console.log('|---|---|---|---|---|');
  for (const perHour of [10, 20, 38]) {
    /** @type {number[]} */
    const told = [];
    let [held, reached] = [0, 0];
    for (let seed = 1; seed <= DYNOS; seed++) {
      const values = dyno(seed, perHour);
      const limit = 512 * MEBIBYTE;
      const truth = values.findIndex((value) => value >= 0.98 * limit);
      reached += truth / HOUR / DYNOS;
      let first = Number.POSITIVE_INFINITY;
      const tell = (
        /** @type {number} */ _,
        /** @type {string} */ _state,
        /** @type {number} */ slot,
        /** @type {import('../../src/trend/forecast.ts').Forecast} */ end,
      ) => {
        if (slot >= first) return;
        first = slot;
        const left = (truth - slot) * SLOT_SECONDS;
        if (end.low <= left && left <= end.high) held++;
      };
      follow(values.subarray(0, truth), { metric: 'anon', limits: [limit], aheadAt: untilRestart, tell });
      told.push(first / HOUR);
    }
    told.sort((a, b) => a - b);
    const early = told.filter((hour) => hour <= 4.5).length;
    const [median = 0, late = 0] = [told[DYNOS / 2], told[0.9 * DYNOS]];
    console.log(
      `| ${perHour} | ${reached.toFixed(1)} | ${median.toFixed(1)}; ${late.toFixed(1)} | ${early} of ${DYNOS} | ${held} of ${DYNOS} |`,
    );
  }
}

healthy(Math.max(1, Math.round((Number(options.years) * 365) / 30)));
dynos();
