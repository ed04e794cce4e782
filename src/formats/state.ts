/**
 * The state file: what was learned, as one JSON text with one line per group, the latest seen first:
 *   {"leakwatch-state":1,"intervalSeconds":20,"groups":[
 *   {"name":"unicorn","lastSeen":1700000000,"start":"4711:881234","series":{"threads":{"slots":4320,"lives":{...},"floorFalls":[...],...},...}}
 *   ]}
 * Nine digits hold a number of single precision (24 bits) exactly. Cost: about 4 KB and half a millisecond per group.
 */
import type {
  Learned,
  LearnedGroup,
  LearnedLives,
  LearnedName,
  LearnedReaping,
  LearnedRelease,
  LearnedSeries,
} from '../model/learned.ts';
import { MOST_LEARNED, MOST_RELEASES } from '../model/learned.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import { asAscii, MAX_NUMBER, Malformed, readList, readObject, readQuantity, within } from './json.ts';

const KEY = 'leakwatch-state';
const VERSION = 1;
/** Enough for each number of single precision to come back as it was: C11 5.2.4.2.2, FLT_DECIMAL_DIG. */
const DIGITS = 9;
/** In UTF-16 units. Chosen: twice what a log line shows of a name (see hostText). */
const MAX_NAME_LENGTH = 256;
/** A scale has 14 levels at the usual interval (series/scale.ts), and fewer than this at any. */
const MAX_LEVELS = 64;
const NUMBERS_A_LEVEL = 4;
/** `SignEvidence` stops at 1e30, which in single precision is a little more. */
const MAX_EVIDENCE = Math.fround(1e30);
const NAMES: readonly LearnedName[] = [...METRICS.map(({ name }) => name), 'fullest'];

/**
 * Does a state file begin so, whole or cut off? Spaces are those of an editor.
 * @param text not empty
 */
export function isStateStart(text: string): boolean {
  const start = `{"${KEY}":`;
  const found = text.replace(/\s/g, '');
  return found.startsWith(start) || start.startsWith(found);
}

/** @param atMost characters, all ASCII. Groups that do not fit are left out from the end and counted. */
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

function encodeGroup({ name, lastSeen, start, series, releases }: LearnedGroup): string {
  const encoded: Partial<Record<LearnedName, LearnedSeries>> = {};
  for (const one of NAMES) if (series[one]) encoded[one] = rounded(series[one]);
  const told = { name, lastSeen: Math.round(lastSeen), start: startOf(start), series: encoded, releases };
  return asAscii(JSON.stringify(told));
}

/** A recording may give any text as the root of a group; one that would not be read again is left out. */
function startOf(start: string | undefined): string | undefined {
  return start !== undefined && start.length <= MAX_NAME_LENGTH ? start : undefined;
}

function rounded({ slots, lives, startedAt, reaping, floorFalls, meanFalls, evidence }: LearnedSeries): LearnedSeries {
  return {
    slots,
    ...(lives && { lives: { ...lives, highs: lives.highs.map(short), lows: lives.lows.map(short) } }),
    ...(startedAt !== undefined && { startedAt: short(startedAt) }),
    ...(reaping && { reaping }),
    floorFalls: floorFalls.map(short),
    meanFalls: meanFalls.map(short),
    evidence: evidence.map(short),
  };
}

const short = (value: number): number => Number(value.toPrecision(DIGITS));

/**
 * The inverse of `encodeState`. Unknown keys are ignored.
 * @throws {Malformed} names what is wrong in printable ASCII, whatever the text holds
 */
export function decodeState(text: string): Learned {
  const state = readObject(parse(text), 'state');
  if (!(KEY in state)) throw new Malformed('', 'it is not a state file of leakwatch');
  if (state[KEY] !== VERSION) throw new Malformed('', `${KEY} is not ${VERSION}, the only version that is read here`);
  const intervalSeconds = readQuantity(state.intervalSeconds, 'intervalSeconds');
  if (intervalSeconds === 0) throw new Malformed('intervalSeconds', 'not a number above 0');
  const groups = readList(state.groups, 'groups', MOST_LEARNED).map((group, at) =>
    within('groups', String(at), () => readGroup(group)),
  );
  if (new Set(groups.map(({ name }) => name)).size < groups.length) throw new Malformed('groups', 'has a name twice');
  return { intervalSeconds, groups };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed('', 'it is not JSON, or not all of it is there');
  }
}

