/**
 * Load that goes over to another level and holds it: ramps of minutes and of hours, campaigns, pools that are scaled by
 * load, and use that grows with the business.
 */
import { baseOf, GROWING, hours, limitAbove, rounded, SLOTS } from '../plan.js';
import { drifting, TRANSITIONS, traffic, trafficOrNone, transit } from '../shapes.js';
import { DAY, HOUR, MINUTE, WEEK } from '../time.js';

/**
 * @typedef {import('../plan.js').Family} Family
 * @typedef {import('../random.js').Random} Random
 * @typedef {{ at: number, length: number, height: number, transition: typeof TRANSITIONS[number] }} Ramp
 */

/** @type {readonly Family[]} */
export const RAMPS = [
  {
    name: 'ramps',
    kind: 'healthy',
    years: 5,
    text: 'one to ten ramps of 5 min to 2 h, up or down, the first often in the first hours; each level holds for half a day or longer',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const [shortest, longest] = [5 * MINUTE, 2 * HOUR];
      const ramps = rampsOf(random, { slots: SLOTS, base, shortest, longest, falls: 0.3 });
      const amplitude = random.happens(0.5) ? random.within(0.05, 0.5) : 0;
      const fuzz = random.scale(0.002, 0.03);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), amplitude: rounded(amplitude), ...described(ramps) },
        limit: limitAbove(metric, 2 * highestOf(base, ramps) + 20),
        level(noise) {
          const moved = movedBy(ramps);
          const wave = trafficOrNone(noise, amplitude);
          const wander = drifting(noise, 5 * MINUTE);
          return (slot) => Math.max(0.3 * base, base + moved(slot)) * (0.8 + 0.2 * wave(slot) + fuzz * wander());
        },
      };
    },
  },
  {
    name: 'long-ramps',
    kind: 'passing',
    text: 'one to ten ramps of 2 to 12 h, each to a level that holds for half a day or longer; the end is that of the last one',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const [shortest, longest] = [2 * HOUR, 12 * HOUR];
      const ramps = rampsOf(random, { slots: SLOTS, base, shortest, longest, falls: 0 });
      const onset = ramps[0]?.at ?? 0;
      const amplitude = random.happens(0.5) ? random.within(0.05, 0.5) : 0;
      const fuzz = random.scale(0.002, 0.03);
      return {
        metric,
        slots: SLOTS,
        onset,
        rises: ramps.map(({ at, length }) => ({ from: at, to: at + length })),
        parameters: { base: rounded(base), amplitude: rounded(amplitude), ...described(ramps) },
        limit: limitAbove(metric, 2 * highestOf(base, ramps) + 20),
        level(noise) {
          const wave = trafficOrNone(noise, amplitude);
          const wander = drifting(noise, 5 * MINUTE);
          return (slot) => base * (0.8 + 0.2 * wave(slot) + fuzz * wander());
        },
        growth() {
          const moved = movedBy(ramps);
          return (age) => moved(age + onset);
        },
      };
    },
  },
  {
    name: 'campaigns',
    kind: 'healthy',
    heldOut: true,
    years: 5,
    text: 'day, night and weekend, and every few days a peak of 3 to 10 h that comes within 5 min to 2 h and goes as it came',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const busy = Math.max(6, base * random.within(0.2, 1.5));
      const amplitude = random.within(0.2, 0.8);
      const between = random.scale(DAY, 8 * DAY);
      const height = random.within(0.5, 3);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), busy: rounded(busy), betweenHours: hours(between), height: rounded(height) },
        limit: limitAbove(metric, 2 * (base + (2 + height) * busy) + 20),
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 10 * MINUTE);
          let [begun, lasts, edge] = [noise.exponential(between), noise.scale(3 * HOUR, 10 * HOUR), 30 * MINUTE];
          return (slot) => {
            if (slot >= begun + lasts + edge) {
              begun = slot + noise.exponential(between);
              lasts = noise.scale(3 * HOUR, 10 * HOUR);
              edge = noise.scale(5 * MINUTE, 2 * HOUR);
            }
            const share = Math.max(0, Math.min(1, (slot - begun) / edge, (begun + lasts + edge - slot) / edge));
            return base + busy * (wave(slot) + height * share) * (1 + 0.05 * wander());
          };
        },
      };
    },
  },
  {
    name: 'autoscaled-pools',
    kind: 'healthy',
    years: 5,
    text: 'workers with 1 to 16 threads each that are started at once when the load asks for them and ended one by one, long after it fell',
    plan(random) {
      const metric = random.choice(['threads', 'fds']);
      const [each, most] = [random.whole(1, 16), random.whole(4, 40)];
      const base = random.whole(5, 80);
      const amplitude = random.within(0.2, 0.9);
      const patience = random.scale(15 * MINUTE, 4 * HOUR);
      return {
        metric,
        slots: SLOTS,
        parameters: { base, each, most, amplitude: rounded(amplitude), patienceHours: hours(patience) },
        limit: limitAbove(metric, 2 * (base + each * most)),
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 15 * MINUTE);
          let [workers, next, enoughSince] = [1, 0, 0];
          return (slot) => {
            const wanted = Math.max(1, Math.min(most, Math.ceil((most / 2) * wave(slot) * (1 + 0.15 * wander()))));
            if (wanted >= workers) enoughSince = slot;
            if (slot >= next) {
              next = slot + noise.whole(2, 5 * MINUTE);
              if (wanted > workers) workers = Math.min(wanted, workers + Math.ceil(most / 8));
              else if (slot - enoughSince > patience) workers--;
            }
            return base + each * workers;
          };
        },
      };
    },
  },
  {
    name: 'organic',
    kind: 'organic',
    years: 5,
    text: 'use that grows by 1 to 5 % a week under day, night and weekend: less than 30 % in the 30 days, so that no alarm is wanted',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 2000) : random.scale(60, 1000);
      const weekly = random.within(0.01, 0.05);
      const busy = random.within(0.1, 0.6);
      const amplitude = random.within(0.1, 0.7);
      return {
        metric,
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          weekly: rounded(weekly),
          busy: rounded(busy),
          amplitude: rounded(amplitude),
        },
        limit: limitAbove(metric, 4 * base),
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 10 * MINUTE);
          return (slot) => base * (1 + (weekly * slot) / WEEK) * (1 + busy * wave(slot) * (1 + 0.05 * wander()));
        },
      };
    },
  },
];

