/** Leaks that are not always active, that dips and gaps interrupt, or whose speed changes. */
import { sineOfTurns } from '../arithmetic.js';
import { course, oneByOne, onsetOf } from '../course.js';
import { GROWING, hours, limitAbove, rounded } from '../plan.js';
import { comingAndGoing, drifting, traffic, wandering, wanderingAbout } from '../shapes.js';
import { DAY, HOUR, MINUTE, WEEK } from '../time.js';

/**
 * @typedef {import('../random.js').Random} Random
 * @typedef {import('../shapes.js').Shape} Shape
 */

/** A quarter of a year. */
const QUARTER = 90 * DAY;

/** @type {readonly import('../plan.js').Family[]} */
export const INTERRUPTED_LEAKS = [
  {
    name: 'months',
    kind: 'leaking',
    text: 'memory that grows by 30 to 150 % in 90 days, with a few dips of hours and gaps of hours to a day',
    plan(random) {
      const base = random.scale(60, 4000);
      const deviation = base * random.scale(0.002, 0.03);
      const tau = random.scale(MINUTE, 3 * HOUR);
      return monthsOf(random, {
        metric: 'rss',
        base,
        parameters: { deviation: rounded(deviation), tauHours: hours(tau) },
        noise(noise) {
          const drift = drifting(noise, tau);
          return () => base + deviation * drift();
        },
      });
    },
  },
  {
    name: 'months-under-traffic',
    kind: 'leaking',
    heldOut: true,
    text: 'memory, threads or descriptors that grow by 30 to 150 % in 90 days, with day and night, weekends, dips and gaps',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 4000) : random.whole(40, 400);
      const [busy, amplitude] = [base * random.scale(0.02, 0.2), random.within(0.2, 0.8)];
      return monthsOf(random, {
        metric,
        base,
        parameters: { busy: rounded(busy), amplitude: rounded(amplitude) },
        noise(noise) {
          const wave = traffic(noise, amplitude);
          return (slot) => {
            const load = busy * wave(slot);
            return base + (metric === 'rss' ? load * (1 + 0.05 * noise.normal()) : noise.poisson(load));
          };
        },
      });
    },
  },
  {
    name: 'night-shift',
    kind: 'leaking',
    mature: true,
    text: 'a leak of a nightly job: active for 4 to 10 hours of each night, while the daily traffic is low',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(80, 800) : random.whole(20, 150);
      const [busy, night] = [base * random.within(0.05, 0.4), random.within(4, 10) * HOUR];
      const perNight = Math.max(1, base * random.scale(0.02, 0.2));
      const deep = random.whole(0, DAY - 1);
      return activeOf(random, {
        metric,
        base,
        busy,
        perHour: (perNight * HOUR) / night,
        share: night / DAY,
        parameters: { nightHours: hours(night), perNight: rounded(perNight) },
        // Traffic is lowest in the middle of the night.
        level: (noise) => byTheClock(noise, { base, busy, lowestAt: deep + night / 2 }),
        isActive: () => (slot) => (slot + DAY - deep) % DAY < night,
      });
    },
  },
  {
    name: 'office-hours',
    kind: 'leaking',
    mature: true,
    heldOut: true,
    text: 'a leak that is active on working days from nine to five, while there is traffic',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(80, 800) : random.whole(20, 150);
      const busy = base * random.within(0.05, 0.2);
      const perDay = Math.max(1, base * random.scale(0.03, 0.3));
      const [nine, saturday] = [random.whole(0, DAY - 1), random.whole(0, 6)];
      const isFree = (/** @type {number} */ slot) =>
        (Math.floor((slot + DAY - nine) / DAY) + saturday) % (WEEK / DAY) < 2;
      return activeOf(random, {
        metric,
        base,
        busy,
        perHour: perDay / 8,
        share: (8 * 5) / (24 * 7),
        parameters: { perDay: rounded(perDay) },
        level: (noise) => byTheClock(noise, { base, busy, lowestAt: nine + 16 * HOUR, isFree }),
        isActive: () => (slot) => (slot + DAY - nine) % DAY < 8 * HOUR && !isFree(slot),
      });
    },
  },
  {
    name: 'stop-and-go',
    kind: 'leaking',
    mature: true,
    text: 'a leak that is active for 2 to 12 hours and then rests for 2 to 24 hours, at random',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(80, 800) : random.whole(20, 150);
      const perHour = base * random.scale(0.005, 0.05);
      return activeOf(random, {
        metric,
        base,
        busy: 0,
        perHour,
        share: 7 / 20,
        parameters: { whileActive: rounded(perHour) },
        level: wanderingAbout(base, 0.01 * base),
        isActive(noise) {
          let [until, active] = [0, false];
          return (slot) => {
            if (slot >= until) {
              active = !active;
              until = slot + noise.within(2, active ? 12 : 24) * HOUR;
            }
            return active;
          };
        },
      });
    },
  },
  {
    name: 'with-demand',
    kind: 'leaking',
    mature: true,
    text: 'a leak per request under traffic that grows by 5 to 40 % a week: level and leak accelerate',
    plan(random) {
      const onset = onsetOf(random);
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(80, 800) : random.whole(20, 150);
      const [busy, amplitude] = [base * random.within(0.03, 0.2), random.within(0.2, 0.7)];
      const perWeek = random.scale(0.05, 0.4);
      const perHour = base * random.scale(0.002, 0.03);
      const demand = (/** @type {number} */ slot) => 1 + (perWeek * slot) / WEEK;
      return {
        ...course({ metric, onset, base: base + 2 * busy * demand(14 * DAY), perHour, leastHours: 10 * 24 }),
        parameters: {
          base: rounded(base),
          busy: rounded(busy),
          perWeek: rounded(perWeek),
          amplitude: rounded(amplitude),
        },
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = wandering(noise, 0.9);
          return (slot) => base + busy * demand(slot) * wave(slot) + 0.005 * base * wander();
        },
        growth(noise) {
          const wave = traffic(noise, amplitude);
          let leaked = 0;
          return (age) => {
            const more = (perHour / HOUR) * demand(onset + age) * wave(age);
            leaked += metric === 'rss' ? more : noise.poisson(more);
            return leaked;
          };
        },
      };
    },
  },
  {
    name: 'slowing',
    kind: 'leaking',
    mature: true,
    heldOut: true,
    text: 'a leak that slows down within hours to days to a fifth to half of its speed, which it keeps',
    plan(random) {
      const onset = onsetOf(random);
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(80, 800) : random.whole(20, 150);
      const atLast = base * random.scale(0.002, 0.03);
      const [times, tau] = [random.within(2, 5), random.scale(3 * HOUR, 3 * DAY)];
      const busy = random.scale(0.5, 5);
      return {
        ...course({ metric, onset, base: 1.05 * base + 10, perHour: atLast, leastHours: 15 * 24 }),
        parameters: { base: rounded(base), times: rounded(times), tauHours: hours(tau), busy: rounded(busy) },
        level(noise) {
          const wander = wandering(noise, 0.9);
          const items = comingAndGoing(noise, busy, 5 * MINUTE);
          return () => base + (metric === 'rss' ? 0.01 * base * wander() : items());
        },
        // The speed falls like 1 / (1 + age / tau)^2 from `times` to 1 times the last one.
        growth: () => (age) => (atLast / HOUR) * (age + (times - 1) * tau * (1 - 1 / (1 + age / tau))),
      };
    },
  },
];

