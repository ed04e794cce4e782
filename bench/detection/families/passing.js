/**
 * Growth that ends by itself, but only after hours or days: while it lasts it cannot be told from a leak. Measured is how
 * often it is called a leak, and how soon that is withdrawn after the growth has ended.
 */
import { exp, ln } from '../arithmetic.js';
import { GROWING, hours, limitAbove, rounded } from '../plan.js';
import { comingAndGoing, drifting, highWater, ramp, settling, wanderingAbout } from '../shapes.js';
import { DAY, HOUR, MINUTE } from '../time.js';

/** @typedef {import('../plan.js').Family} Family */

const SLOTS = 20 * DAY;

/** @type {readonly Family[]} */
export const PASSING = [
  {
    name: 'cache',
    kind: 'passing',
    text: 'a cache that fills like the logarithm or the root of time or in a straight line, and is full after 3 h to 5 days',
    plan(random) {
      const base = random.scale(60, 600);
      const height = base * random.within(0.3, 3);
      const full = random.scale(3 * HOUR, 5 * DAY);
      const shape = random.choice(['logarithm', 'root', 'line']);
      const fuzz = random.within(0.3, 5);
      const onset = random.happens(0.5) ? 0 : random.whole(DAY, 5 * DAY);
      const share = (/** @type {number} */ part) =>
        shape === 'line' ? part : shape === 'root' ? Math.sqrt(part) : ln(1 + 50 * part) / ln(51);
      return {
        metric: 'rss',
        slots: SLOTS,
        onset,
        parameters: { base: rounded(base), height: rounded(height), fullHours: hours(full), shape },
        limit: limitAbove('rss', 2 * (base + height)),
        level: wanderingAbout(base, fuzz),
        growth: () => (age) => height * share(Math.min(1, age / full)),
      };
    },
  },
  {
    name: 'ratchet',
    kind: 'passing',
    text: 'a pool that has the size of its highest demand so far and never shrinks',
    plan(random) {
      const metric = random.choice(['threads', 'fds']);
      const [mean, hold] = [random.scale(10, 200), random.scale(15, 2 * HOUR)];
      const base = random.whole(5, 60);
      return {
        metric,
        slots: SLOTS,
        onset: 0,
        parameters: { base, mean: rounded(mean), holdHours: hours(hold) },
        limit: limitAbove(metric, 2 * (base + 2 * mean) + 30),
        level: () => () => base,
        growth: (noise) => highWater(comingAndGoing(noise, mean, hold)),
      };
    },
  },
  {
    name: 'long-ramp',
    kind: 'passing',
    text: 'traffic that rises for 2 to 8 hours and then stays',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 800) : Math.round(random.scale(10, 200));
      const height = Math.max(8, base * random.within(0.3, 3));
      const length = random.scale(2 * HOUR, 8 * HOUR);
      const onset = random.happens(0.5) ? 0 : random.whole(2 * DAY, 8 * DAY);
      return {
        metric,
        slots: SLOTS,
        onset,
        parameters: { base: rounded(base), height: rounded(height), lengthHours: hours(length) },
        limit: limitAbove(metric, 2 * (base + height) + 20),
        level(noise) {
          const wander = drifting(noise, 5 * MINUTE);
          return () => base + 0.02 * base * wander();
        },
        growth(noise) {
          const climb = ramp(length);
          const wander = drifting(noise, 5 * MINUTE);
          return (age) => height * climb(age) * (1 + 0.03 * wander());
        },
      };
    },
  },
  {
    name: 'slow-warm-up',
    kind: 'passing',
    text: 'an exponential warm-up with a time constant of 30 min to 24 h',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(40, 600) : Math.round(random.scale(10, 200));
      const height = base * random.within(0.5, 5);
      const tau = random.scale(30 * MINUTE, DAY);
      return {
        metric,
        slots: SLOTS,
        onset: 0,
        parameters: { base: rounded(base), height: rounded(height), tauHours: hours(tau) },
        limit: limitAbove(metric, 2 * (base + height) + 20),
        level: wanderingAbout(base, 0.01 * (base + height)),
        growth: () => {
          const climb = settling(tau);
          return (age) => height * climb(age);
        },
      };
    },
  },
  {
    name: 'arenas',
    kind: 'passing',
    text: 'an allocator with arenas, each of which keeps the memory of its largest burst',
    plan(random) {
      const base = random.scale(60, 600);
      const arenas = random.choice([2, 8, 16, 32]);
      const burst = base * random.within(0.05, 0.3);
      const perDay = random.scale(2, 200);
      return {
        metric: 'rss',
        slots: SLOTS,
        onset: 0,
        parameters: { base: rounded(base), arenas, burst: rounded(burst), burstsPerDay: rounded(perDay) },
        limit: limitAbove('rss', 2 * (base + 4 * burst * arenas)),
        level: wanderingAbout(base, 0.005 * base),
        growth(noise) {
          const kept = new Float64Array(arenas);
          let sum = 0;
          return () => {
            for (let bursts = noise.poisson(perDay / DAY); bursts > 0; bursts--) {
              const arena = noise.whole(0, arenas - 1);
              // Log-normal: half of the bursts are below `burst`, one in fifty above two and a half times as much.
              const size = burst * exp(0.45 * noise.normal());
              const before = kept[arena] ?? 0;
              if (size <= before) continue;
              kept[arena] = size;
              sum += size - before;
            }
            return sum;
          };
        },
      };
    },
  },
];
