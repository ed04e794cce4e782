/**
 * A recording has one JSON text per line: a header, then one line of readings for each sample. Anyone can write one.
 *   {"leakwatch":1,"intervalSeconds":20,"source":"web.1"}
 *   {"t":1700000000,"groups":{"unicorn":{"start":"4711:881234","threads":43,"rss":412000000}},"limits":{"threads":256},"used":{"threads":43}}
 * Seconds and bytes; absent or null = unknown. Unknown keys and resources are ignored, so that an older leakwatch
 * reads a newer file. Cost: one JSON.parse per line, and one check for each metric of each group.
 */
import { METRICS, type Metric, RESOURCES, type Resource } from '../model/metrics.ts';
import type { Bound, GroupReading, Readings } from '../model/reading.ts';
import {
  asAscii,
  isQuantity,
  type Json,
  Malformed,
  optional,
  readFlag,
  readObject,
  readQuantity,
  readText,
  within,
} from './json.ts';

/** Of the format: what a header of this program says, and the latest that it reads. */
export const VERSION = 1;
const BYTE_ORDER_MARK = 0xfeff;
/**
 * In UTF-16 units. A line of 50 groups takes about 10 KB, so this is ten times what 500 groups (the largest
 * --max-groups) take.
 */
const MAX_LINE_LENGTH = 1024 * 1024;
/** Chosen: twenty times the largest --max-groups. With more, a line has no room for values (MAX_LINE_LENGTH). */
const MAX_GROUPS = 10_000;
/** Seconds since the epoch of the last date that a `Date` holds: ECMA-262, 21.4.1.1. */
const MAX_TIME = 8.64e12;
/** Chosen: a busy host is late by less, and nobody chooses intervals that differ by so little. */
const WHOLE_SHARE = 0.01;
/** Times are written in milliseconds. */
const LEAST_STEP_SECONDS = 0.001;
const METRIC_NAMES = METRICS.map((row) => row.name);
/** Numbers of a group beside its metrics. */
const MORE = ['oldestZombieSeconds', 'roots', 'orphans', 'oldestOrphanSeconds'] as const;

/** Facts of a group, written only where they hold. */
const FLAGS = ['session', 'parentUnseen'] as const;

export interface RecordingHeader {
  /** Time between two samples. */
  readonly intervalSeconds: number;
  /** Host or dyno where the recording was made; empty if the file does not say. */
  readonly source: string;
}

export type RecordingLine =
  | ({ readonly kind: 'header' } & RecordingHeader)
  | { readonly kind: 'readings'; readonly readings: Readings }
  | { readonly kind: 'blank' }
  /** A header of a later version of the format: what follows may mean something else. */
  | { readonly kind: 'later'; readonly version: number }
  /** The reason is printable ASCII of bounded length, whatever the line holds. */
  | { readonly kind: 'malformed'; readonly reason: string };

type Bounds = Readonly<Partial<Record<Resource, Bound>>>;

/**
 * @returns the line without its newline
 * @example encodeHeader({ intervalSeconds: 20, source: 'web.1' }) // => '{"leakwatch":1,"intervalSeconds":20,"source":"web.1"}'
 */
export function encodeHeader({ intervalSeconds, source }: RecordingHeader): string {
  return asAscii(JSON.stringify({ leakwatch: VERSION, intervalSeconds, source }));
}

/**
 * Does a recording begin so? With its header, or with a line of readings, where the lines before it were cut off.
 */
