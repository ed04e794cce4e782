/**
 * The targets besides the cost of a tick, each measured by itself. If one fails, the table has the reason and the others
 * go on.
 */
import { measureDay } from './targets/day.js';
import { measureReplay } from './targets/replay.js';
import { measureScrapes } from './targets/scrapes.js';
import { measureSizes } from './targets/sizes.js';
import { measureStart } from './targets/start.js';
import { measureYoung } from './targets/young.js';

/**
 * @typedef {{ native: import('./native.js').Native | undefined, entry: string, quick: boolean }} Place
 * @typedef {{ what: string, target?: string, measured: string, met?: boolean | undefined, note?: string }} Outcome
 * @typedef {{ name: string, notQuick?: boolean, run(place: Place): Promise<readonly Outcome[]> }} Target
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  { name: 'start', run: measureStart },
  { name: 'young', notQuick: true, run: measureYoung },
  { name: 'day', run: measureDay },
  { name: 'scrapes', run: measureScrapes },
  { name: 'sizes', run: measureSizes },
  { name: 'replay', run: measureReplay },
];