/**
 * One to ten ramps in order, half a day or more apart. Half of the series have their first one in the first six hours.
 * @param {Random} random
 * @param {{ slots: number, base: number, shortest: number, longest: number, falls: number }} options falls: share of ramps downwards
 * @returns {readonly Ramp[]}
 */
function rampsOf(random, { slots, base, shortest, longest, falls }) {
  const count = random.whole(1, 10);
  const each = Math.floor(slots / count);
  const isEarly = random.happens(0.5);
  return Array.from({ length: count }, (_, index) => {
    const length = random.scale(shortest, longest);
    const latest = index === 0 && isEarly ? 6 * HOUR : each - length - DAY / 2;
    const height = Math.max(6, base * random.scale(0.1, 3 / Math.sqrt(count)));
    return {
      at: index * each + Math.floor(random.within(0, latest)),
      length,
      height: random.happens(falls) ? -height / 2 : height,
      transition: random.choice(TRANSITIONS),
    };
  });
}

/** @param {readonly Ramp[]} ramps */
function movedBy(ramps) {
  const transits = ramps.map(({ at, length, height, transition }) => {
    const climb = transit(transition, length);
    return (/** @type {number} */ slot) => height * climb(slot - at);
  });
  return (/** @type {number} */ slot) => transits.reduce((sum, at) => sum + at(slot), 0);
}

/** @param {number} base @param {readonly Ramp[]} ramps */
function highestOf(base, ramps) {
  return ramps.reduce((sum, { height }) => sum + Math.max(0, height), base);
}

/** @param {readonly Ramp[]} ramps */
function described(ramps) {
  return { ramps: ramps.map(({ at, length }) => `${hours(at)} h for ${hours(length)} h`).join(', ') };
}
