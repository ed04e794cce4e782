/**
 * How often the tests of src/stats/rhythm.ts are wrong, and how often they find what is there:
 * `node bench/rhythm.js [--dist dist] [--runs 20000]`, after a build. The same command gives the same numbers.
 */
import { parseArgs } from 'node:util';
import { Random } from './detection/random.js';
import { loadModule } from './modules.js';

/**
 * @typedef {import('../src/stats/rhythm.ts').Rhythm} Rhythm
 * @typedef {{ name: string, make: (random: Random) => number[], quiet?: number, isRight?: (rhythm: Rhythm) => boolean }} Case
 * `make` returns the times of starts; none has come for `quiet` seconds. `isRight` is absent where nothing should be said.
 */

const DAY = 86_400;
/** The clock of start times. */
const TICK = 0.01;

/** Arrivals at a rate that may change: those of the highest rate, thinned (Lewis & Shedler 1979). */
const arrivals = (/** @type {Random} */ random, /** @type {Rate} */ { from, seconds, mean, share }) => {
  const times = [];
  for (let t = from; ; ) {
    t -= mean * Math.log(1 - random.next());
    if (t >= from + seconds) return times;
    if (random.happens(share(t))) times.push(t);
  }
};
/** @typedef {{ from: number, seconds: number, mean: number, share: (t: number) => number }} Rate */

const wave = (/** @type {number} */ depth) => (/** @type {number} */ t) =>
  (1 + depth * Math.cos((2 * Math.PI * t) / DAY)) / (1 + depth);
const onOff = (/** @type {number} */ low, /** @type {number} */ hours) => (/** @type {number} */ t) =>
  t % DAY < hours * 3600 ? 1 : low;

const from = (/** @type {Random} */ random) => 1.7e9 + random.within(0, DAY);
/** So many a day, over so many days; at least a few, and from a few minutes on. */
const byChance = (/** @type {(t: number) => number} */ share) => (/** @type {Random} */ random) => {
  const seconds = random.scale(600, 20 * DAY);
  return arrivals(random, { from: from(random), seconds, mean: seconds / random.scale(8, 400), share });
};

/** A timer: each start is late by itself, and the next is due `period` after that (drift) or on a grid. */
const timer = (
  /** @type {Random} */ random,
  { period = 20, count = 30, late = 0, missed = 0, drifts = false, together = [1, 1] } = {},
) => {
  const times = [];
  let due = from(random);
  while (times.length < count) {
    const at = due + random.within(0, late * period);
    due = (drifts ? at : due) + period;
    if (random.happens(missed)) continue;
    const [low = 1, high = 1] = together;
    for (let left = random.whole(low, high); left > 0; left--) times.push(at + random.within(0, 0.02));
  }
  return times;
};

const isEvery = (/** @type {number} */ seconds) => (/** @type {Rhythm} */ rhythm) =>
  rhythm.every !== undefined && Math.abs(rhythm.every.seconds / seconds - 1) < 0.06;

/** @type {readonly Case[]} */
const BY_CHANCE = [
  { name: 'Poisson', make: byChance(() => 1) },
  {
    name: 'uniform',
    make(random) {
      const seconds = random.scale(60, 20 * DAY);
      const start = from(random);
      return Array.from({ length: Math.floor(random.scale(5, 256)) }, () => start + random.within(0, seconds));
    },
  },
  {
    name: 'Poisson, up to fifty a second',
    make: (random) => arrivals(random, { from: 0, seconds: random.scale(1, 20), mean: 0.02, share: () => 1 }),
  },
  { name: 'Poisson, a wave of a day, half as deep as it can be', make: byChance(wave(0.5)) },
  { name: 'Poisson, a wave of a day, down to nothing', make: byChance(wave(1)) },
  { name: 'Poisson, 12 hours of the day ten times as often', make: byChance(onOff(0.1, 12)) },
  { name: 'Poisson, 16 hours of the day alone', make: byChance(onOff(0, 16)) },
  { name: 'Poisson, ever faster (to four times)', make: ofDrift((share) => 0.25 + 0.75 * share) },
  { name: 'Poisson, ever slower (to a quarter)', make: ofDrift((share) => 1 - 0.75 * share) },
];

/** @param {(share: number) => number} rate by the part of the time that has passed @returns {Case['make']} */
function ofDrift(rate) {
  return (random) => {
    const seconds = random.scale(600, 20 * DAY);
    const start = from(random);
    const mean = seconds / random.scale(8, 400);
    return arrivals(random, { from: start, seconds, mean, share: (t) => rate((t - start) / seconds) });
  };
}

