/** Leaks under noise or waves that are larger than they are, and leaks of programs that are restarted. */
import { course, evenly, oneByOne, onsetOf } from '../course.js';
import { GROWING, hours, limitAbove, rounded } from '../plan.js';
import { sawtooth, settling, traffic, unevenSawtooth, wandering, wanderingAbout } from '../shapes.js';
import { DAY, HOUR, MINUTE } from '../time.js';

/** @type {readonly import('../plan.js').Family[]} */
export const HIDDEN_LEAKS = [
  {
    name: 'under-sawtooth',
    kind: 'leaking',
    mature: true,
    text: 'memory that leaks under a sawtooth of garbage collection with a period of minutes to hours',
    plan(random) {
      const onset = onsetOf(random);
      const base = random.scale(60, 500);
      const [height, period] = [base * random.within(0.2, 1), random.scale(2 * MINUTE, 6 * HOUR)];
      const perHour = random.scale(2, 60);
      return {
        ...course({ metric: 'rss', onset, base: base + 1.3 * height, perHour, leastHours: 24 }),
        parameters: { base: rounded(base), height: rounded(height), periodHours: hours(period) },
        level(noise) {
          const tooth = sawtooth(noise, period, 0.2);
          return (slot) => base + height * tooth(slot) + noise.normal();
        },
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'uneven-teeth',
    kind: 'leaking',
    mature: true,
    text: 'memory that leaks under a collector whose teeth differ in height and length, with a period of minutes to hours',
    plan(random) {
      const onset = onsetOf(random);
      const base = random.scale(60, 500);
      const [height, period] = [base * random.within(0.2, 1), random.scale(2 * MINUTE, 6 * HOUR)];
      const uneven = { jitter: random.within(0.1, 0.4), least: random.within(0.2, 0.7) };
      const perHour = random.scale(2, 60);
      return {
        ...course({ metric: 'rss', onset, base: base + height, perHour, leastHours: 24 }),
        parameters: { base: rounded(base), height: rounded(height), periodHours: hours(period) },
        level(noise) {
          const tooth = unevenSawtooth(noise, period, uneven);
          return (slot) => base + height * tooth(slot) + noise.normal();
        },
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'under-daily',
    kind: 'leaking',
    mature: true,
    text: 'a leak under a daily wave',
    plan(random) {
      const onset = onsetOf(random);
      const base = random.scale(100, 800);
      const [busy, amplitude] = [base * random.within(0.1, 0.5), random.within(0.2, 0.8)];
      const perHour = base * random.scale(0.004, 0.05);
      return {
        ...course({ metric: 'rss', onset, base: base + 2 * busy, perHour, leastHours: 48 }),
        parameters: { base: rounded(base), busy: rounded(busy), amplitude: rounded(amplitude) },
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = wandering(noise, 0.9);
          return (slot) => base + busy * wave(slot) + 0.01 * base * wander();
        },
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'work-hours',
    kind: 'leaking',
    mature: true,
    text: 'a leak that is active for ten hours of each day',
    plan(random) {
      const onset = onsetOf(random);
      const base = random.scale(100, 800);
      const perHour = base * random.scale(0.01, 0.1);
      return {
        ...course({ metric: 'rss', onset, base: 1.05 * base, perHour: (perHour * 10) / 24, leastHours: 48 }),
        parameters: { base: rounded(base), whileItLeaks: rounded(perHour) },
        level: wanderingAbout(base, 0.01 * base),
        growth(noise) {
          const beginning = noise.whole(0, DAY - 1);
          let leaked = 0;
          return (age) => {
            if ((age + beginning) % DAY < 10 * HOUR) leaked += perHour / HOUR;
            return leaked;
          };
        },
      };
    },
  },
  {
    name: 'from-birth',
    kind: 'leaking',
    text: 'a leak from the first minute on, under a warm-up of less than an hour',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 400) : random.whole(10, 100);
      const height = base * random.within(0.3, 3);
      const tau = random.scale(MINUTE, 10 * MINUTE);
      const perHour = (base + height) * random.scale(0.01, 0.2);
      const most = 1.1 * (base + height) + 4;
      return {
        ...course({ metric, onset: 0, base: most, perHour, leastHours: (2 * most) / perHour }),
        parameters: { base: rounded(base), height: rounded(height), tauHours: hours(tau) },
        settled: HOUR,
        level(noise) {
          const wander = wandering(noise, 0.9);
          const warm = settling(tau);
          return (slot) => base + height * warm(slot) + 0.01 * (base + height) * wander();
        },
        growth: metric === 'rss' ? evenly(perHour) : oneByOne(perHour),
      };
    },
  },
  {
    name: 'restarted',
    kind: 'leaking',
    text: 'a leaking program that is restarted every 8 to 48 hours, long before the limit',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 400) : random.whole(20, 100);
      const every = random.whole(8 * HOUR, 48 * HOUR);
      const perHour = (base * HOUR * random.within(0.3, 2)) / every;
      const slots = 30 * DAY;
      const restarts = Array.from({ length: Math.ceil(slots / every) - 1 }, (_, at) => (at + 1) * every);
      return {
        metric,
        slots,
        onset: 0,
        slopePerHour: rounded(perHour),
        limit: limitAbove(metric, 4 * base + 20),
        restarts,
        parameters: { base: rounded(base), everyHours: hours(every) },
        level: wanderingAbout(base, 0.01 * base),
        growth: () => (age) => ((age % every) * perHour) / HOUR,
      };
    },
  },
  {
    name: 'siblings',
    kind: 'leaking',
    mature: true,
    heldOut: true,
    text: 'two to eight workers that all leak, each with a sawtooth of its own; the series is their sum',
    plan(random) {
      const onset = onsetOf(random);
      const count = random.whole(2, 8);
      const [each, height] = [random.scale(40, 200), random.within(5, 60)];
      const period = random.scale(5 * MINUTE, 3 * HOUR);
      const perHour = count * each * random.scale(0.005, 0.05);
      return {
        ...course({ metric: 'rss', onset, base: count * (each + height), perHour, leastHours: 24 }),
        parameters: { count, each: rounded(each), height: rounded(height), periodHours: hours(period) },
        level(noise) {
          const teeth = Array.from({ length: count }, () => sawtooth(noise, period * noise.within(0.7, 1.4), 0.2));
          return (slot) => {
            let sum = count * each;
            for (const tooth of teeth) sum += height * tooth(slot);
            return sum + noise.normal();
          };
        },
        growth: evenly(perHour),
      };
    },
  },
];
