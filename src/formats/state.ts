/**
 * What was learned, as one JSON text with a line a group, those that were seen last first:
 *   {"leakwatch-state":1,"intervalSeconds":20,"groups":[
 *   {"name":"unicorn","lastSeen":1700000000,"series":{"threads":{"slots":4320,"settledAt":46,"floorFalls":[...],...},...}}
 *   ]}
 * Numbers of 24 bits are written with nine digits, which is exact. About 4 KB a group, and half a millisecond to write.
 */
import type { Learned, LearnedGroup, LearnedName, LearnedSeries } from '../model/learned.ts';
import { MOST_LEARNED } from '../model/learned.ts';
import { METRICS } from '../model/metrics.ts';

const KEY = 'leakwatch-state';
const VERSION = 1;
const DIGITS = 9;
/** In UTF-16 units; names of groups are far shorter. */
const MAX_NAME_LENGTH = 256;
const MAX_LEVELS = 64;
const NUMBERS_A_LEVEL = 4;
/** Beyond 2^53 a double skips whole numbers; evidence ends at 1e30, in 24 bits a little more. */
const MAX_NUMBER = 2 ** 53;
const MAX_EVIDENCE = Math.fround(1e30);
const NAMES: readonly LearnedName[] = [...METRICS.map(({ name }) => name), 'fullest'];

type Json = Readonly<Record<string, unknown>>;

/** @param atMost characters, all of them ASCII: groups that do not fit are left out from the end, and counted */
export function encodeState(learned: Learned, atMost: number): { text: string; leftOut: number } {
  const { intervalSeconds, groups } = learned;
  let text = `{"${KEY}":${VERSION},"intervalSeconds":${JSON.stringify(intervalSeconds)},"groups":[`;
  const end = '\n]}\n';
  for (const [at, group] of groups.entries()) {
    const line = `${at === 0 ? '\n' : ',\n'}${encodeGroup(group)}`;
    if (text.length + line.length + end.length > atMost) return { text: text + end, leftOut: groups.length - at };
    text += line;
  }
  return { text: text + end, leftOut: 0 };
}

function encodeGroup({ name, lastSeen, series }: LearnedGroup): string {
  const encoded: Partial<Record<LearnedName, LearnedSeries>> = {};
  for (const one of NAMES) if (series[one]) encoded[one] = rounded(series[one]);
  return asAscii(JSON.stringify({ name, lastSeen: Math.round(lastSeen), series: encoded }));
}

function rounded({ slots, settledAt, startedAt, floorFalls, meanFalls, evidence }: LearnedSeries): LearnedSeries {
  return {
    slots,
    ...(settledAt !== undefined && { settledAt: short(settledAt) }),
    ...(startedAt !== undefined && { startedAt: short(startedAt) }),
    floorFalls: floorFalls.map(short),
    meanFalls: meanFalls.map(short),
    evidence: evidence.map(short),
  };
}

const short = (value: number): number => Number(value.toPrecision(DIGITS));

/** So that its characters are its bytes. */
function asAscii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * The inverse of `encodeState`. Keys that are not known here are passed over.
 * @throws {Error} one sentence that names what is wrong, in printable ASCII, whatever the text holds
 */
export function decodeState(text: string): Learned {
  const state = objectOf(parse(text), 'it');
  if (!(KEY in state)) throw new Error('it is no state of leakwatch');
  if (state[KEY] !== VERSION) throw new Error(`${KEY} is not ${VERSION}, the only version that is read here`);
  const intervalSeconds = quantityOf(state.intervalSeconds, 'intervalSeconds');
  if (intervalSeconds === 0) throw new Error('intervalSeconds is 0');
  const groups = arrayOf(state.groups, 'groups', MOST_LEARNED).map((group, at) => groupOf(group, `groups.${at}`));
  if (new Set(groups.map(({ name }) => name)).size < groups.length) throw new Error('groups has a name twice');
  return { intervalSeconds, groups };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('it is not JSON, or not all of it is there');
  }
}

function groupOf(json: unknown, path: string): LearnedGroup {
  const { name, lastSeen, series } = objectOf(json, path);
  if (typeof name !== 'string' || name.length > MAX_NAME_LENGTH)
    throw new Error(`${path}.name is not a text of ${MAX_NAME_LENGTH} characters at most`);
  const given = objectOf(series, `${path}.series`);
  const known: Partial<Record<LearnedName, LearnedSeries>> = {};
  for (const one of NAMES) if (Object.hasOwn(given, one)) known[one] = seriesOf(given[one], `${path}.series.${one}`);
  return { name, lastSeen: quantityOf(lastSeen, `${path}.lastSeen`), series: known };
}

function seriesOf(json: unknown, path: string): LearnedSeries {
  const { slots, settledAt, startedAt, floorFalls, meanFalls, evidence } = objectOf(json, path);
  if (!Number.isInteger(slots)) throw new Error(`${path}.slots is not a whole number`);
  const floors = numbersOf(floorFalls, `${path}.floorFalls`, MAX_NUMBER);
  const means = numbersOf(meanFalls, `${path}.meanFalls`, MAX_NUMBER);
  const bets = numbersOf(evidence, `${path}.evidence`, MAX_EVIDENCE);
  if (means.length !== floors.length || bets.length !== NUMBERS_A_LEVEL * floors.length)
    throw new Error(`${path} is not of one number of levels`);
  return {
    slots: quantityOf(slots, `${path}.slots`),
    ...(settledAt !== undefined && { settledAt: Math.fround(quantityOf(settledAt, `${path}.settledAt`)) }),
    ...(startedAt !== undefined && { startedAt: Math.fround(quantityOf(startedAt, `${path}.startedAt`)) }),
    floorFalls: floors,
    meanFalls: means,
    evidence: bets,
  };
}

function numbersOf(json: unknown, path: string, most: number): number[] {
  return arrayOf(json, path, NUMBERS_A_LEVEL * MAX_LEVELS).map((value, at) =>
    Math.fround(quantityOf(value, `${path}.${at}`, most)),
  );
}

function quantityOf(json: unknown, path: string, most: number = MAX_NUMBER): number {
  if (typeof json !== 'number' || !(json >= 0 && Math.fround(json) <= most))
    throw new Error(`${path} is not a number from 0 to ${most}`);
  return json;
}

function arrayOf(json: unknown, path: string, most: number): readonly unknown[] {
  if (!Array.isArray(json)) throw new Error(`${path} is not a list`);
  if (json.length > most) throw new Error(`${path} has more than ${most} entries`);
  return json;
}

function objectOf(json: unknown, path: string): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error(`${path} is not an object`);
  return json as Json;
}
