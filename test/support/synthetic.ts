/**
 * Synthetic series for the detectors: healthy families and leaks, one value a slot of 20 seconds. Seeded with integers,
 * so that a test sees the same noise on every machine.
 */
import type { Metric } from '../../src/model/metrics.ts';

export const INTERVAL_SECONDS = 20;
export const MINUTE = 3;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const MIB = 2 ** 20;
/** 2026-01-01T00:00:00Z */
export const EPOCH = 1_767_225_600;

/** The value of each slot in turn; NaN = unknown. */
export type Values = (slot: number) => number;

/** Mulberry32: 32 bits of state, and whole-number arithmetic only. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) | 0;
  }

  /** 0 up to but not 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` up to and including `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Mean 0, variance 1, near enough to normal: the sum of four, without the tails. */
  normal(): number {
    return (this.next() + this.next() + this.next() + this.next() - 2) * Math.sqrt(3);
  }
}

/** Autoregressive noise of variance 1: each value is `phi` times the last, and news. */
export function wandering(random: Random, phi: number): () => number {
  let value = random.normal();
  const news = Math.sqrt(1 - phi * phi);
  return () => {
    value = phi * value + news * random.normal();
    return value;
  };
}

/** Whole numbers that come and go, each for `hold` slots on average: threads of a pool, descriptors of requests. */
export function comingAndGoing(random: Random, mean: number, hold: number): () => number {
  let count = mean;
  return () => {
    for (let present = count; present > 0; present--) if (random.next() < 1 / hold) count--;
    for (let arrival = 0; arrival < 2 * mean; arrival++) if (random.next() < 0.5 / hold) count++;
    return count;
  };
}

/** From 0 to 1 and back at once, with periods that differ by a fifth. */
export function sawtooth(random: Random, period: number): Values {
  let begun = -random.between(0, period);
  let length = period;
  return (slot) => {
    while (slot >= begun + length) {
      begun += length;
      length = Math.max(2, Math.round(period * (1 + 0.2 * random.normal())));
    }
    return (slot - begun) / length;
  };
}

export interface Family {
  readonly name: string;
  readonly metric: Metric;
  make(random: Random): Values;
}

/** What a program does that leaks nothing. */
export const HEALTHY: readonly Family[] = [
  {
    name: 'noise',
    metric: 'threads',
    make: (random) => () => 43 + random.between(0, 3),
  },
  {
    name: 'threads that come and go',
    metric: 'threads',
    make(random) {
      const busy = comingAndGoing(random, random.between(3, 8), random.between(5, 60));
      return () => 40 + busy();
    },
  },
  {
    name: 'memory that wanders',
    metric: 'rss',
    make(random) {
      const noise = wandering(random, 0.99);
      return () => (500 + 20 * noise()) * MIB;
    },
  },
  {
    name: 'teeth of minutes',
    metric: 'rss',
    make(random) {
      const tooth = sawtooth(random, random.between(2 * MINUTE, 10 * MINUTE));
      return (slot) => (300 + 100 * tooth(slot) + 3 * random.normal()) * MIB;
    },
  },
  {
    name: 'teeth of hours',
    metric: 'rss',
    make(random) {
      const tooth = sawtooth(random, random.between(HOUR, 6 * HOUR));
      return (slot) => (300 + 200 * tooth(slot) + 3 * random.normal()) * MIB;
    },
  },
  {
    name: 'day and night',
    metric: 'rss',
    make(random) {
      const phase = random.next();
      const noise = wandering(random, 0.9);
      return (slot) => (500 + 100 * Math.sin(2 * Math.PI * (slot / DAY + phase)) + 5 * noise()) * MIB;
    },
  },
  {
    name: 'warm-up to a plateau',
    metric: 'rss',
    make(random) {
      return warmUp(random, random.between(5 * MINUTE, 2 * HOUR));
    },
  },
  {
    name: 'ramp that holds',
    metric: 'threads',
    make(random) {
      const length = random.between(3 * MINUTE, 50 * MINUTE);
      const height = random.between(10, 80);
      return (slot) => 12 + Math.floor(height * Math.min(1, slot / length)) + random.between(0, 1);
    },
  },
  {
    name: 'steps',
    metric: 'fds',
    make(random) {
      const steps = Array.from({ length: random.between(1, 5) }, () => ({
        at: random.between(0, 10 * DAY),
        height: random.between(5, 120) * (random.next() < 0.7 ? 1 : -1),
      }));
      return (slot) =>
        700 + steps.reduce((sum, { at, height }) => sum + (slot >= at ? height : 0), 0) + random.between(0, 4);
    },
  },
  {
    name: 'cache that fills ever more slowly',
    metric: 'rss',
    make(random) {
      const noise = wandering(random, 0.9);
      return (slot) => (100 + 60 * Math.log1p(slot / 30) + 3 * noise()) * MIB;
    },
  },
  {
    name: 'memory that climbs for half an hour and then holds',
    metric: 'rss',
    make(random) {
      const plateau = random.between(500, 600);
      const length = random.between(10 * MINUTE, 30 * MINUTE);
      const noise = wandering(random, 0.9);
      return (slot) => (51 + (plateau - 51) * Math.min(1, slot / length) + 4 * noise()) * MIB;
    },
  },
];

