/**
 * Healthy programs: starts, deploys, steps, jobs and ramps, each over within an hour, and parents that reap their
 * children. Every alarm is false.
 */
import { baseOf, GROWING, hours, limitAbove, restartsEvery, rounded, SLOTS } from '../plan.js';
import { ageSince, drifting, logistic, ramp, settling, traffic, wandering } from '../shapes.js';
import { DAY, HOUR, MINUTE, SLOT_SECONDS } from '../time.js';

/** @typedef {import('../random.js').Random} Random */

/** @type {readonly import('../plan.js').Family[]} */
export const EVENTS = [
  {
    name: 'warm-up',
    kind: 'healthy',
    text: 'a warm-up of less than an hour, exponential, logistic or in steps, after each restart',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const height = base * random.within(0.5, 6);
      const shape = random.choice(['exponential', 'logistic', 'tiers']);
      const tau = random.scale(MINUTE, 12 * MINUTE);
      const tiers = random.whole(2, 5);
      const fuzz = metric === 'rss' ? 0.01 * (base + height) : 0.5;
      const restarts = restartsEvery(random, 12 * HOUR, 3 * DAY);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), height: rounded(height), shape, tauHours: hours(tau), tiers },
        limit: limitAbove(metric, 2 * (base + height) + 20),
        restarts,
        level(noise) {
          const wander = wandering(noise, 0.9);
          const age = ageSince(restarts);
          const single = shape === 'logistic' ? logistic(2 * tau, tau / 2) : settling(tau);
          // Each tier starts when the one before is almost complete; all are complete after 50 minutes.
          const spacing = (45 * MINUTE) / tiers;
          const tiered = (/** @type {number} */ at) => {
            let sum = 0;
            for (let tier = 0; tier < tiers; tier++) sum += ramp(MINUTE + spacing / 2)(at - tier * spacing);
            return sum / tiers;
          };
          const rise = shape === 'tiers' ? tiered : single;
          return (slot) => base + height * rise(age(slot)) + fuzz * wander();
        },
      };
    },
  },
  {
    name: 'spike',
    kind: 'healthy',
    text: 'memory that rises to 4 to 16 times its first value within 3 to 45 min and stays there, restarted about daily',
    plan(random) {
      const [base, plateau] = [random.within(45, 90), random.within(400, 700)];
      const length = random.scale(3 * MINUTE, 45 * MINUTE);
      const fuzz = random.within(1, 6);
      const restarts = restartsEvery(random, 20 * HOUR, 28 * HOUR);
      return {
        metric: 'rss',
        slots: SLOTS,
        parameters: { base: rounded(base), plateau: rounded(plateau), lengthHours: hours(length) },
        limit: limitAbove('rss', plateau + 100),
        restarts,
        level(noise) {
          const wander = wandering(noise, 0.95);
          const age = ageSince(restarts);
          const climb = ramp(length);
          return (slot) => base + (plateau - base) * climb(age(slot)) + fuzz * wander();
        },
      };
    },
  },
  {
    name: 'traffic-ramps',
    kind: 'healthy',
    text: 'load that rises for 3 to 50 min, stays for hours and falls again, from the start on',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const height = Math.max(6, base * random.within(0.2, 3));
      const gentlest = random.scale(10 * MINUTE, 50 * MINUTE);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), height: rounded(height), longestHours: hours(gentlest) },
        limit: limitAbove(metric, 2 * (base + 1.5 * height) + 20),
        level(noise) {
          const wander = wandering(noise, 0.9);
          let [from, to, begun, length, until] = [0, 0, 0, 1, 0];
          return (slot) => {
            if (slot >= until) {
              [from, begun] = [to, slot];
              to = from > 0.5 ? noise.within(0, 0.2) : noise.within(0.8, 1.4);
              length = noise.scale(3 * MINUTE, gentlest);
              until = slot + length + noise.scale(HOUR, 12 * HOUR);
            }
            const share = Math.min(1, (slot - begun) / length);
            return base + height * (from + (to - from) * share) * (1 + 0.02 * wander());
          };
        },
      };
    },
  },
  {
    name: 'steps',
    kind: 'healthy',
    text: 'one to ten steps up or down, as after a new setting, a second worker, or more traffic',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric) + 30;
      const count = random.whole(1, 10);
      const steps = Array.from({ length: count }, () => ({
        at: random.whole(0, SLOTS),
        height: base * random.within(0.05, 1) * (random.happens(0.65) ? 1 : -0.5),
      }));
      const fuzz = base * random.within(0.002, 0.02);
      const highest = base + steps.reduce((sum, { height }) => sum + Math.max(0, height), 0);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), count },
        limit: limitAbove(metric, 1.5 * highest),
        level(noise) {
          const wander = wandering(noise, 0.9);
          return (slot) => {
            let value = base;
            for (const { at, height } of steps) if (slot >= at) value += height;
            return Math.max(5, value) + fuzz * wander();
          };
        },
      };
    },
  },
  {
    name: 'deploys',
    kind: 'healthy',
    text: 'a restart every 2 hours to 3 days, each time with another base and a warm-up, under daily traffic',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const tau = random.scale(MINUTE, 12 * MINUTE);
      const shortest = random.scale(2 * HOUR, DAY);
      const amplitude = random.within(0, 0.6);
      const restarts = restartsEvery(random, shortest, 3 * DAY);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), tauHours: hours(tau), shortestHours: hours(shortest) },
        limit: limitAbove(metric, 6 * base + 40),
        restarts,
        level(noise) {
          const age = ageSince(restarts);
          const wave = traffic(noise, amplitude);
          const wander = wandering(noise, 0.9);
          const warm = settling(tau);
          let own = base;
          return (slot) => {
            const at = age(slot);
            if (at === 0) own = base * noise.within(0.8, 1.25);
            return own * (1 + warm(at) * (0.5 + 0.5 * wave(slot))) * (1 + 0.01 * wander());
          };
        },
      };
    },
  },
  {
    name: 'cycling',
    kind: 'healthy',
    heldOut: true,
    text: 'a dyno that is restarted every 24 to 27.6 hours, under daily traffic',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const busy = Math.max(4, base * random.within(0.1, 1));
      const amplitude = random.within(0.1, 0.8);
      const tau = random.scale(MINUTE, 10 * MINUTE);
      const restarts = restartsEvery(random, DAY, DAY + 216 * MINUTE);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), busy: rounded(busy), amplitude: rounded(amplitude), tauHours: hours(tau) },
        limit: limitAbove(metric, 2 * (base + 2 * busy) + 20),
        restarts,
        level(noise) {
          const age = ageSince(restarts);
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 10 * MINUTE);
          const warm = settling(tau);
          return (slot) => (base + busy * wave(slot) * (1 + 0.1 * wander())) * (0.6 + 0.4 * warm(age(slot)));
        },
      };
    },
  },
  {
    name: 'reaping',
    kind: 'healthy',
    text: 'zombies of a parent that reaps its children every 20 s to 4 min',
    plan: (random) => reapingOf(random, { period: random.scale(1, 4 * MINUTE), jitter: random.within(0, 0.1) }),
  },
  {
    name: 'late-reaping',
    kind: 'healthy',
    text: 'zombies of a parent that reaps its children every 5 min to 2 h; alarms count after it has done so three times',
    plan(random) {
      const period = random.scale(5 * MINUTE, 2 * HOUR);
      const plan = reapingOf(random, { period, jitter: random.within(0, 0.2) });
      // Before that it looks like a parent that never reaps, which must cause an alarm within minutes.
      return { ...plan, settled: Math.ceil(4 * period) };
    },
  },
  {
    name: 'workers',
    kind: 'healthy',
    text: 'a master that starts and ends 1 to 30 workers with the load; the number of processes is known',
    plan(random) {
      const metric = random.choice(['threads', 'rss']);
      const each = metric === 'rss' ? random.scale(30, 200) : random.whole(2, 20);
      const most = random.whole(2, 30);
      const amplitude = random.within(0.2, 1);
      return {
        metric,
        slots: 10 * DAY,
        parameters: { each: rounded(each), most, amplitude: rounded(amplitude) },
        limit: limitAbove(metric, 3 * each * (most + 2)),
        companion: 'processes',
        level(noise, processes) {
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 30 * MINUTE);
          let [workers, next] = [1, 0];
          return (slot) => {
            if (slot >= next) {
              const wanted = Math.round((most / 2) * (wave(slot) + 0.2 * wander()));
              workers = Math.min(most, Math.max(1, wanted));
              next = slot + noise.whole(1, 15);
            } else {
              wave(slot);
              wander();
            }
            processes[slot] = workers + 1;
            return each * (workers + 1) * (metric === 'rss' ? 1 + 0.005 * noise.normal() : 1);
          };
        },
      };
    },
  },
  {
    name: 'batch',
    kind: 'healthy',
    text: 'jobs every hour, 6 hours or day that use their memory within 50 min and afterwards keep none, half or all of it',
    plan(random) {
      const base = random.scale(60, 800);
      const height = base * random.within(0.3, 3);
      const period = random.choice([HOUR, 6 * HOUR, DAY]);
      const length = period * random.within(0.02, 0.3);
      const kept = random.choice([0, 0.5, 1]);
      return {
        metric: 'rss',
        slots: SLOTS,
        parameters: { base: rounded(base), height: rounded(height), periodHours: hours(period), kept },
        limit: limitAbove('rss', 2 * (base + 2 * height)),
        level(noise) {
          const wander = wandering(noise, 0.9);
          const first = noise.whole(0, period - 1);
          const end = Math.floor(length);
          const climb = Math.min(50 * MINUTE, length / 2);
          let [held, job] = [0, 0];
          return (slot) => {
            const at = (slot + period - first) % period;
            if (at === 0) job = height * (1 + 0.03 * Math.max(-3, Math.min(3, noise.normal())));
            if (at === end) held = Math.max(held, kept * job);
            const used = at < end ? job * Math.min(1, at / climb) : 0;
            return base + Math.max(held, used) + 2 * wander();
          };
        },
      };
    },
  },
];

/**
 * @param {Random} random
 * @param {{ period: number, jitter: number }} reaping slots between two reapings, and their variation as a share
 * @returns {import('../plan.js').Plan}
 */
function reapingOf(random, { period, jitter }) {
  const rate = 1 / random.scale(1, 20 * MINUTE);
  return {
    metric: 'zombies',
    slots: SLOTS,
    parameters: { perHour: rounded(rate * HOUR), periodHours: hours(period), jitter: rounded(jitter) },
    limit: limitAbove('zombies', 3 * rate * period + 50),
    companion: 'oldestZombieSeconds',
    level(noise, oldest) {
      let [zombies, firstAt, reapedAt] = [0, 0, noise.next() * period];
      return (slot) => {
        if (slot >= reapedAt) {
          zombies = 0;
          reapedAt = slot + Math.max(1, period * (1 + jitter * noise.normal()));
        }
        const dead = noise.poisson(rate);
        if (zombies === 0) firstAt = slot;
        zombies += dead;
        oldest[slot] = zombies === 0 ? Number.NaN : (slot - firstAt) * SLOT_SECONDS;
        return zombies;
      };
    },
  };
}
