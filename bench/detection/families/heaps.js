/** What is collected late: generations of a heap, saws of days, heaps that adapt, and descriptors that a finaliser closes. */
import { baseOf, GROWING, hours, limitAbove, rounded, SLOTS } from '../plan.js';
import { drifting, sawtooth, traffic, trafficOrNone } from '../shapes.js';
import { DAY, HOUR, MINUTE } from '../time.js';

/** @type {readonly import('../plan.js').Family[]} */
export const HEAPS = [
  {
    name: 'generational-heaps',
    kind: 'healthy',
    years: 5,
    text: 'small teeth of 1 to 30 min on one large tooth, with a full collection each 1 to 3 days, 20 % early or late',
    plan(random) {
      const base = random.scale(60, 800);
      const height = base * random.scale(0.1, 1.5);
      const [full, minor] = [random.scale(DAY, 3 * DAY), random.scale(MINUTE, 30 * MINUTE)];
      const small = base * random.scale(0.02, 0.5);
      // Each small collection leaves something: the large tooth follows the traffic.
      const amplitude = random.happens(0.5) ? random.within(0.1, 0.8) : 0;
      return {
        metric: 'rss',
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          fullHours: hours(full),
          small: rounded(small),
          minorHours: hours(minor),
          amplitude: rounded(amplitude),
        },
        limit: limitAbove('rss', 2 * (base + small + 2 * height)),
        level(noise) {
          const tooth = sawtooth(noise, minor, 0.2);
          const wave = trafficOrNone(noise, amplitude);
          const wander = drifting(noise, 10 * MINUTE);
          let [old, next] = [noise.next() * 0.5 * height, noise.next() * full];
          return (slot) => {
            old += (height / full) * wave(slot);
            if (slot >= next) {
              old = height * noise.within(0, 0.1);
              next = slot + full * noise.within(0.8, 1.2);
            }
            return base * (1 + 0.005 * wander()) + old + small * tooth(slot);
          };
        },
      };
    },
  },
  {
    name: 'long-saws',
    kind: 'healthy',
    years: 5,
    text: 'a saw with a period of 1 to 4 days and a jitter of 0 to 30 %, straight or faster by day, from its first tooth on or seen later',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const height = Math.max(8, base * random.scale(0.1, 2));
      const [period, jitter] = [random.scale(DAY, 4 * DAY), random.within(0, 0.3)];
      const amplitude = random.happens(0.5) ? random.within(0.1, 0.9) : 0;
      const fuzz = random.scale(0.001, 0.03);
      return {
        metric,
        slots: 60 * DAY,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          periodHours: hours(period),
          jitter: rounded(jitter),
          amplitude: rounded(amplitude),
        },
        limit: limitAbove(metric, 2 * (base + 3 * height) + 20),
        level(noise) {
          const wave = trafficOrNone(noise, amplitude);
          const wander = drifting(noise, 10 * MINUTE);
          let next = period * (noise.happens(0.5) ? 1 : noise.next());
          let used = height * (1 - next / period);
          return (slot) => {
            used += (height / period) * wave(slot);
            if (slot >= next) {
              used = 0;
              next = slot + period * Math.max(0.3, 1 + jitter * noise.normal());
            }
            return base * (1 + fuzz * wander()) + used;
          };
        },
      };
    },
  },
  {
    name: 'adaptive-heaps',
    kind: 'healthy',
    heldOut: true,
    years: 5,
    text: 'a heap that is collected when it is 1.3 to 2.5 times as large as what was alive after the last collection; both follow the traffic',
    plan(random) {
      const base = random.scale(60, 800);
      const [factor, share] = [random.within(1.3, 2.5), random.within(0.1, 0.8)];
      const takes = random.scale(10 * MINUTE, 36 * HOUR);
      const amplitude = random.within(0.2, 0.9);
      return {
        metric: 'rss',
        slots: SLOTS,
        parameters: { base: rounded(base), factor: rounded(factor), share: rounded(share), takesHours: hours(takes) },
        limit: limitAbove('rss', 2 * 2.5 * base * (1 + 2 * share)),
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 20 * MINUTE);
          let [heap, most] = [base, factor * base];
          return (slot) => {
            const load = wave(slot);
            heap += (((factor - 1) * base) / takes) * load * noise.within(0.5, 1.5);
            if (heap >= most) {
              heap = base * (1 + share * load * (1 + 0.1 * wander()));
              most = factor * heap;
            } else wander();
            return heap;
          };
        },
      };
    },
  },
  {
    name: 'finalised-descriptors',
    kind: 'healthy',
    heldOut: true,
    years: 5,
    text: 'descriptors that nobody closes until a large collection finds them, 20 min to 12 h later, unevenly',
    plan(random) {
      const base = random.whole(10, 200);
      const between = random.scale(20 * MINUTE, 12 * HOUR);
      const perHour = random.scale(2, 400);
      const amplitude = random.within(0.1, 0.9);
      const jitter = random.within(0.1, 0.5);
      return {
        metric: 'fds',
        slots: SLOTS,
        parameters: { base, betweenHours: hours(between), perHour: rounded(perHour), jitter: rounded(jitter) },
        limit: limitAbove('fds', 4 * (base + (perHour * between) / HOUR) + 50),
        level(noise) {
          const wave = traffic(noise, amplitude);
          // The collector runs when so much has been allocated: sooner by day.
          let [open, allocated, due] = [0, noise.next(), 1];
          return (slot) => {
            const load = wave(slot);
            open += noise.poisson((perHour / HOUR) * load);
            allocated += load / between;
            if (allocated >= due) {
              // What is already in the old generation survives some collections.
              open = noise.binomial(open, noise.within(0, 0.15));
              [allocated, due] = [0, Math.max(0.2, 1 + jitter * noise.normal())];
            }
            return base + open;
          };
        },
      };
    },
  },
];
