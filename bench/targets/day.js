/**
 * Does memory grow with time? A day of ticks: 20 s apart for the daemon, whose clock is hurried, and one after the other
 * for us. Memory is read after a pause like the one after each real tick, in which V8 collects garbage. Then some ticks at
 * the real pace: the cost of a small host after a day.
 */
import { Daemon } from '../daemon.js';
import { countKept } from '../kernel.js';
import { progress } from '../progress.js';
import { digits } from '../tables.js';
import { INTERVAL_MS, QUICK_INTERVAL_MS, shareOutcome, startSmallHost } from './small-host.js';

/** Ticks after which memory is read. */
const LOOKS = { quick: [100, 200], full: [200, 1000, 2000, 4320] };
const REAL_TICKS = 4;
const MOST_GROWTH_MEGABYTES = 5;

/** @param {import('../targets.js').Place} place @returns {Promise<import('../targets.js').Outcome[]>} */
export async function measureDay({ entry, native, quick }) {
  const looks = LOOKS[quick ? 'quick' : 'full'];
  const intervalMs = quick ? QUICK_INTERVAL_MS : INTERVAL_MS;
  const herd = await startSmallHost(native);
  const daemon = await Daemon.startHurrying({ entry, intervalMs, rests: looks });
  const sights = [];
  for (const ticks of looks) {
    progress(`a day: until tick ${ticks}`);
    await daemon.waitForTicks(ticks);
    await daemon.rest();
    sights.push({ ...daemon.footprint(), kept: countKept(daemon.pid) });
  }
  const [early, late] = [sights[0], sights.at(-1)];
  const grown = (late?.rssMegabytes ?? Number.NaN) - (early?.rssMegabytes ?? Number.NaN);
  /** @type {import('../targets.js').Outcome[]} */
  const outcomes = [
    {
      what: `rss (anonymous) MB after ${looks.map((ticks) => digits(ticks)).join(', ')} ticks of a small host`,
      target: `flat: within ${MOST_GROWTH_MEGABYTES} MB`,
      measured: sights
        .map(({ rssMegabytes, anonMegabytes }) => `${digits(rssMegabytes)} (${digits(anonMegabytes)})`)
        .join(', '),
      met: grown <= MOST_GROWTH_MEGABYTES,
      note: `peak ${digits(late?.highestMegabytes)}; open descriptors: ${sights.map(({ kept }) => kept).join(', ')}`,
    },
  ];
  if (!quick) {
    progress(`a small host: ${REAL_TICKS} ticks of 20 s after a day`);
    outcomes.push(shareOutcome('after a day', await daemon.measure(REAL_TICKS)));
  }
  await daemon.stop();
  await herd.stop();
  return outcomes;
}