function readGroup(json: unknown): LearnedGroup {
  const { name, lastSeen, start, series, releases } = readObject(json, '');
  const read = { name: readName(name, 'name'), ...(start !== undefined && { start: readName(start, 'start') }) };
  const given = readObject(series, 'series');
  const known: Partial<Record<LearnedName, LearnedSeries>> = {};
  for (const one of NAMES)
    if (Object.hasOwn(given, one)) known[one] = within('series', one, () => readSeries(given[one]));
  return {
    ...read,
    lastSeen: readQuantity(lastSeen, 'lastSeen'),
    series: known,
    ...(releases !== undefined && {
      releases: readList(releases, 'releases', MOST_RELEASES).map((one, at) =>
        within('releases', String(at), () => readRelease(one)),
      ),
    }),
  };
}

function readName(json: unknown, path: string): string {
  if (typeof json !== 'string' || json.length > MAX_NAME_LENGTH)
    throw new Malformed(path, `not a text of at most ${MAX_NAME_LENGTH} characters`);
  return json;
}

function readRelease(json: unknown): LearnedRelease {
  const { release, seconds, rises } = readObject(json, '');
  const name = readName(release, 'release');
  const given = readObject(rises, 'rises');
  const known: Partial<Record<Metric, number>> = {};
  for (const { name } of METRICS)
    if (Object.hasOwn(given, name)) known[name] = readQuantity(given[name], `rises.${name}`);
  return { release: name, seconds: readQuantity(seconds, 'seconds'), rises: known };
}

function readSeries(json: unknown): LearnedSeries {
  const { slots, lives, startedAt, reaping, floorFalls, meanFalls, evidence } = readObject(json, '');
  if (!Number.isInteger(slots)) throw new Malformed('slots', 'not a whole number');
  const floors = readSingles(floorFalls, 'floorFalls', MAX_NUMBER);
  const means = readSingles(meanFalls, 'meanFalls', MAX_NUMBER);
  const bets = readSingles(evidence, 'evidence', MAX_EVIDENCE);
  if (means.length !== floors.length || bets.length !== NUMBERS_A_LEVEL * floors.length)
    throw new Malformed('', 'its lists do not have the same number of levels');
  return {
    slots: readQuantity(slots, 'slots'),
    ...(lives !== undefined && { lives: readLives(lives) }),
    ...(startedAt !== undefined && { startedAt: readSingle(startedAt, 'startedAt', MAX_NUMBER) }),
    ...(reaping !== undefined && { reaping: readReaping(reaping) }),
    floorFalls: floors,
    meanFalls: means,
    evidence: bets,
  };
}

function readLives(json: unknown): LearnedLives {
  const { settled, unsettledSlots, thirdRise, fourthRise, highs, lows } = readObject(json, 'lives');
  const [high, low] = [readSingles(highs, 'lives.highs', MAX_NUMBER), readSingles(lows, 'lives.lows', MAX_NUMBER)];
  if (high.length !== low.length) throw new Malformed('lives', 'its lists are not of the same length');
  return {
    settled: readQuantity(settled, 'lives.settled'),
    unsettledSlots: readQuantity(unsettledSlots, 'lives.unsettledSlots'),
    thirdRise: readQuantity(thirdRise, 'lives.thirdRise'),
    fourthRise: readQuantity(fourthRise, 'lives.fourthRise'),
    highs: high,
    lows: low,
  };
}

function readReaping(json: unknown): LearnedReaping {
  const { most, slots } = readObject(json, 'reaping');
  return { most: readQuantity(most, 'reaping.most'), slots: readQuantity(slots, 'reaping.slots') };
}

function readSingles(json: unknown, path: string, most: number): number[] {
  const list = readList(json, path, NUMBERS_A_LEVEL * MAX_LEVELS);
  return list.map((value, at) => readSingle(value, `${path}.${at}`, most));
}

/** A number in single precision (24 bits), as the detectors keep them. */
function readSingle(json: unknown, path: string, most: number): number {
  const single = typeof json === 'number' && json >= 0 ? Math.fround(json) : Number.NaN;
  if (!(single <= most)) throw new Malformed(path, `not a number from 0 to ${most === MAX_NUMBER ? '2^53' : most}`);
  return single;
}
