/**
 * Leaks that are there when leakwatch comes, which is the usual case: people install it because something leaks. Nothing
 * shows what the program was like before.
 */
import { course, evenly, forwardAndBack, oneByOne } from '../course.js';
import { GROWING, hours, rounded } from '../plan.js';
import { comingAndGoing, drifting, sawtooth, settling, traffic, wandering } from '../shapes.js';
import { DAY, HOUR, MINUTE, SLOT_SECONDS } from '../time.js';

/**
 * @typedef {import('../random.js').Random} Random
 * @typedef {import('../shapes.js').Shape} Shape
 */

/** @type {readonly import('../plan.js').Family[]} */
export const PRESENT_LEAKS = [
  {
    name: 'present',
    kind: 'leaking',
    text: '5 to 200 MB a day from the first sample on, in noise of 0.2 to 0.5 of a day’s leak',
    plan(random) {
      const base = random.scale(60, 1000);
      const perDay = random.scale(5, 200);
      const deviation = perDay * random.within(0.2, 0.5);
      const tau = random.scale(MINUTE, HOUR);
      // In a third of them leakwatch came with the program, and sees a short warm-up.
      const warmUp = random.happens(1 / 3) ? base * random.within(0.2, 1) : 0;
      const most = base + warmUp + 3 * deviation;
      /** @type {(random: Random) => Shape} */
      const quiet = (noise) => {
        const drift = drifting(noise, tau);
        return () => base + deviation * drift();
      };
      return {
        ...course({ metric: 'rss', onset: 0, base: most, perHour: perDay / 24, leastHours: 30 * 24 }),
        parameters: {
          base: rounded(base),
          perDay: rounded(perDay),
          deviation: rounded(deviation),
          tauHours: hours(tau),
          warmUp: rounded(warmUp),
        },
        noise: quiet,
        level(noise) {
          const [still, warm] = [quiet(noise), settling(5 * MINUTE)];
          return (slot) => still(slot) + warmUp * warm(slot);
        },
        growth: evenly(perDay / 24),
      };
    },
  },
  {
    name: 'present-under-traffic',
    kind: 'leaking',
    heldOut: true,
    text: 'a leak of 5 to 200 MB a day from the first sample on, under day and night and the teeth of a collector',
    plan(random) {
      const base = random.scale(80, 1000);
      const perDay = random.scale(5, 200);
      const [busy, amplitude] = [perDay * random.scale(0.5, 3), random.within(0.2, 0.8)];
      const [height, period] = [perDay * random.scale(0.2, 2), random.scale(2 * MINUTE, 3 * HOUR)];
      const most = base + 2 * busy + 1.3 * height;
      return {
        ...course({ metric: 'rss', onset: 0, base: most, perHour: perDay / 24, leastHours: 30 * 24 }),
        parameters: {
          base: rounded(base),
          perDay: rounded(perDay),
          busy: rounded(busy),
          height: rounded(height),
          periodHours: hours(period),
        },
        level(noise) {
          const wave = traffic(noise, amplitude);
          const tooth = sawtooth(noise, period, 0.2);
          return (slot) => base + busy * wave(slot) + height * tooth(slot) + noise.normal();
        },
        growth: evenly(perDay / 24),
      };
    },
  },
  {
    name: 'quota',
    kind: 'leaking',
    text: '300 MB and 10, 20 or 38 MB an hour more under a quota of 512 MB, in noise or under a sawtooth, first life',
    plan(random) {
      const perHour = random.choice([10, 20, 38]);
      const deviation = random.within(3, 10);
      const height = random.happens(0.5) ? random.within(10, 50) : 0;
      const period = random.scale(2 * MINUTE, HOUR);
      return {
        ...course({ metric: 'rss', onset: 0, base: 300, perHour }),
        parameters: {
          deviation: rounded(height > 0 ? 1 : deviation),
          height: rounded(height),
          periodHours: hours(period),
        },
        level(noise) {
          const wander = wandering(noise, 0.9);
          const tooth = sawtooth(noise, period, 0.2);
          return (slot) => 300 + (height > 0 ? height * tooth(slot) + noise.normal() : deviation * wander());
        },
        growth: evenly(perHour),
      };
    },
  },
  {
    name: 'perfect-line',
    kind: 'leaking',
    text: 'a thread or descriptor every 20 seconds to 30 minutes, from the first sample on, and nothing else moves',
    plan(random) {
      const metric = random.choice(['threads', 'fds']);
      const base = random.whole(8, 200);
      const perHour = HOUR / random.scale(1, 30 * MINUTE);
      return {
        ...course({ metric, onset: 0, base, perHour, leastHours: 48 }),
        parameters: { base, everySeconds: rounded((HOUR / perHour) * SLOT_SECONDS) },
        level: () => () => base,
        growth: oneByOne(perHour),
      };
    },
  },
  {
    name: 'nearly-perfect-line',
    kind: 'leaking',
    heldOut: true,
    text: 'threads, descriptors or processes, one to three at a time at almost equal distances; a passing one now and then',
    plan(random) {
      const metric = random.choice(['threads', 'fds', 'processes']);
      const base = random.whole(4, 200);
      const [each, every] = [random.whole(1, 3), random.scale(2, 40 * MINUTE)];
      const chance = random.scale(0.001, 0.1);
      const perHour = (each * HOUR) / every;
      return {
        ...course({ metric, onset: 0, base: base + 1, perHour, leastHours: 48 }),
        parameters: { base, each, everyHours: hours(every), chance: rounded(chance) },
        level: (noise) => () => base + (noise.happens(chance) ? 1 : 0),
        growth(noise) {
          let [leaked, next] = [0, every];
          return (age) => {
            for (; age >= next; next += every * noise.within(0.8, 1.2)) leaked += each;
            return leaked;
          };
        },
      };
    },
  },
  {
    name: 'two-forward-one-back',
    kind: 'leaking',
    text: 'two new threads and then one less, in turn, every 5 or 10 minutes, first life (43, 45, 44, 46, 45 ...)',
    plan(random) {
      const base = random.whole(20, 80);
      const every = random.choice([5 * MINUTE, 10 * MINUTE]);
      return {
        ...course({ metric: 'threads', onset: 0, base: base + 2, perHour: HOUR / (2 * every), leastHours: 30 }),
        parameters: { base, everyHours: hours(every) },
        level: () => () => base,
        growth: forwardAndBack(every),
      };
    },
  },
  {
    name: 'slow-staircase',
    kind: 'leaking',
    text: 'one or two items every hour to every day, or two and then one less, from the first sample on',
    plan(random) {
      const metric = random.choice(['threads', 'fds']);
      const base = random.whole(10, 80);
      const every = random.choice([HOUR, 6 * HOUR, DAY]);
      const goesBack = random.happens(0.5);
      const each = random.whole(1, 2);
      const perHour = goesBack ? HOUR / (2 * every) : (each * HOUR) / every;
      return {
        ...course({ metric, onset: 0, base: base + 2, perHour, leastHours: (30 * every) / HOUR }),
        parameters: { base, everyHours: hours(every), goesBack: goesBack ? 'yes' : 'no', each },
        level: (noise) => () => base + (noise.happens(0.02) ? 1 : 0),
        growth: goesBack ? forwardAndBack(every) : () => (age) => each * Math.floor(age / every),
      };
    },
  },
  {
    name: 'rare-items',
    kind: 'leaking',
    text: 'one thread or descriptor an hour to a day, at random, from the first sample on, under a small pool',
    plan(random) {
      const metric = random.choice(['threads', 'fds']);
      const perHour = random.scale(1 / 24, 1);
      const [base, mean] = [random.whole(10, 100), random.scale(0.1, 2)];
      const hold = random.scale(1, 10 * MINUTE);
      return {
        ...course({ metric, onset: 0, base: base + 2 * mean, perHour, leastHours: 30 / perHour }),
        parameters: { base, mean: rounded(mean), holdHours: hours(hold) },
        level(noise) {
          const busy = comingAndGoing(noise, mean, hold);
          return () => base + busy();
        },
        growth(noise) {
          let leaked = 0;
          return () => {
            leaked += noise.poisson(perHour / HOUR);
            return leaked;
          };
        },
      };
    },
  },
  {
    name: 'after-warm-up',
    kind: 'leaking',
    text: 'a leak from the first minute on, under a warm-up or a ramp that lasts for hours',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 400) : random.whole(10, 100);
      const height = base * random.within(0.3, 2);
      const isRamp = random.happens(0.5);
      const length = random.scale(HOUR, 8 * HOUR);
      const perHour = (base + height) * random.scale(0.005, 0.05);
      const deviation = perHour * random.scale(0.1, 2);
      const most = base + height + 3 * deviation + 2;
      /** @type {(random: Random) => Shape} */
      const quiet = (noise) => {
        const wander = wandering(noise, 0.9);
        return () => base + deviation * wander();
      };
      return {
        ...course({ metric, onset: 0, base: most, perHour, leastHours: 10 * 24 }),
        parameters: {
          base: rounded(base),
          height: rounded(height),
          shape: isRamp ? 'ramp' : 'exponential',
          lengthHours: hours(length),
          deviation: rounded(deviation),
        },
        noise: quiet,
        level(noise) {
          // A third of the ramp's length is the time constant of an exponential that takes about as long.
          const [still, warm] = [quiet(noise), settling(length / 3)];
          return (slot) => still(slot) + height * (isRamp ? Math.min(1, slot / length) : warm(slot));
        },
        growth: metric === 'rss' ? evenly(perHour) : oneByOne(perHour),
      };
    },
  },
];
