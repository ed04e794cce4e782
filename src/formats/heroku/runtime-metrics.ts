/**
 * Writes the two lines that Heroku prints for a dyno, load and memory: `source=web.1 dyno=heroku.1.2
 * sample#load_avg_1m=2.46 ...`, byte for byte in its form (order, two decimals, MB of 1024 * 1024 bytes). Not used on a
 * dyno, where they would be taken for the platform's own. `readPlatformSample` in samples.ts reads them.
 * Source: devcenter.heroku.com/articles/log-runtime-metrics.
 */
import type { LoadAverages, MemoryUse, RuntimeFigures } from '../../model/runtime-figures.ts';
import { decimal, megabytes } from '../l2met.ts';

/** `source` as `web.1`, `dyno` as `heroku.<app>.<dyno>`. */
export interface DynoName {
  readonly source: string;
  readonly dyno: string;
}

/**
 * @returns undefined if a number cannot be written: it is negative or not finite
 * @example encodeLoad({ source: 'web.1', dyno: 'heroku.1.2' }, { minute1: 2.456, minutes5: 1.06, minutes15: undefined }) // => 'source=web.1 dyno=heroku.1.2 sample#load_avg_1m=2.46 sample#load_avg_5m=1.06'
 */
export function encodeLoad(name: DynoName, { minute1, minutes5, minutes15 }: LoadAverages): string | undefined {
  const words: Word[] = [['load_avg_1m', decimal(minute1, 2)]];
  if (minutes5 !== undefined) words.push(['load_avg_5m', decimal(minutes5, 2)]);
  if (minutes15 !== undefined) words.push(['load_avg_15m', decimal(minutes15, 2)]);
  return encode(name, words);
}

/**
 * @returns undefined if a number cannot be written
 * @example encodeMemory({ source: 'web.1', dyno: 'heroku.1.2' }, { rss: 2 ** 20, cache: 0, swap: 0, pagesIn: 7, pagesOut: 5, quota: 2 ** 29 }) // => 'source=web.1 dyno=heroku.1.2 sample#memory_total=1.00MB sample#memory_rss=1.00MB sample#memory_cache=0.00MB sample#memory_swap=0.00MB sample#memory_pgpgin=7pages sample#memory_pgpgout=5pages sample#memory_quota=512.00MB'
 */
export function encodeMemory(name: DynoName, use: MemoryUse): string | undefined {
  return encode(name, [
    ['memory_total', megabytes(use.rss + use.cache + use.swap)],
    ['memory_rss', megabytes(use.rss)],
    ['memory_cache', megabytes(use.cache)],
    ['memory_swap', megabytes(use.swap)],
    ['memory_pgpgin', pages(use.pagesIn)],
    ['memory_pgpgout', pages(use.pagesOut)],
    ['memory_quota', megabytes(use.quota)],
  ]);
}

/** The lines of one sample, load first as on the platform. */
export function encodeRuntimeMetrics(name: DynoName, { load, memory }: RuntimeFigures): string[] {
  const lines = [load && encodeLoad(name, load), memory && encodeMemory(name, memory)];
  return lines.filter((line) => line !== undefined);
}

type Word = readonly [name: string, value: string | undefined];

function encode({ source, dyno }: DynoName, words: readonly Word[]): string | undefined {
  if (words.some(([, value]) => value === undefined)) return undefined;
  return [`source=${source}`, `dyno=${dyno}`, ...words.map(([name, value]) => `sample#${name}=${value}`)].join(' ');
}

function pages(count: number): string | undefined {
  const number = decimal(Math.floor(count), 0);
  return number === undefined ? undefined : `${number}pages`;
}
