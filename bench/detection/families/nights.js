/** What comes back each night, day, week or month: batches, backups, rotated logs, weekly and monthly work, jobs of cron. */
import { exp } from '../arithmetic.js';
import { baseOf, GROWING, hours, limitAbove, rounded, SLOTS } from '../plan.js';
import { drifting, TRANSITIONS, traffic, trafficOrNone, transit } from '../shapes.js';
import { DAY, HOUR, MINUTE, WEEK } from '../time.js';

/** Lengths of a year's months, in days. */
const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** @type {readonly import('../plan.js').Family[]} */
export const NIGHTS = [
  {
    name: 'night-batches',
    kind: 'healthy',
    years: 5,
    text: 'a batch of 1.5 to 5 h each night from the first one on; in a third of the series the first one leaves something for ever',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const height = Math.max(6, base * random.scale(0.2, 4));
      const length = random.scale(1.5 * HOUR, 5 * HOUR);
      const climbing = random.within(0.2, 1);
      const transition = random.choice(TRANSITIONS);
      const kept = random.happens(1 / 3) ? random.within(0.05, 0.5) : 0;
      const amplitude = random.happens(0.5) ? random.within(0.1, 0.6) : 0;
      return {
        metric,
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          lengthHours: hours(length),
          climbing: rounded(climbing),
          transition,
          kept: rounded(kept),
          amplitude: rounded(amplitude),
        },
        limit: limitAbove(metric, 2 * (1.5 * base + 1.5 * height) + 20),
        level(noise) {
          const wave = trafficOrNone(noise, amplitude);
          const wander = drifting(noise, 5 * MINUTE);
          const first = noise.whole(0, DAY - 1);
          let [night, begins, lasts, size, held] = [0, first, length, height, 0];
          return (slot) => {
            if (slot >= begins + lasts) {
              held = Math.max(held, kept * height);
              night++;
              begins = first + night * DAY + noise.whole(-10 * MINUTE, 10 * MINUTE);
              lasts = length * noise.within(0.9, 1.1);
              size = height * noise.within(0.95, 1.05);
            }
            const used = slot < begins ? 0 : size * transit(transition, climbing * lasts)(slot - begins);
            return base * (0.8 + 0.2 * wave(slot)) * (1 + 0.01 * wander()) + Math.max(held, used);
          };
        },
      };
    },
  },
  {
    name: 'growing-backups',
    kind: 'healthy',
    heldOut: true,
    years: 5,
    text: 'a backup of 30 min to 4 h each night, of which each one is 0.1 to 1 % larger and longer; all of it is given back',
    plan(random) {
      const base = random.scale(60, 1000);
      const height = base * random.scale(0.3, 4);
      const [length, growth] = [random.scale(30 * MINUTE, 4 * HOUR), random.scale(0.001, 0.01)];
      const slots = 60 * DAY;
      return {
        metric: 'rss',
        slots,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          lengthHours: hours(length),
          growth: rounded(growth),
        },
        limit: limitAbove('rss', 2 * (base + 2 * height)),
        level(noise) {
          const wander = drifting(noise, 5 * MINUTE);
          const first = noise.whole(0, DAY - 1);
          return (slot) => {
            const night = Math.max(0, Math.floor((slot - first) / DAY));
            const larger = 1 + growth * night;
            const at = (slot - first - night * DAY) / (length * larger);
            const used = at >= 0 && at < 1 ? height * larger * Math.min(1, 1.2 * at) : 0;
            return base * (1 + 0.01 * wander()) + used;
          };
        },
      };
    },
  },
  {
    name: 'log-rotation',
    kind: 'healthy',
    years: 5,
    text: 'a log, or descriptors of its parts, that grows with the traffic until it is rotated each day or at a size that takes 2 h to 3 days',
    plan(random) {
      const metric = random.choice(['rss', 'fds']);
      const base = baseOf(random, metric);
      const size = metric === 'rss' ? random.choice([50, 100, 200, 500]) : random.whole(6, 100);
      const isDaily = random.happens(0.5);
      const takes = isDaily ? DAY : random.scale(2 * HOUR, 3 * DAY);
      const amplitude = random.within(0.1, 0.9);
      return {
        metric,
        slots: SLOTS,
        parameters: { base: rounded(base), size, rotated: isDaily ? 'daily' : 'by size', takesHours: hours(takes) },
        limit: limitAbove(metric, 2 * (base + 2 * size) + 20),
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 5 * MINUTE);
          const midnight = noise.whole(0, DAY - 1);
          let written = noise.next() * size * 0.5;
          return (slot) => {
            written += (size / takes) * wave(slot) * noise.within(0.5, 1.5);
            if (isDaily ? (slot + midnight) % DAY === 0 : written >= size) written = 0;
            return base * (1 + 0.01 * wander()) + written;
          };
        },
      };
    },
  },
  {
    name: 'weekly-saws',
    kind: 'healthy',
    heldOut: true,
    years: 5,
    text: 'what is used from Monday to Saturday is given back on Sunday, without a restart',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const height = Math.max(10, base * random.scale(0.1, 1.5));
      const amplitude = random.within(0.1, 0.9);
      const fuzz = random.scale(0.002, 0.02);
      return {
        metric,
        slots: 60 * DAY,
        parameters: { base: rounded(base), height: rounded(height), amplitude: rounded(amplitude) },
        limit: limitAbove(metric, 2 * (base + 2 * height) + 20),
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 10 * MINUTE);
          let sunday = noise.whole(0, WEEK - 1);
          let used = height * (1 - sunday / WEEK);
          return (slot) => {
            used += (height / WEEK) * wave(slot);
            if (slot >= sunday) {
              used = height * noise.within(0, 0.05);
              sunday += WEEK + noise.whole(-2 * HOUR, 2 * HOUR);
            }
            return base * (1 + fuzz * wander()) + used;
          };
        },
      };
    },
  },
  {
    name: 'month-ends',
    kind: 'healthy',
    heldOut: true,
    years: 5,
    text: 'in the last 2 to 6 days of each month the use grows by 20 to 150 %, and in the first hours of the next it is given back',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = baseOf(random, metric);
      const height = Math.max(6, base * random.scale(0.2, 1.5));
      const [length, back] = [random.within(2 * DAY, 6 * DAY), random.scale(10 * MINUTE, 12 * HOUR)];
      const amplitude = random.within(0.1, 0.6);
      const offset = random.whole(0, 300 * DAY);
      return {
        metric,
        slots: 100 * DAY,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          lengthHours: hours(length),
          backHours: hours(back),
        },
        limit: limitAbove(metric, 2 * (1.5 * base + height) + 20),
        level(noise) {
          const wave = traffic(noise, amplitude);
          const wander = drifting(noise, 10 * MINUTE);
          let [month, begun] = [0, -offset];
          let given = 0;
          return (slot) => {
            for (; begun + (MONTHS[month % 12] ?? 0) * DAY <= slot; month++) {
              begun += (MONTHS[month % 12] ?? 0) * DAY;
              given = height;
            }
            const left = begun + (MONTHS[month % 12] ?? 0) * DAY - slot;
            const rise = height * Math.max(0, 1 - left / length);
            const rest = given * Math.max(0, 1 - (slot - begun) / back);
            return base * (0.7 + 0.3 * wave(slot)) * (1 + 0.02 * wander()) + rise + rest;
          };
        },
      };
    },
  },
  {
    name: 'keeping-jobs',
    kind: 'healthy',
    heldOut: true,
    years: 5,
    text: 'a job of cron each 1 to 6 h, after which the program keeps the memory of the largest one so far; records get rarer',
    plan(random) {
      const base = random.scale(60, 800);
      const height = base * random.within(0.1, 1.5);
      const [period, deviation] = [Math.round(random.scale(HOUR, 6 * HOUR)), random.scale(0.03, 0.4)];
      const length = Math.min(0.5 * period, random.scale(3 * MINUTE, 50 * MINUTE));
      const kept = random.within(0.5, 1);
      return {
        metric: 'rss',
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          height: rounded(height),
          periodHours: hours(period),
          deviation: rounded(deviation),
          kept: rounded(kept),
        },
        limit: limitAbove('rss', 2 * (base + height * exp(4 * deviation))),
        level(noise) {
          const wander = drifting(noise, 5 * MINUTE);
          const first = noise.whole(0, period - 1);
          let [held, job] = [0, 0];
          return (slot) => {
            const at = (slot + first) % period;
            if (at === 0) job = height * exp(deviation * Math.max(-3, Math.min(3, noise.normal())));
            const used = at < length ? Math.min(1, (3 * at) / length) * job : 0;
            held = Math.max(held, kept * used);
            return base * (1 + 0.005 * wander()) + Math.max(held, used);
          };
        },
      };
    },
  },
  {
    name: 'dips',
    kind: 'healthy',
    years: 5,
    text: 'a level that falls to a tenth to a half for 10 min to 6 h every few hours to days, as in a reload or a backup, sometimes unseen',
    plan(random) {
      const metric = random.choice(GROWING);
      const base = metric === 'rss' ? random.scale(60, 1500) : random.scale(30, 600);
      const [depth, between] = [random.within(0.1, 0.5), random.scale(6 * HOUR, 7 * DAY)];
      const [longest, back] = [random.scale(20 * MINUTE, 6 * HOUR), random.scale(1, 20 * MINUTE)];
      const fuzz = random.scale(0.002, 0.05);
      const unseen = random.within(0, 0.5);
      return {
        metric,
        slots: SLOTS,
        parameters: {
          base: rounded(base),
          depth: rounded(depth),
          betweenHours: hours(between),
          longestHours: hours(longest),
          unseen: rounded(unseen),
        },
        limit: limitAbove(metric, 2 * base + 20),
        level(noise) {
          const wander = drifting(noise, noise.scale(MINUTE, 2 * HOUR));
          let [begins, ends, gapUntil] = [noise.exponential(between), 0, 0];
          return (slot) => {
            if (slot >= begins) {
              ends = slot + noise.scale(10 * MINUTE, longest);
              begins = ends + 10 * back + noise.exponential(between);
              if (noise.happens(unseen)) gapUntil = slot + noise.scale(5 * MINUTE, 6 * HOUR);
            }
            const value = base * (1 + fuzz * wander());
            if (slot < gapUntil) return Number.NaN;
            if (slot < ends) return depth * value;
            return ends > 0 ? value * (1 - (1 - depth) * exp((ends - slot) / back)) : value;
          };
        },
      };
    },
  },
];
