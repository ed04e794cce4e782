/** Leaks of many speeds and shapes. Unless something else is said they begin after 3 to 10 healthy days. */
import { course, evenly, oneByOne, onsetOf } from '../course.js';
import { GROWING, hours, rounded } from '../plan.js';
import { comingAndGoing, drifting, traffic, wandering, wanderingAbout } from '../shapes.js';
import { DAY, HOUR, MINUTE } from '../time.js';

/** @type {readonly import('../plan.js').Family[]} */
export const LEAKS = [
  {
    name: 'clear-threads',
    kind: 'leaking',
    mature: true,
    text: 'a thread every 5 minutes on an almost constant number',
    plan(random) {
      const onset = onsetOf(random);
      const base = random.whole(20, 80);
      return {
        ...course({ metric: 'threads', onset, base, perHour: 12 }),
        parameters: { base },
        level: (noise) => () => base + noise.whole(0, 1),
        growth: oneByOne(12),
      };
    },
  },
  {
    name: 'threads',
    kind: 'leaking',
    mature: true,
    text: 'a thread every minute to every day, under a pool whose threads come and go; slow leaks under quiet pools',
    plan(random) {
      const onset = onsetOf(random);
      const perHour = random.scale(1 / 24, 60);
      const mean = random.scale(0.2, Math.max(0.5, Math.min(40, 8 * perHour)));
      const hold = random.scale(1, 20);
      const base = random.whole(10, 80);
      return {
        ...course({ metric: 'threads', onset, base: base + 2 * mean, perHour }),
        parameters: { base, mean: rounded(mean), holdHours: hours(hold) },
        level(noise) {
          const busy = comingAndGoing(noise, mean, hold);
          return () => base + busy();
        },
        growth: oneByOne(perHour),
      };
    },
  },
  {
    name: 'memory',
    kind: 'leaking',
    mature: true,
    text: '0.1 to 500 MB an hour under autocorrelated noise',
    plan(random) {
      const onset = onsetOf(random);
      const perHour = random.scale(0.1, 500);
      const base = random.scale(60, 1000);
      const phi = 1 - random.scale(0.005, 0.2);
      const deviation = Math.min(0.05 * base, perHour * random.scale(0.3, 6));
      return {
        ...course({ metric: 'rss', onset, base: base + 3 * deviation, perHour }),
        parameters: { base: rounded(base), phi: rounded(phi), deviation: rounded(deviation) },
        level: wanderingAbout(base, deviation, phi),
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'forward-and-back',
    kind: 'leaking',
    mature: true,
    text: '2 to 5 new threads, and all but one of them end again, every 2 to 30 minutes',
    plan(random) {
      const onset = onsetOf(random);
      const base = random.whole(20, 80);
      const [forward, half] = [random.whole(2, 5), Math.round(random.scale(MINUTE, 15 * MINUTE))];
      const perHour = HOUR / (2 * half);
      return {
        ...course({ metric: 'threads', onset, base: base + forward, perHour }),
        parameters: { base, forward, halfHours: hours(half) },
        level: (noise) => () => base + (noise.happens(0.1) ? 1 : 0),
        growth: () => (age) => {
          const moves = Math.floor(age / half);
          return Math.floor(moves / 2) + (moves % 2 === 0 ? 0 : forward);
        },
      };
    },
  },
  {
    name: 'per-request',
    kind: 'leaking',
    mature: true,
    text: 'some requests leak, and the number of requests follows day and night',
    plan(random) {
      const onset = onsetOf(random);
      const metric = random.choice(['threads', 'fds']);
      const perHour = random.scale(0.5, 30);
      const amplitude = random.within(0.2, 0.9);
      const [base, busy] = [random.whole(15, 80), random.scale(1, Math.min(30, 6 * perHour))];
      return {
        ...course({ metric, onset, base: base + 3 * busy, perHour }),
        parameters: { base, busy: rounded(busy), amplitude: rounded(amplitude) },
        level(noise) {
          const wave = traffic(noise, amplitude);
          return (slot) => base + noise.poisson(busy * wave(slot));
        },
        growth(noise) {
          const wave = traffic(noise, amplitude);
          let leaked = 0;
          return (age) => {
            leaked += noise.poisson((perHour / HOUR) * wave(age));
            return leaked;
          };
        },
      };
    },
  },
  {
    name: 'staircase',
    kind: 'leaking',
    mature: true,
    text: 'a burst of leaks once or a few times a day',
    plan(random) {
      const onset = onsetOf(random);
      const metric = random.choice(GROWING);
      const period = random.choice([6 * HOUR, 12 * HOUR, DAY]);
      const base = metric === 'rss' ? random.scale(100, 600) : random.whole(20, 100);
      const height = Math.max(3, base * random.within(0.05, 0.15));
      const perHour = (height * HOUR) / period;
      return {
        ...course({ metric, onset, base: 1.05 * base + 2, perHour, leastHours: 20 * (period / HOUR) }),
        parameters: { base: rounded(base), height: rounded(height), periodHours: hours(period) },
        level: wanderingAbout(base, 0.01 * base),
        growth(noise) {
          let [leaked, next] = [0, 0];
          return (age) => {
            if (age >= next) {
              leaked += height * noise.within(0.7, 1.3);
              next += period * noise.within(0.9, 1.1);
            }
            return leaked;
          };
        },
      };
    },
  },
  {
    name: 'accelerating',
    kind: 'leaking',
    mature: true,
    text: 'descriptors or memory, at a growing speed',
    plan(random) {
      const onset = onsetOf(random);
      const metric = random.choice(['fds', 'rss']);
      const base = metric === 'rss' ? random.scale(100, 600) : random.whole(30, 200);
      const perHour = base * random.scale(0.005, 0.05);
      const doubling = random.scale(3, 24);
      return {
        ...course({ metric, onset, base: 1.1 * base + 6, perHour, leastHours: 24 }),
        parameters: { base: rounded(base), atFirst: rounded(perHour), hoursToTwiceAsFast: rounded(doubling) },
        level(noise) {
          const busy = comingAndGoing(noise, 4, 10);
          const wander = wandering(noise, 0.9);
          return () => base + (metric === 'fds' ? busy() : 0.01 * base * wander());
        },
        growth: () => (age) => (perHour * age * (1 + age / (2 * doubling * HOUR))) / HOUR,
      };
    },
  },
  {
    name: 'clear-zombies',
    kind: 'leaking',
    text: 'a zombie a minute, in a program that is a few minutes to hours old',
    plan(random) {
      const onset = random.whole(5 * MINUTE, 5 * HOUR);
      return zombiesOf({ onset, perHour: 60, evenlySpaced: true });
    },
  },
  {
    name: 'zombies',
    kind: 'leaking',
    mature: true,
    text: 'zombies, one a minute to one an hour',
    plan: (random) =>
      zombiesOf({ onset: onsetOf(random), perHour: random.scale(1, 60), evenlySpaced: random.happens(0.3) }),
  },
  {
    name: 'very-slow',
    kind: 'leaking',
    mature: true,
    text: 'leaks so slow that the oracle needs days',
    plan(random) {
      const onset = onsetOf(random);
      const metric = random.choice(['fds', 'rss']);
      const base = metric === 'rss' ? random.scale(100, 600) : random.whole(50, 200);
      const deviation = base * random.within(0.03, 0.06);
      const tau = random.scale(20 * MINUTE, 2 * HOUR);
      const perHour = deviation * random.scale(0.01, 0.05);
      return {
        ...course({ metric, onset, base: base + 3 * deviation, perHour, leastHours: 20 * 24 }),
        parameters: { base: rounded(base), deviation: rounded(deviation), tauHours: hours(tau) },
        level(noise) {
          const drift = drifting(noise, tau);
          return () => base + deviation * drift();
        },
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'accepted',
    kind: 'leaking',
    mature: true,
    heldOut: true,
    text: 'accepted sockets that are not closed; now and then time-outs close some of them',
    plan(random) {
      const onset = onsetOf(random);
      const [base, busy] = [random.whole(20, 100), random.scale(2, 40)];
      const perHour = random.scale(2, 60);
      const [recovered, every] = [random.within(0.1, 0.5), random.scale(HOUR, 12 * HOUR)];
      return {
        ...course({ metric: 'fds', onset, base: base + 2 * busy, perHour, leastHours: 24 }),
        parameters: { base, busy: rounded(busy), recovered: rounded(recovered), everyHours: hours(every) },
        level(noise) {
          const requests = comingAndGoing(noise, busy, 5);
          return () => base + requests();
        },
        growth(noise) {
          let [leaked, before, next] = [0, 0, every];
          return (age) => {
            leaked += noise.poisson(perHour / (1 - recovered) / HOUR);
            if (age >= next) {
              // Of the sockets since the last time-out.
              leaked -= Math.floor(recovered * (leaked - before));
              before = leaked;
              next = age + noise.exponential(every);
            }
            return leaked;
          };
        },
      };
    },
  },
];

/**
 * Children that the parent never waits for.
 * @param {{ onset: number, perHour: number, evenlySpaced: boolean }} leak
 * @returns {import('../plan.js').Plan}
 */
function zombiesOf({ onset, perHour, evenlySpaced }) {
  return {
    ...course({ metric: 'zombies', onset, base: 0, perHour, leastHours: 4 }),
    companion: 'oldestZombieSeconds',
    parameters: { evenly: evenlySpaced ? 'yes' : 'no' },
    level: () => () => 0,
    growth: evenlySpaced
      ? oneByOne(perHour)
      : (noise) => {
          let zombies = 0;
          return () => {
            zombies += noise.poisson(perHour / HOUR);
            return zombies;
          };
        },
  };
}