/** Memory on its way to a plateau: two thirds of it after `tau` slots. */
export function warmUp(random: Random, tau: number): Values {
  const noise = wandering(random, 0.9);
  return (slot) => (100 + 450 * (1 - Math.exp(-slot / tau)) + 8 * noise()) * MIB;
}

export interface Leak extends Family {
  /** Slot in which it begins to leak. */
  readonly onset: number;
  /** Slots from the onset until it must be suspected, and until it must be found. */
  readonly suspectedWithin: number;
  readonly foundWithin: number;
  /** Growth per slot at the end of the day after the onset, in the metric's unit. */
  readonly slope: number;
}

export const LEAKS: readonly Leak[] = [
  {
    name: 'a thread every 5 minutes',
    metric: 'threads',
    onset: 3 * DAY,
    suspectedWithin: HOUR,
    foundWithin: 4 * HOUR,
    slope: 1 / (5 * MINUTE),
    make(random) {
      return (slot) => 43 + random.between(0, 1) + Math.max(0, Math.floor((slot - this.onset) / (5 * MINUTE)));
    },
  },
  {
    name: 'two threads forward and one back',
    metric: 'threads',
    onset: 2 * DAY,
    suspectedWithin: HOUR / 2,
    foundWithin: 4 * HOUR,
    slope: 0.5 / MINUTE,
    make() {
      return (slot) => 43 + twoForwardOneBack(Math.max(0, slot - this.onset));
    },
  },
  {
    name: '60 MB an hour under noise',
    metric: 'rss',
    onset: 4 * DAY,
    suspectedWithin: HOUR,
    foundWithin: 8 * HOUR,
    slope: (60 * MIB) / HOUR,
    make(random) {
      const noise = wandering(random, 0.9);
      return (slot) => (500 + 3 * noise() + (60 * Math.max(0, slot - this.onset)) / HOUR) * MIB;
    },
  },
  {
    name: 'descriptors, faster and faster',
    metric: 'fds',
    onset: 3 * DAY,
    suspectedWithin: 3 * HOUR,
    foundWithin: 4 * HOUR,
    // Midway between the 5 an hour of its beginning and the 101 an hour of a day later.
    slope: 53 / HOUR,
    make(random) {
      const requests = comingAndGoing(random, 4, 10);
      return (slot) => {
        const hours = Math.max(0, slot - this.onset) / HOUR;
        return 64 + requests() + Math.floor(5 * hours + 2 * hours * hours);
      };
    },
  },
];

/** 0 0 0 2 2 2 1 1 1 3 3 3 2 2 2 4 ...: two up in one minute and one down in the next. */
export function twoForwardOneBack(slot: number): number {
  const minute = Math.floor(slot / MINUTE);
  return Math.floor(minute / 2) + (minute % 2 === 0 ? 0 : 2);
}