/**
 * @param {Random} random
 * @param {{ metric: 'rss' | 'threads' | 'fds', base: number, parameters: Record<string, number>, noise: (random: Random) => Shape }} program
 * @returns {import('../plan.js').Plan}
 */
function monthsOf(random, { metric, base, parameters, noise }) {
  const total = base * random.scale(0.3, 1.5);
  const perHour = (total * HOUR) / QUARTER;
  // Of the value there and then, a dip leaves a fifth to two thirds.
  const dips = Array.from({ length: random.whole(1, 5) }, () => ({
    at: random.whole(0, QUARTER),
    length: random.scale(HOUR, 12 * HOUR),
    left: random.within(0.2, 0.67),
  }));
  const gaps = Array.from({ length: random.whole(0, 5) }, () => ({
    at: random.whole(0, QUARTER),
    length: random.scale(HOUR, DAY),
  }));
  const within =
    (/** @type {number} */ slot) =>
    (/** @type {{ at: number, length: number }} */ { at, length }) =>
      slot >= at && slot < at + length;
  const grown = (metric === 'rss' ? () => (/** @type {number} */ age) => (age * perHour) / HOUR : oneByOne(perHour))();
  return {
    metric,
    slots: QUARTER,
    onset: 0,
    slopePerHour: rounded(perHour),
    limit: limitAbove(metric, 2 * (base + total) + 20),
    parameters: {
      base: rounded(base),
      growth: rounded(total / base),
      ...parameters,
      dips: dips.length,
      gaps: gaps.length,
    },
    noise,
    level(random) {
      const quiet = noise(random);
      return (slot) => {
        const value = quiet(slot);
        if (gaps.some(within(slot))) return Number.NaN;
        const dip = dips.find(within(slot));
        return dip ? dip.left * value - (1 - dip.left) * grown(slot) : value;
      };
    },
    growth: () => grown,
  };
}

/**
 * A leak that is active at times only.
 * @param {Random} random
 * @param {{ metric: 'rss' | 'threads' | 'fds', base: number, busy: number, perHour: number, share: number, parameters: Record<string, number>, level: (random: Random) => Shape, isActive: (random: Random) => (slot: number) => boolean }} leak
 *   perHour: while it is active; share: of the time in which it is
 * @returns {import('../plan.js').Plan}
 */
function activeOf(random, { metric, base, busy, perHour, share, parameters, level, isActive }) {
  const onset = onsetOf(random);
  return {
    ...course({ metric, onset, base: 1.05 * base + 2 * busy, perHour: share * perHour, leastHours: 40 * 24 }),
    parameters: { base: rounded(base), busy: rounded(busy), ...parameters },
    level,
    growth(noise) {
      const active = isActive(noise);
      let leaked = 0;
      return (age) => {
        if (active(onset + age)) leaked += metric === 'rss' ? perHour / HOUR : noise.poisson(perHour / HOUR);
        return leaked;
      };
    },
  };
}

/**
 * Traffic by the clock of the leak, a third of it on free days.
 * @param {Random} random
 * @param {{ base: number, busy: number, lowestAt: number, isFree?: (slot: number) => boolean }} load
 * @returns {Shape}
 */
function byTheClock(random, { base, busy, lowestAt, isFree }) {
  const wander = wandering(random, 0.9);
  return (slot) => {
    const wave = 1 + sineOfTurns((slot - lowestAt) / DAY - 0.25);
    return base + busy * wave * (isFree?.(slot) ? 1 / 3 : 1) + 0.01 * base * wander();
  };
}
