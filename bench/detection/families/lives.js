/** First lives and restarted ones: what healthy programs do in their first hours and days, and do again after each deploy. */
import { exp, ln } from '../arithmetic.js';
import { baseOf, GROWING, hours, limitAbove, restartsEvery, rounded, SLOTS } from '../plan.js';
import { ageSince, drifting, settling, traffic, trafficOrNone } from '../shapes.js';
import { DAY, HOUR, MINUTE } from '../time.js';

/** @type {readonly import('../plan.js').Family[]} */
export const LIVES = [
  {
    name: 'dynos',
    kind: 'healthy',
    years: 5,
    text: 'a fresh start each 20.4 to 27.6 h, a warm-up of minutes to hours, day and night, and a part of each life’s highest use is kept until its end',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const busy = Math.max(6, base * random.scale(0.1, 2));
      const [amplitude, kept] = [random.within(0.2, 0.9), random.within(0, 0.9)];
      const tau = random.scale(2 * MINUTE, HOUR);
      const restarts = restartsEvery(random, DAY - 216 * MINUTE, DAY + 216 * MINUTE);
      return {
        metric,
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          busy: rounded(busy),
          amplitude: rounded(amplitude),
          kept: rounded(kept),
          tauHours: hours(tau),
        },
        limit: limitAbove(metric, 2 * (base + 2 * busy) + 20),
        restarts,
        level(noise) {
          const age = ageSince(restarts);
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 10 * MINUTE);
          const warm = settling(tau);
          let highest = 0;
          return (slot) => {
            const [old, load] = [age(slot), wave(slot) * (1 + 0.05 * wander())];
            highest = old === 0 ? load : Math.max(highest, load);
            return (base + busy * (kept * highest + (1 - kept) * load)) * (0.5 + 0.5 * warm(old));
          };
        },
      };
    },
  },
  {
    name: 'saturating-lives',
    kind: 'healthy',
    years: 5,
    text: 'lives of 4 h to 2 days that settle with a time constant of 1 to 8 h, each at a level up to 5 % above or below the others',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const height = Math.max(8, base * random.scale(0.3, 4));
      const tau = random.scale(HOUR, 8 * HOUR);
      // A life that ends long before it has settled would look like that of a leak.
      const shortest = random.scale(Math.max(4 * HOUR, 2 * tau), DAY);
      const fuzz = random.scale(0.002, 0.02);
      const restarts = restartsEvery(random, shortest, random.within(shortest, 2 * DAY));
      return {
        metric,
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          tauHours: hours(tau),
          shortestHours: hours(shortest),
        },
        limit: limitAbove(metric, 2 * (base + height) + 20),
        restarts,
        level(noise) {
          const age = ageSince(restarts);
          const warm = settling(tau);
          const wander = drifting(noise, 5 * MINUTE);
          let own = 1;
          return (slot) => {
            const old = age(slot);
            if (old === 0) own = noise.within(0.95, 1.05);
            return own * (base + height * warm(old)) * (1 + fuzz * wander());
          };
        },
      };
    },
  },
  {
    name: 'quick-deploys',
    kind: 'healthy',
    heldOut: true,
    years: 5,
    text: 'a deploy every 2 to 8 h on working days, each with a warm-up of minutes to an hour, under day and night',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const height = Math.max(6, base * random.scale(0.2, 3));
      const [tau, amplitude] = [random.scale(2 * MINUTE, 40 * MINUTE), random.within(0, 0.6)];
      // No deploys on two days of seven.
      const restarts = restartsEvery(random, 2 * HOUR, 8 * HOUR).filter((slot) => Math.floor(slot / DAY) % 7 < 5);
      return {
        metric,
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          tauHours: hours(tau),
          amplitude: rounded(amplitude),
        },
        limit: limitAbove(metric, 2 * (base + 2 * height) + 20),
        restarts,
        level(noise) {
          const age = ageSince(restarts);
          const wave = trafficOrNone(noise, amplitude);
          const warm = settling(tau);
          const wander = drifting(noise, 5 * MINUTE);
          let own = 1;
          return (slot) => {
            const old = age(slot);
            if (old === 0) own = noise.within(0.93, 1.07);
            return own * (base + height * warm(old) * (0.7 + 0.3 * wave(slot))) * (1 + 0.01 * wander());
          };
        },
      };
    },
  },
  {
    name: 'tiered-starts',
    kind: 'healthy',
    years: 5,
    text: 'a warm-up in two or three stages of minutes to an hour (compiler, caches, pools), of which the second begins after 1 to 12 h',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const second = random.scale(HOUR, 12 * HOUR);
      const begins = [0, second, ...(random.happens(0.5) ? [second + random.scale(2 * HOUR, DAY)] : [])];
      const tiers = begins.map((at) => ({
        at,
        height: Math.max(5, base * random.scale(0.2, 2)),
        tau: random.scale(2 * MINUTE, 20 * MINUTE),
      }));
      const height = tiers.reduce((sum, tier) => sum + tier.height, 0);
      const amplitude = random.happens(0.5) ? random.within(0.1, 0.5) : 0;
      const restarts = random.happens(0.6) ? restartsEvery(random, 2 * DAY, 15 * DAY) : [];
      return {
        metric,
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          tiers: tiers.map((tier) => `${rounded(tier.height)} at ${hours(tier.at)} h`).join(', '),
          amplitude: rounded(amplitude),
        },
        limit: limitAbove(metric, 2 * (base + height) + 20),
        restarts,
        level(noise) {
          const age = ageSince(restarts);
          const wave = trafficOrNone(noise, amplitude);
          const wander = drifting(noise, 5 * MINUTE);
          let later = 1;
          return (slot) => {
            const old = age(slot);
            if (old === 0) later = noise.within(0.85, 1.15);
            let value = base;
            for (const tier of tiers) {
              const since = old - tier.at * later;
              if (since > 0) value += tier.height * (1 - exp(-since / tier.tau));
            }
            return value * (0.8 + 0.2 * wave(slot)) * (1 + 0.01 * wander());
          };
        },
      };
    },
  },
  {
    name: 'filling-pools',
    kind: 'healthy',
    years: 5,
    text: 'a pool of 5 to 200 threads or connections that are made one by one at their first use, within 10 min to 6 h, and then stay',
    plan(random) {
      const metric = random.choice(['threads', 'fds']);
      const base = random.whole(5, 60);
      const size = Math.round(random.scale(5, 200));
      const length = random.scale(10 * MINUTE, 6 * HOUR);
      const even = random.happens(0.5);
      const restarts = random.happens(0.5) ? restartsEvery(random, 12 * HOUR, 10 * DAY) : [];
      const jitter = random.whole(0, 2);
      return {
        metric,
        slots: SLOTS,
        parameters: { base, size, fullHours: hours(length), filling: even ? 'evenly' : 'ever slower', jitter },
        limit: limitAbove(metric, 2 * (base + size) + 20),
        restarts,
        level(noise) {
          const age = ageSince(restarts);
          // Evenly: each request makes one more. Ever slower: only a request that finds all others busy does.
          const filling = even ? (/** @type {number} */ x) => x : (/** @type {number} */ x) => ln(1 + 19 * x) / ln(20);
          let [made, took] = [0, length];
          return (slot) => {
            const old = age(slot);
            if (old === 0) [made, took] = [0, length * noise.within(0.8, 1.25)];
            const due = size * filling(Math.min(1, old / took));
            // Requests come at random, so that some are made early and some late.
            if (made < due && (old >= took || noise.happens(0.3))) made = Math.ceil(due);
            return base + made + (jitter > 0 ? noise.whole(0, jitter) : 0);
          };
        },
      };
    },
  },
  {
    name: 'lazy-heap',
    kind: 'passing',
    text: 'a heap of fixed size whose pages are used for the first time within 2 h to 5 days, faster by day; after that it is constant',
    plan(random) {
      const base = random.scale(60, 400);
      const size = base * random.scale(0.5, 8);
      const full = random.scale(2 * HOUR, 5 * DAY);
      // The youngest generation is used up within minutes.
      const young = random.within(0, 0.4);
      const amplitude = random.within(0, 0.9);
      return {
        metric: 'rss',
        slots: 20 * DAY,
        onset: 0,
        parameters: {
          base: rounded(base),
          size: rounded(size),
          fullHours: hours(full),
          young: rounded(young),
          amplitude: rounded(amplitude),
        },
        limit: limitAbove('rss', 1.5 * (base + size)),
        level(noise) {
          const wander = drifting(noise, 5 * MINUTE);
          return () => base * (1 + 0.01 * wander());
        },
        growth(noise) {
          const wave = trafficOrNone(noise, amplitude);
          const quick = settling(5 * MINUTE);
          let touched = 0;
          return (age) => {
            touched = Math.min(1, touched + (wave(age) / full) * noise.within(0.5, 1.5));
            return size * (young * quick(age) + (1 - young) * touched);
          };
        },
      };
    },
  },
  {
    name: 'keyed-cache',
    kind: 'passing',
    heldOut: true,
    text: 'a cache by key: the longer it runs, the more requests find their key in it; full, or all keys known, after 2 h to 5 days; faster by day',
    plan(random) {
      const base = random.scale(60, 600);
      const height = base * random.scale(0.2, 4);
      const full = random.scale(2 * HOUR, 5 * DAY);
      // How often each key has been asked for when the cache is full: more than that, and it hardly grows any more.
      const asked = random.scale(0.3, 4);
      const amplitude = random.within(0.1, 0.9);
      const onset = random.happens(0.5) ? 0 : random.whole(HOUR, 5 * DAY);
      return {
        metric: 'rss',
        slots: 20 * DAY,
        onset,
        parameters: { base: rounded(base), height: rounded(height), fullHours: hours(full), asked: rounded(asked) },
        limit: limitAbove('rss', 2 * (base + height)),
        level(noise) {
          const wander = drifting(noise, 5 * MINUTE);
          return () => base * (1 + 0.01 * wander());
        },
        growth(noise) {
          const wave = traffic(noise, amplitude);
          let served = 0;
          return (age) => {
            served = Math.min(1, served + (wave(age) / full) * noise.within(0.5, 1.5));
            return (height * (1 - exp(-asked * served))) / (1 - exp(-asked));
          };
        },
      };
    },
  },
  {
    name: 'worst-bursts',
    kind: 'passing',
    text: 'an allocator that keeps the memory of the worst burst so far; 5 to 500 bursts a day, more by day, some much larger than most',
    plan(random) {
      const base = random.scale(60, 600);
      const burst = base * random.scale(0.05, 0.5);
      const [perDay, deviation] = [random.scale(5, 500), random.within(0.2, 0.6)];
      const amplitude = random.within(0, 0.9);
      return {
        metric: 'rss',
        slots: 20 * DAY,
        onset: 0,
        parameters: {
          base: rounded(base),
          burst: rounded(burst),
          perDay: rounded(perDay),
          deviation: rounded(deviation),
          amplitude: rounded(amplitude),
        },
        limit: limitAbove('rss', 2 * (base + burst * exp(4 * deviation))),
        level(noise) {
          const wander = drifting(noise, 5 * MINUTE);
          return () => base * (1 + 0.005 * wander());
        },
        growth(noise) {
          const wave = trafficOrNone(noise, amplitude);
          let worst = 0;
          return (age) => {
            for (let bursts = noise.poisson((perDay / DAY) * wave(age)); bursts > 0; bursts--)
              worst = Math.max(worst, burst * exp(deviation * Math.min(4, noise.normal())));
            return worst;
          };
        },
      };
    },
  },
];