/** @type {readonly Case[]} */
const WITH_RHYTHM = [
  { name: 'a timer of 20 s, 8 starts', make: (random) => timer(random, { count: 8 }), isRight: isEvery(20) },
  { name: 'a timer of 20 s, 12 starts', make: (random) => timer(random, { count: 12 }), isRight: isEvery(20) },
  { name: 'late by up to 1 %, 30 starts', make: (random) => timer(random, { late: 0.01 }), isRight: isEvery(20) },
  { name: 'late by up to 5 %', make: (random) => timer(random, { late: 0.05 }), isRight: isEvery(20) },
  { name: 'late by up to 10 %', make: (random) => timer(random, { late: 0.1 }), isRight: isEvery(20) },
  { name: 'late by up to 20 %', make: (random) => timer(random, { late: 0.2 }), isRight: isEvery(20) },
  {
    name: 'late by up to 10 %, and the next one too',
    make: (random) => timer(random, { late: 0.1, drifts: true }),
    isRight: isEvery(21),
  },
  { name: '10 % missed', make: (random) => timer(random, { late: 0.01, missed: 0.1 }), isRight: isEvery(20) },
  { name: '30 % missed', make: (random) => timer(random, { late: 0.01, missed: 0.3 }), isRight: isEvery(20) },
  { name: 'a timer of 0.2 s', make: (random) => timer(random, { period: 0.2, late: 0.02 }), isRight: isEvery(0.2) },
  { name: 'a timer of a day', make: (random) => timer(random, { period: DAY, late: 0.01 }), isRight: isEvery(DAY) },
  {
    name: 'two timers, 20 and 30 s',
    make: (random) => [...timer(random, { count: 60 }), ...timer(random, { period: 30, count: 40 })],
    isRight: isEvery(20),
  },
  {
    name: 'a timer of 20 s, and one in five by chance',
    make(random) {
      const times = timer(random, { count: 60 });
      const rate = { from: times[0] ?? 0, seconds: 1200, mean: 80, share: () => 1 };
      return [...times, ...arrivals(random, rate)];
    },
    isRight: isEvery(20),
  },
  {
    name: '3 to 8 at once every 60 s, 10 times',
    make: (random) => timer(random, { period: 60, count: 55, late: 0.01, together: [3, 8] }),
    isRight: (rhythm) => isEvery(60)(rhythm) && rhythm.bursts !== undefined,
  },
  {
    name: '3 to 8 at once by chance, every 10 min on average',
    make(random) {
      const rate = { from: from(random), seconds: 12_000, mean: 600, share: () => 1 };
      return arrivals(random, rate).flatMap((at) =>
        Array.from({ length: random.whole(3, 8) }, () => at + random.within(0, 2)),
      );
    },
    isRight: (rhythm) => rhythm.bursts !== undefined && rhythm.every === undefined,
  },
  {
    name: 'between 1 and 4 in ten nights, three in each',
    make(random) {
      const midnight = 19_700 * DAY;
      return Array.from({ length: 30 }, (_, i) => midnight + Math.floor(i / 3) * DAY + random.within(3600, 14_400));
    },
    isRight: ({ hours }) => hours !== undefined && hours.from >= 1 && hours.to <= 4,
  },
  {
    name: 'a timer of 20 s, over for 70 s',
    make: timer,
    quiet: 70,
    isRight: (rhythm) => isEvery(20)(rhythm) && rhythm.noneSince !== undefined,
  },
  {
    name: 'by chance every 20 min on average for 2 days, over for 12 h',
    make: (random) => arrivals(random, { from: from(random), seconds: 2 * DAY, mean: 1200, share: () => 1 }),
    quiet: DAY / 2,
    isRight: ({ noneSince }) => noneSince !== undefined,
  },
];

/** @param {readonly number[]} times */
const ticks = (times) => [...times].sort((a, b) => a - b).map((time) => Math.floor(time / TICK) * TICK);

const { values } = parseArgs({
  options: { dist: { type: 'string', default: 'dist' }, runs: { type: 'string', default: '20000' } },
});
const runs = Number(values.runs);
const { findRhythm } = await loadModule(values.dist, 'stats/rhythm.js');

const percent = (/** @type {number} */ count) => `${((100 * count) / runs).toFixed(2)} %`;

console.log(`${runs} runs each\n\n| By chance | said anything | a timer | bursts | hours | none since |`);
console.log('|---|---|---|---|---|---|');
for (const { name, make } of BY_CHANCE) {
  const random = new Random(name);
  const said = { any: 0, every: 0, bursts: 0, hours: 0, noneSince: 0 };
  for (let run = 0; run < runs; run++) {
    const times = ticks(make(random)).slice(-256);
    const last = times.at(-1) ?? 0;
    // As long after it as until the next one would have come: a look is taken at any time.
    const gap = times.length > 1 ? (last - (times[0] ?? 0)) / (times.length - 1) : 1;
    const rhythm = findRhythm(times, last - gap * Math.log(1 - random.next()));
    if (!rhythm) continue;
    said.any++;
    for (const key of /** @type {const} */ (['every', 'bursts', 'hours', 'noneSince'])) {
      if (rhythm[key] !== undefined) said[key]++;
    }
  }
  console.log(`| ${[name, ...Object.values(said).map(percent)].join(' | ')} |`);
}

console.log('\n| With a rhythm | found | another |\n|---|---|---|');
for (const { name, make, quiet = 0, isRight } of WITH_RHYTHM) {
  const random = new Random(name);
  let [found, other] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const times = ticks(make(random)).slice(-256);
    const rhythm = findRhythm(times, (times.at(-1) ?? 0) + quiet);
    if (!rhythm) continue;
    if (isRight?.(rhythm)) found++;
    else other++;
  }
  console.log(`| ${name} | ${percent(found)} | ${percent(other)} |`);
}