export function isRecordingStart(text: string): boolean {
  return /^\s*\{\s*"(leakwatch|t)"\s*:\s*\d/.test(text);
}

/**
 * Time is rounded to milliseconds; a number that the format cannot hold (infinite, negative) is left out as unknown.
 * @returns the line without its newline
 */
export function encodeReadings({ t, extra, groups, bounds }: Readings): string {
  // No prototype: a group may be called __proto__.
  const encoded: Record<string, unknown> = Object.create(null);
  for (const [name, group] of groups) encoded[name] = encodeGroup(group, bounds);
  const limits: Partial<Record<Resource, number>> = {};
  const used: Partial<Record<Resource, number>> = {};
  const of: Partial<Record<Resource, string>> = {};
  for (const resource of RESOURCES) {
    const bound = bounds[resource];
    if (!isBound(bound)) continue;
    limits[resource] = bound.limit;
    used[resource] = bound.used;
    if (bound.of !== undefined) of[resource] = bound.of;
  }
  const refused = refusedOf(bounds);
  return asAscii(
    JSON.stringify({
      t: Math.round(t * 1000) / 1000,
      ...(extra && { extra }),
      groups: encoded,
      limits,
      used,
      ...(Object.keys(of).length > 0 && { of }),
      ...(refused && { refused }),
    }),
  );
}

/** How often limits were enforced, by resource; undefined if none was. */
function refusedOf(bounds: Bounds): Partial<Record<Resource, number>> | undefined {
  const entries = RESOURCES.flatMap((resource) => {
    const refused = bounds[resource]?.refused;
    return refused ? [[resource, refused] as const] : [];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function encodeGroup({ start, values, bounds, ...more }: GroupReading, hostBounds: Bounds): object {
  const encoded: Record<string, unknown> = { start };
  for (const name of METRIC_NAMES) {
    if (isQuantity(values[name])) encoded[name] = values[name];
  }
  for (const name of MORE) if (isQuantity(more[name])) encoded[name] = more[name];
  for (const name of FLAGS) if (more[name]) encoded[name] = true;
  // A group without limits in the line has those of the host.
  if (!sameBounds(bounds, hostBounds)) {
    const limits: Partial<Record<Resource, readonly [used: number, limit: number, of?: string]>> = {};
    for (const resource of RESOURCES) {
      const bound = bounds[resource];
      if (!isBound(bound)) continue;
      limits[resource] = bound.of === undefined ? [bound.used, bound.limit] : [bound.used, bound.limit, bound.of];
    }
    encoded.limits = limits;
    const refused = refusedOf(bounds);
    if (refused) encoded.refused = refused;
  }
  return encoded;
}

/**
 * The interval of a recording that does not tell it: the median of the times between its samples, as a whole number of
 * seconds if it is within one in a hundred of one.
 * @param times of samples that are not extra, in their order
 * @returns undefined if no time follows another
 * @example inferInterval([0, 60.01, 120.01, 420]) // => 60
 * @example inferInterval([0, 0.1, 0.2]) // => 0.1
 */
export function inferInterval(times: readonly number[]): number | undefined {
  const steps = times.slice(1).map((t, at) => t - times[at]!);
  const forward = steps.filter((step) => step >= LEAST_STEP_SECONDS).sort((a, b) => a - b);
  const median = forward[(forward.length - 1) >> 1];
  if (median === undefined) return undefined;
  const whole = Math.round(median);
  return Math.abs(median - whole) <= WHOLE_SHARE * whole ? whole : Math.round(median * 1000) / 1000;
}

/**
 * Never throws, whatever the text. If the line does not say how much of a limit of the host is used, the sum over
 * the groups is taken, for threads (with zombies) and memory.
 * @param text one line, with or without its newline
 * @example parseRecordingLine('{"leakwatch":1,"intervalSeconds":20,"source":"web.1"}') // => { kind: 'header', intervalSeconds: 20, source: 'web.1' }
 * @example parseRecordingLine('{"t":-1,"groups":{}}') // => { kind: 'malformed', reason: 't: not a number from 0 to 2^53' }
 */
export function parseRecordingLine(text: string): RecordingLine {
  if (text.length > MAX_LINE_LENGTH) return { kind: 'malformed', reason: 'longer than 1 MB' };
  let line: unknown;
  try {
    // Editors of Windows begin a file with a byte order mark.
    line = JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
  } catch {
    return text.trim() === '' ? { kind: 'blank' } : { kind: 'malformed', reason: 'not JSON' };
  }
  try {
    const object = readObject(line, 'line');
    return 'leakwatch' in object ? readHeader(object) : { kind: 'readings', readings: readReadings(object) };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', reason: error.message };
    throw error;
  }
}

function readHeader({ leakwatch, intervalSeconds, source }: Json): RecordingLine {
  if (Number.isInteger(leakwatch) && Number(leakwatch) > VERSION) return { kind: 'later', version: Number(leakwatch) };
  if (leakwatch !== VERSION) throw new Malformed('leakwatch', `not version ${VERSION}, the only one read here`);
  const seconds = optional(readQuantity, intervalSeconds, 'intervalSeconds');
  if (!seconds) throw new Malformed('intervalSeconds', 'not a number above 0');
  return { kind: 'header', intervalSeconds: seconds, source: optional(readText, source, 'source') ?? '' };
}

function readReadings(line: Json): Readings {
  const t = optional(readQuantity, line.t, 't');
  if (t === undefined) throw new Malformed('t', 'missing');
  if (t > MAX_TIME) throw new Malformed('t', 'after the last date that there is');
  const extra = optional(readFlag, line.extra, 'extra');
  const entries = optional(readObject, line.groups, 'groups');
  if (!entries) throw new Malformed('groups', 'missing');
  const names = Object.keys(entries);
  if (names.length > MAX_GROUPS) throw new Malformed('groups', `more than ${MAX_GROUPS}`);
  // Groups without limits of their own share this object. It is filled later, because a missing `used` is their sum.
  const bounds: Partial<Record<Resource, Bound>> = {};
  const groups = new Map<string, GroupReading>();
  for (const name of names) {
    groups.set(
      name,
      within('groups', name, () => readGroup(entries[name], bounds)),
    );
  }
  const limits = optional(readObject, line.limits, 'limits');
  const allUsed = optional(readObject, line.used, 'used');
  const scopes = optional(readObject, line.of, 'of');
  const allRefused = optional(readObject, line.refused, 'refused');
  for (const resource of RESOURCES) {
    const limit = optional(readQuantity, limits?.[resource], `limits.${resource}`);
    const given = optional(readQuantity, allUsed?.[resource], `used.${resource}`);
    if (limit === undefined) continue;
    const used = given ?? sumUsed(resource, groups);
    const of = optional(readText, scopes?.[resource], `of.${resource}`);
    const refused = optional(readQuantity, allRefused?.[resource], `refused.${resource}`);
    if (used !== undefined) bounds[resource] = boundOf(used, limit, of, refused);
  }
  return { t, ...(extra && { extra }), groups, bounds };
}

function readGroup(json: unknown, hostBounds: Bounds): GroupReading {
  const group = readObject(json, 'reading');
  const values: Partial<Record<Metric, number>> = {};
  for (const metric of METRIC_NAMES) {
    const value = optional(readQuantity, group[metric], metric);
    if (value !== undefined) values[metric] = value;
  }
  const start = optional(readText, group.start, 'start') ?? '';
  const bounds = readGroupBounds(group.limits, group.refused) ?? hostBounds;
  const more: Partial<Record<(typeof MORE)[number], number>> = {};
  for (const name of MORE) {
    const value = optional(readQuantity, group[name], name);
    if (value !== undefined) more[name] = value;
  }
  const flags: Partial<Record<(typeof FLAGS)[number], true>> = {};
  for (const name of FLAGS) if (optional(readFlag, group[name], name)) flags[name] = true;
  return { start, values, ...more, ...flags, bounds };
}

function readGroupBounds(json: unknown, refusedJson: unknown): Bounds | undefined {
  const limits = optional(readObject, json, 'limits');
  if (!limits) return undefined;
  const allRefused = optional(readObject, refusedJson, 'refused');
  const bounds: Partial<Record<Resource, Bound>> = {};
  for (const resource of RESOURCES) {
    const pair = limits[resource] ?? undefined;
    if (pair === undefined) continue;
    const path = `limits.${resource}`;
    if (!Array.isArray(pair) || pair.length < 2 || pair.length > 3)
      throw new Malformed(path, 'not [used, limit] or [used, limit, of]');
    const used = optional(readQuantity, pair[0], path);
    const limit = optional(readQuantity, pair[1], path);
    const of = optional(readText, pair[2], path);
    const refused = optional(readQuantity, allRefused?.[resource], `refused.${resource}`);
    if (used !== undefined && limit !== undefined) bounds[resource] = boundOf(used, limit, of, refused);
  }
  return bounds;
}

function boundOf(used: number, limit: number, of = '', refused = 0): Bound {
  return { used, limit, ...(of !== '' && { of }), ...(refused > 0 && { refused }) };
}

/**
 * The sum over the groups. Undefined if no group has a value, and for descriptors: each process has its own limit.
 */
function sumUsed(resource: Resource, groups: ReadonlyMap<string, GroupReading>): number | undefined {
  if (resource === 'fds') return undefined;
  let sum: number | undefined;
  let zombies = 0;
  for (const { values } of groups.values()) {
    const value = resource === 'memory' ? values.rss : values.threads;
    if (value !== undefined) sum = (sum ?? 0) + value;
    zombies += values.zombies ?? 0;
  }
  return sum === undefined || resource === 'memory' ? sum : sum + zombies;
}

function isBound(bound: Bound | undefined): bound is Bound {
  return bound !== undefined && isQuantity(bound.used) && isQuantity(bound.limit);
}

function sameBounds(a: Bounds, b: Bounds): boolean {
  return RESOURCES.every(
    (name) =>
      a[name]?.used === b[name]?.used &&
      a[name]?.limit === b[name]?.limit &&
      a[name]?.of === b[name]?.of &&
      a[name]?.refused === b[name]?.refused,
  );
}
