/**
 * Leaking programs that are restarted before anybody notices: dynos each day, deploys every few hours. A leak per life is
 * what they have in common; what they need before it, the warm-up, can be larger than the leak.
 */
import { evenly, forwardAndBack, oneByOne } from '../course.js';
import { GROWING, hours, limitAbove, rounded } from '../plan.js';
import { ageSince, comingAndGoing, sawtooth, settling, traffic, wandering } from '../shapes.js';
import { DAY, HOUR, MINUTE, WEEK } from '../time.js';

/**
 * @typedef {import('../random.js').Random} Random
 * @typedef {import('../shapes.js').Shape} Shape
 */

/** Days that a dyno is watched. */
const LIVES = 15;

/** @type {readonly import('../plan.js').Family[]} */
export const DAILY_LIVES = [
  {
    name: 'daily-memory',
    kind: 'leaking',
    text: 'a dyno that is restarted each day; its memory warms up by 10 to 400 % of what it leaks in a day',
    plan(random) {
      const base = random.scale(60, 400);
      const perHour = random.scale(1, 40);
      const deviation = 24 * perHour * random.scale(0.01, 0.15);
      return dailyOf(random, {
        metric: 'rss',
        base,
        perHour,
        least: base + 3 * deviation,
        parameters: { base: rounded(base), deviation: rounded(deviation) },
        quiet(noise) {
          const wander = wandering(noise, 0.9);
          return () => base + deviation * wander();
        },
      });
    },
  },
  {
    name: 'daily-threads',
    kind: 'leaking',
    text: 'a dyno that is restarted each day; its threads warm up by 10 to 400 % of what they leak in a day',
    plan(random) {
      const base = random.whole(10, 80);
      const perHour = random.scale(0.5, 30);
      const [mean, hold] = [random.scale(0.3, Math.max(0.5, 2 * perHour)), random.scale(1, 10 * MINUTE)];
      return dailyOf(random, {
        metric: 'threads',
        base,
        perHour,
        least: base + 2 * mean + 5,
        parameters: { base, mean: rounded(mean), holdHours: hours(hold) },
        quiet(noise) {
          const busy = comingAndGoing(noise, mean, hold);
          return () => base + busy();
        },
      });
    },
  },
  {
    name: 'daily-under-traffic',
    kind: 'leaking',
    heldOut: true,
    text: 'a dyno that is restarted each day, with day and night and the teeth of a collector over its warm-up and its leak',
    plan(random) {
      const base = random.scale(80, 500);
      const [busy, amplitude] = [base * random.within(0.05, 0.4), random.within(0.2, 0.8)];
      const [height, period] = [base * random.within(0.02, 0.3), random.scale(2 * MINUTE, 2 * HOUR)];
      const perHour = (busy * amplitude * random.scale(2, 10)) / 24;
      return dailyOf(random, {
        metric: 'rss',
        base,
        perHour,
        least: base + 2 * busy + height,
        parameters: { base: rounded(base), busy: rounded(busy), height: rounded(height), periodHours: hours(period) },
        quiet(noise) {
          const wave = traffic(noise, amplitude);
          const tooth = sawtooth(noise, period, 0.2);
          return (slot) => base + busy * wave(slot) + height * tooth(slot) + noise.normal();
        },
      });
    },
  },
  {
    name: 'daily-forward-and-back',
    kind: 'leaking',
    text: 'a dyno that is restarted each day; two new threads and then one less, in turn, every 5 or 10 minutes',
    plan(random) {
      const base = random.whole(20, 80);
      const every = random.choice([5 * MINUTE, 10 * MINUTE]);
      const { restarts, slots } = daysOf(random);
      const perHour = HOUR / (2 * every);
      return {
        metric: 'threads',
        slots,
        onset: 0,
        restarts,
        slopePerHour: rounded(perHour),
        limit: limitAbove('threads', 2 * base + 30 * perHour),
        parameters: { base, everyHours: hours(every) },
        level: () => () => base,
        growth: () => inEachLife(restarts, forwardAndBack(every)()),
      };
    },
  },
  {
    name: 'deployed-leak',
    kind: 'leaking',
    text: 'a leak that a deploy resets every 2 to 8 hours, after a short warm-up',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 500) : random.whole(20, 100);
      const every = random.scale(2 * HOUR, 8 * HOUR);
      const { restarts, slots } = livesOf(Math.ceil((14 * DAY) / every), () => every * random.within(0.7, 1.3));
      return redeployedOf(random, { metric, base, restarts, slots, usual: every });
    },
  },
  {
    name: 'office-deploys',
    kind: 'leaking',
    heldOut: true,
    text: 'a leak that deploys reset one to six times on working days; nights and weekends are longer lives',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 500) : random.whole(20, 100);
      const [perDay, nine, saturday] = [random.within(1, 6), random.whole(0, DAY - 1), random.whole(0, 6)];
      const slots = 21 * DAY;
      const restarts = [];
      for (let day = 0; day < slots / DAY; day++) {
        if ((day + saturday) % (WEEK / DAY) < 2) continue;
        const at = Array.from({ length: Math.max(1, random.poisson(perDay)) }, () => random.whole(0, 9 * HOUR));
        // Deploys of one slot would be one.
        restarts.push(...new Set(at.sort((a, b) => a - b).map((since) => day * DAY + nine + since)));
      }
      const within = restarts.filter((at) => at > 0 && at < slots);
      return redeployedOf(random, { metric, base, restarts: within, slots, usual: (9 * HOUR) / perDay });
    },
  },
];

