/**
 * Healthy programs: constant levels, noise, drift, daily waves and sawteeth. Every alarm is false.
 */
import { baseOf, GROWING, hours, limitAbove, rounded, SLOTS } from '../plan.js';
import { comingAndGoing, drifting, sawtooth, traffic, wandering, wanderingAbout } from '../shapes.js';
import { DAY, HOUR, MINUTE } from '../time.js';

/** @type {readonly import('../plan.js').Family[]} */
export const NOISE = [
  {
    name: 'constant',
    kind: 'healthy',
    text: 'a constant number with a jitter of 0 to 5',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const jitter = random.whole(0, 5);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), jitter },
        limit: limitAbove(metric, 2 * base + 20),
        level: (noise) => () => base + (jitter === 0 ? 0 : noise.whole(0, jitter)),
      };
    },
  },
  {
    name: 'pool',
    kind: 'healthy',
    text: 'a pool of threads or descriptors that come and go: 2 to 200, each for 20 s to 30 min',
    plan(random) {
      const metric = random.choice(['threads', 'fds']);
      const [mean, hold] = [random.scale(2, 200), random.scale(1, 90)];
      const base = random.whole(5, 100);
      return {
        metric,
        slots: SLOTS,
        parameters: { base, mean: rounded(mean), holdHours: hours(hold) },
        limit: limitAbove(metric, 2 * (base + mean) + 30),
        level(noise) {
          const busy = comingAndGoing(noise, mean, hold);
          return () => base + busy();
        },
      };
    },
  },
  {
    name: 'autoregressive',
    kind: 'healthy',
    text: 'memory with autoregressive noise, phi 0.9 to 0.999',
    plan(random) {
      const base = random.scale(60, 1500);
      const phi = 1 - random.scale(0.001, 0.1);
      const deviation = base * random.scale(0.005, 0.08);
      return {
        metric: 'rss',
        slots: SLOTS,
        parameters: { base: rounded(base), phi: rounded(phi), deviation: rounded(deviation) },
        limit: limitAbove('rss', 2 * base),
        level: wanderingAbout(base, deviation, phi),
      };
    },
  },
  {
    name: 'drift',
    kind: 'healthy',
    text: 'a level that drifts about its mean with a time constant of 1 hour to 4 days, and white noise',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 1500) : random.scale(40, 400);
      const tau = random.scale(HOUR, 4 * DAY);
      const [slow, fast] = [base * random.within(0.02, 0.1), base * random.within(0.002, 0.02)];
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), tauHours: hours(tau), slow: rounded(slow), fast: rounded(fast) },
        limit: limitAbove(metric, 2 * base),
        level(noise) {
          const drift = drifting(noise, tau);
          return () => base + slow * drift() + fast * noise.normal();
        },
      };
    },
  },
  {
    name: 'daily',
    kind: 'healthy',
    text: 'daily waves of 10 to 100 % of the mean, with weekends and a holiday',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const busy = base * random.within(0.3, 2);
      const amplitude = random.scale(0.1, 1);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), busy: rounded(busy), amplitude: rounded(amplitude) },
        limit: limitAbove(metric, 2 * (base + 2 * busy) + 20),
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = wandering(noise, 0.9);
          return (slot) => base + busy * wave(slot) * (1 + 0.05 * wander());
        },
      };
    },
  },
  {
    name: 'sawtooth',
    kind: 'healthy',
    text: 'a sawtooth of garbage collection with a period of 1 min to 30 h and a jitter of 0 to 40 %; half of the series with small teeth on large ones',
    plan(random) {
      const base = random.scale(60, 800);
      const height = base * random.within(0.1, 1.5);
      const [period, jitter] = [random.scale(MINUTE, 30 * HOUR), random.within(0, 0.4)];
      const minor = random.happens(0.5) ? random.within(0.1, 0.5) : 0;
      const ratio = random.whole(4, 20);
      const fuzz = random.within(0.2, 3);
      return {
        metric: 'rss',
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          periodHours: hours(period),
          jitter: rounded(jitter),
          minor: rounded(minor),
        },
        limit: limitAbove('rss', 2 * (base + 2 * height)),
        level(noise) {
          const major = sawtooth(noise, period, jitter);
          const small = sawtooth(noise, Math.max(2, period / ratio), jitter);
          return (slot) => base + height * ((1 - minor) * major(slot) + minor * small(slot)) + fuzz * noise.normal();
        },
      };
    },
  },
  {
    name: 'random-walk',
    kind: 'healthy',
    text: 'a random walk without drift, with single steps or rare long ones, reflected at a floor',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.within(800, 3000) : random.within(300, 1500);
      const heavy = random.happens(0.5);
      const chance = random.scale(0.005, 0.2);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), steps: heavy ? 'heavy-tailed' : 'single', chance: rounded(chance) },
        limit: limitAbove(metric, 4 * base),
        level(noise) {
          let value = base;
          return () => {
            if (noise.happens(chance)) {
              // Most steps are small, some are fifty times as large.
              const step = heavy ? noise.normal() / (0.02 + noise.next()) : noise.happens(0.5) ? 1 : -1;
              value = Math.max(10, value + step);
            }
            return value;
          };
        },
      };
    },
  },
  {
    name: 'backlog',
    kind: 'healthy',
    heldOut: true,
    text: 'a queue of jobs whose workers are busy for 30 to 90 % of the time; now and then many jobs come at once',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const each = metric === 'rss' ? random.scale(0.1, 5) : 1;
      const [capacity, load] = [Math.round(random.scale(2, 60)), random.within(0.3, 0.9)];
      const between = random.scale(HOUR, 2 * DAY);
      // Jobs that come at once are done within half an hour, at the mean load.
      const most = random.scale(3 * MINUTE, 30 * MINUTE) * capacity * (1 - load);
      return {
        metric,
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          capacity: rounded(capacity),
          load: rounded(load),
          betweenHours: hours(between),
        },
        limit: limitAbove(metric, 2 * (base + 2 * each * most) + 50),
        level(noise) {
          const wave = traffic(noise, 0.3);
          let [waiting, next] = [0, noise.exponential(between)];
          return (slot) => {
            // The daily wave is at most 1.3.
            waiting += noise.poisson((capacity * load * wave(slot)) / 1.3);
            if (slot >= next) {
              waiting += Math.round(noise.within(0.2, 1) * most);
              next = slot + noise.exponential(between);
            }
            waiting = Math.max(0, waiting - capacity);
            return base + each * waiting;
          };
        },
      };
    },
  },
  {
    name: 'gaps',
    kind: 'healthy',
    heldOut: true,
    text: 'a pool under daily traffic with gaps of minutes to hours and single lost samples',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const busy = Math.max(4, base * random.within(0.1, 1));
      const lost = random.within(0, 0.3);
      const between = random.scale(2 * HOUR, 4 * DAY);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), busy: rounded(busy), lost: rounded(lost), betweenHours: hours(between) },
        limit: limitAbove(metric, 2 * (base + 2 * busy) + 20),
        level(noise) {
          const wave = traffic(noise, 0.3);
          const wander = drifting(noise, 10 * MINUTE);
          let [gapAt, gapUntil] = [noise.exponential(between), 0];
          return (slot) => {
            if (slot >= gapAt) {
              gapUntil = slot + noise.scale(MINUTE, 10 * HOUR);
              gapAt = gapUntil + noise.exponential(between);
            }
            const value = base + busy * wave(slot) * (1 + 0.1 * wander());
            const isLost = noise.happens(lost);
            return isLost || slot < gapUntil ? Number.NaN : value;
          };
        },
      };
    },
  },
];
