/** Leaks below something that is larger than they are: caches and traffic that shrink, heaps with long teeth, killed workers. */
import { exp, ln } from '../arithmetic.js';
import { course, evenly, onsetOf } from '../course.js';
import { GROWING, hours, rounded } from '../plan.js';
import { comingAndGoing, sawtooth, traffic, wandering } from '../shapes.js';
import { DAY, HOUR, MINUTE, WEEK } from '../time.js';

/** @type {readonly import('../plan.js').Family[]} */
export const MASKED_LEAKS = [
  {
    name: 'below-shrinking',
    kind: 'leaking',
    mature: true,
    text: 'a leak that begins while a cache or pool gives back up to a week of its growth within hours to days; onset is where the sum begins to grow',
    plan(random) {
      const begun = onsetOf(random);
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(80, 800) : random.whole(30, 200);
      const perHour = base * random.scale(0.002, 0.02);
      const tau = random.scale(2 * HOUR, 3 * DAY);
      const pool = Math.min(base, perHour * random.scale(12, 7 * 24));
      const deviation = Math.max(0.3, base * random.scale(0.002, 0.02));
      // The sum is lowest when the pool shrinks as fast as the leak grows.
      const lowest = Math.max(0, Math.ceil(tau * ln((pool * HOUR) / (perHour * tau))));
      const shrunk = (/** @type {number} */ since) => pool * (1 - exp(-since / tau));
      const sum = (/** @type {number} */ since) => (perHour * since) / HOUR - shrunk(since);
      return {
        ...course({ metric, onset: begun + lowest, base: base + pool + 3 * deviation, perHour, leastHours: 20 * 24 }),
        parameters: { base: rounded(base), pool: rounded(pool), tauHours: hours(tau), deviation: rounded(deviation) },
        level(noise) {
          const wander = wandering(noise, 0.9);
          return (slot) => base + pool + sum(Math.min(lowest, Math.max(0, slot - begun))) + deviation * wander();
        },
        growth: () => (age) => sum(lowest + age) - sum(lowest),
      };
    },
  },
  {
    name: 'below-falling-traffic',
    kind: 'leaking',
    mature: true,
    heldOut: true,
    text: 'a leak while traffic falls by 20 to 60 % within one to four weeks; day and night, weekends',
    plan(random) {
      const onset = onsetOf(random);
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(80, 800) : random.whole(30, 200);
      const [busy, amplitude] = [base * random.within(0.05, 0.3), random.within(0.2, 0.7)];
      const [fall, length] = [random.within(0.2, 0.6), random.scale(WEEK, 4 * WEEK)];
      const perHour = ((busy * fall * HOUR) / length) * random.scale(1.5, 10);
      return {
        ...course({ metric, onset, base: base + 2 * busy, perHour, leastHours: 20 * 24 }),
        parameters: {
          base: rounded(base),
          busy: rounded(busy),
          amplitude: rounded(amplitude),
          fall: rounded(fall),
          lengthHours: hours(length),
        },
        level(noise) {
          const wave = traffic(noise, amplitude);
          return (slot) => {
            const load = busy * wave(slot) * (1 - fall * Math.min(1, Math.max(0, slot - onset) / length));
            return base + (metric === 'rss' ? load * (1 + 0.05 * noise.normal()) : noise.poisson(load));
          };
        },
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'generational',
    kind: 'leaking',
    mature: true,
    heldOut: true,
    text: 'a heap with small teeth of minutes on large ones of 3 hours to 2 days, and a leak below both',
    plan(random) {
      const onset = onsetOf(random);
      const base = random.scale(80, 800);
      const [young, minor] = [base * random.within(0.05, 0.3), random.scale(MINUTE, 20 * MINUTE)];
      const [old, major] = [base * random.within(0.2, 1), random.scale(3 * HOUR, 2 * DAY)];
      const perHour = ((old * HOUR) / major) * random.scale(0.03, 0.5);
      return {
        ...course({ metric: 'rss', onset, base: base + young + 1.2 * old, perHour, leastHours: (20 * major) / HOUR }),
        parameters: {
          base: rounded(base),
          young: rounded(young),
          minorHours: hours(minor),
          old: rounded(old),
          majorHours: hours(major),
        },
        level(noise) {
          const [small, large] = [sawtooth(noise, minor, 0.3), sawtooth(noise, major, 0.2)];
          return (slot) => base + young * small(slot) + old * large(slot) + noise.normal();
        },
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'long-saw',
    kind: 'leaking',
    text: 'a leak from the first sample on under teeth of one to three days',
    plan(random) {
      const base = random.scale(80, 800);
      const [height, period] = [base * random.within(0.1, 0.6), random.within(1, 3) * DAY];
      const perHour = ((height * HOUR) / period) * random.scale(0.1, 1);
      return {
        ...course({ metric: 'rss', onset: 0, base: base + 1.2 * height, perHour, leastHours: (15 * period) / HOUR }),
        parameters: { base: rounded(base), height: rounded(height), periodHours: hours(period) },
        level(noise) {
          const tooth = sawtooth(noise, period, 0.15);
          const wander = wandering(noise, 0.9);
          return (slot) => base + height * tooth(slot) + 0.01 * base * wander();
        },
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'killed-worker',
    kind: 'leaking',
    text: 'one of 2 to 8 workers leaks and is killed each 3 to 48 hours; its successors begin a little higher each time',
    plan(random) {
      const [count, each] = [random.whole(2, 8), random.scale(40, 300)];
      const [height, period] = [each * random.within(0.5, 3), random.scale(3 * HOUR, 2 * DAY)];
      // A saw whose lowest value stays is healthy in this corpus: nobody could tell it from a collector's.
      const perHour = ((height * HOUR) / period) * random.scale(0.05, 0.3);
      const base = count * each;
      return {
        ...course({ metric: 'rss', onset: 0, base: base + 1.2 * height, perHour, leastHours: (20 * period) / HOUR }),
        parameters: { count, each: rounded(each), height: rounded(height), periodHours: hours(period) },
        level(noise) {
          const tooth = sawtooth(noise, period, 0.1);
          const busy = comingAndGoing(noise, 4 * count, 5);
          return (slot) => base + height * tooth(slot) + 0.005 * each * busy();
        },
        growth: evenly(perHour),
      };
    },
  },
];
