/**
 * What grows with time: a day of ticks that are 20 s apart for the daemon and follow each other at once for us. It is
 * looked at after a rest, because at its real pace it rests after each tick, and V8 tidies up then. At last some ticks at
 * the real pace: what it costs a small host when it is no longer young.
 */
import { Daemon } from '../daemon.js';
import { countKept } from '../kernel.js';
import { progress } from '../progress.js';
import { digits } from '../tables.js';
import { INTERVAL_MS, QUICK_INTERVAL_MS, shareOutcome, startSmallHost } from './small-host.js';

const LOOKS = { quick: [100, 200], full: [200, 1000, 2000, 4320] };
const REAL_TICKS = 4;
const MOST_GROWTH_MIB = 5;

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
  const grown = (late?.rssMiB ?? Number.NaN) - (early?.rssMiB ?? Number.NaN);
  /** @type {import('../targets.js').Outcome[]} */
  const outcomes = [
    {
      what: `rss (anonymous) MiB after ${looks.map((ticks) => digits(ticks)).join(', ')} ticks of a small host`,
      target: `flat: within ${MOST_GROWTH_MIB} MiB`,
      measured: sights.map(({ rssMiB, anonMiB }) => `${digits(rssMiB)} (${digits(anonMiB)})`).join(', '),
      met: grown <= MOST_GROWTH_MIB,
      note: `at most ever ${digits(late?.highestMiB)}; descriptors kept: ${sights.map(({ kept }) => kept).join(', ')}`,
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