/**
 * Lives one after the other, the last one whole.
 * @param {number} count @param {() => number} length of the next life
 * @returns {{ restarts: readonly number[], slots: number }}
 */
function livesOf(count, length) {
  let end = 0;
  const ends = Array.from({ length: count }, () => (end += Math.round(length())));
  return { restarts: ends.slice(0, -1), slots: end };
}

/** A day and up to 3.6 hours more or less, as Heroku restarts its dynos. @param {Random} random */
function daysOf(random) {
  return livesOf(LIVES, () => DAY + random.within(-3.6, 3.6) * HOUR);
}

/**
 * @param {Random} random
 * @param {{ metric: 'rss' | 'threads', base: number, perHour: number, least: number, parameters: Record<string, number>, quiet: (random: Random) => Shape }} dyno
 *   least: highest value without warm-up and leak; quiet: the level without the warm-up
 * @returns {import('../plan.js').Plan}
 */
function dailyOf(random, { metric, perHour, least, parameters, quiet }) {
  const warmUp = 24 * perHour * random.scale(0.1, 4);
  const tau = random.scale(5 * MINUTE, 3 * HOUR);
  const { restarts, slots } = daysOf(random);
  return {
    metric,
    slots,
    onset: 0,
    restarts,
    slopePerHour: rounded(perHour),
    limit: limitAbove(metric, 1.5 * (least + warmUp + 30 * perHour)),
    parameters: { ...parameters, warmUp: rounded(warmUp), tauHours: hours(tau) },
    noise: quiet,
    level: (noise) => warmingUp(noise, { restarts, height: warmUp, tau, quiet: quiet(noise) }),
    growth: () => inEachLife(restarts, (metric === 'rss' ? evenly(perHour) : oneByOne(perHour))()),
  };
}

/**
 * @param {Random} random
 * @param {{ metric: import('../plan.js').Metric, base: number, restarts: readonly number[], slots: number, usual: number }} program
 *   usual: length of a life
 * @returns {import('../plan.js').Plan}
 */
function redeployedOf(random, { metric, base, restarts, slots, usual }) {
  const perLife = Math.max(4, base * random.scale(0.1, 1));
  const perHour = (perLife * HOUR) / usual;
  const [warmUp, tau] = [perLife * random.scale(0.1, 2), random.scale(MINUTE, 15 * MINUTE)];
  const deviation = perLife * random.scale(0.01, 0.1);
  const longest = Math.max(...[...restarts, slots].map((at, life) => at - (restarts[life - 1] ?? 0)));
  const quiet = (/** @type {Random} */ noise) => {
    const wander = wandering(noise, 0.9);
    return () => base + deviation * wander();
  };
  return {
    metric,
    slots,
    onset: 0,
    restarts,
    slopePerHour: rounded(perHour),
    limit: limitAbove(metric, 1.5 * (base + warmUp + (perHour * longest) / HOUR) + 20),
    parameters: { base: rounded(base), warmUp: rounded(warmUp), tauHours: hours(tau), deviation: rounded(deviation) },
    noise: quiet,
    level: (noise) => warmingUp(noise, { restarts, height: warmUp, tau, quiet: quiet(noise) }),
    growth: () => inEachLife(restarts, (metric === 'rss' ? evenly(perHour) : oneByOne(perHour))()),
  };
}

/**
 * An exponential warm-up in each life, a little higher in one than in the other.
 * @param {Random} random @param {{ restarts: readonly number[], height: number, tau: number, quiet: Shape }} program
 * @returns {Shape}
 */
function warmingUp(random, { restarts, height, tau, quiet }) {
  const age = ageSince(restarts);
  const warm = settling(tau);
  let ofLife = 1;
  return (slot) => {
    const at = age(slot);
    if (at === 0) ofLife = random.within(0.95, 1.05);
    return quiet(slot) + height * ofLife * warm(at);
  };
}

/** @param {readonly number[]} restarts @param {Shape} shape by the age of a life @returns {Shape} */
function inEachLife(restarts, shape) {
  const age = ageSince(restarts);
  return (slot) => shape(age(slot));
}
