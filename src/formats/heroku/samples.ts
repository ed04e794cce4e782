/**
 * Reads measurements: a line's words in; a sample, or an alert of leakwatch's, out. Reads log-runtime-metrics with its
 * words in any order (`source=web.1 dyno=heroku.1.2 sample#memory_total=21.00MB ...`), the form of 2013 with one value
 * per line (`source=heroku.1.web.1.2 measure=memory_total val=766.50 units=MB`), and leakwatch's lines, l2met and JSON.
 * Source: devcenter.heroku.com/articles/log-runtime-metrics; src/sinks/log/log-lines.ts.
 */
import { METRICS, type MetricRow } from '../../model/metrics.ts';
import { decodeLine } from '../l2met.ts';
import { DOT, isDigit, SPACE, ZERO } from './ascii.ts';
import { clip, type LogEvent, type Measure, type SampleEvent } from './events.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ['bytes', 1],
  ['kb', 2 ** 10],
  ['mb', 2 ** 20],
  ['gb', 2 ** 30],
]);

/** The metrics on leakwatch's line for the whole dyno, with their names on that line and on the line of a group. */
export const OWN_METRICS: readonly { readonly row: MetricRow; readonly ofDyno: string; readonly ofGroup: string }[] =
  METRICS.flatMap((row) =>
    row.hostLog ? [{ row, ofDyno: `sample#${row.hostLog.name}`, ofGroup: `sample#${row.logName}` }] : [],
  );

/** The form of 2013: `heroku.2808254.web.1.d97d0ea7-cf3d-...` */
const SOURCE_OF_2013 = /^heroku\.([^.]+)\.(\w[\w-]*\.\w+)\.(.+)$/;

/** A double holds whole numbers up to here; a larger sample is a mistake. */
const MOST = 2 ** 53;

export interface FoundSample {
  readonly event: SampleEvent;
  /** `web.1`, from the line. */
  readonly source: string;
}

/**
 * The platform's own sample. Searches for the words that it needs instead of splitting the line: in a log without
 * requests most lines are samples.
 * @param message `source=...`
 * @returns undefined if the line holds no measure that is followed
 */
export function readPlatformSample(message: string): FoundSample | undefined {
  const measure = wordOf(message, ' measure=');
  if (measure !== undefined) return readSampleOf2013(message, measure);
  const load = amountAfter(message, ' sample#load_avg_1m=');
  // There are two kinds of lines, one of load and one of memory; a few receivers join them.
  const hasMemory = load === undefined || message.includes(' sample#memory_');
  const memory = hasMemory ? amountAfter(message, ' sample#memory_total=') : undefined;
  const swap = hasMemory ? amountAfter(message, ' sample#memory_swap=') : undefined;
  const quotaBytes = hasMemory ? amountAfter(message, ' sample#memory_quota=') : undefined;
  if (memory === undefined && swap === undefined && load === undefined && quotaBytes === undefined) return undefined;
  const cacheBytes = hasMemory ? amountAfter(message, ' sample#memory_cache=') : undefined;
  const { instance, appId } = readDyno(wordOf(message, 'dyno='));
  const event = sampleOf({ memory, swap, load }, { instance, appId, cacheBytes, quotaBytes });
  return { event, source: clip(wordOf(message, 'source=') ?? '') };
}

/** One value per line. */
function readSampleOf2013(message: string, measure: string): FoundSample | undefined {
  const source = wordOf(message, 'source=') ?? '';
  const [, appId, process, instance] = SOURCE_OF_2013.exec(source) ?? [];
  const value = amount(`${wordOf(message, ' val=') ?? ''}${wordOf(message, ' units=') ?? ''}`);
  if (value === undefined) return undefined;
  const of = {
    instance: instance === undefined ? undefined : clip(instance),
    appId: appId === undefined ? undefined : clip(appId),
    cacheBytes: undefined,
    quotaBytes: undefined,
  };
  const found = (values: Partial<Record<Measure, number>>): FoundSample => ({
    event: sampleOf(values, of),
    source: clip(process ?? source),
  });
  if (measure === 'memory_total') return found({ memory: value });
  if (measure === 'memory_swap') return found({ swap: value });
  return measure === 'load_avg_1m' ? found({ load: value }) : undefined;
}

function sampleOf(
  { memory, swap, load }: { readonly [measure in Measure]?: number | undefined },
  of: { readonly [key in 'instance' | 'appId']: string | undefined } & {
    readonly [key in 'cacheBytes' | 'quotaBytes']: number | undefined;
  },
): SampleEvent {
  const values: Partial<Record<Measure, number>> = {};
  if (memory !== undefined) values.memory = memory;
  if (swap !== undefined) values.swap = swap;
  if (load !== undefined) values.load = load;
  const event: { -readonly [key in keyof SampleEvent]: SampleEvent[key] } = { kind: 'sample', by: 'platform', values };
  if (of.instance !== undefined) event.instance = of.instance;
  if (of.appId !== undefined) event.appId = of.appId;
  if (of.cacheBytes !== undefined) event.cacheBytes = of.cacheBytes;
  if (of.quotaBytes) event.quotaBytes = of.quotaBytes;
  return event;
}

/** @returns the text after the first `key`, up to the next space */
function wordOf(message: string, key: string): string | undefined {
  const at = message.indexOf(key);
  if (at < 0) return undefined;
  const from = at + key.length;
  const end = message.indexOf(' ', from);
  return message.slice(from, end < 0 ? message.length : end);
}

function amountAfter(message: string, key: string): number | undefined {
  const at = message.indexOf(key);
  return at < 0 ? undefined : amountAt(message, at + key.length);
}

/**
 * A line of leakwatch's: what it counted, or an alert.
 * @param message `source=...` or `{"time":...`
 * @returns undefined if it is neither
 */
export function readOwnLine(message: string): LogEvent | undefined {
  if (message.startsWith('{')) return readOwnJson(message);
  const words = decodeLine(message);
  const at = words.get('at');
  const code = words.get('code') ?? '';
  if (isAt(at) && /^W\d\d$/.test(code)) {
    const comm = words.get('parent_comm') ?? words.get('process_comm');
    const metric = METRICS.find(({ logName }) => words.has(`sample#${logName}`))?.name;
    return {
      kind: 'alert',
      code,
      at,
      desc: clip(words.get('desc') ?? ''),
      group: clip(words.get('group') ?? ''),
      ...(metric !== undefined && { metric }),
      ...(comm !== undefined && { culprit: clip(`${comm} (${words.get('parent') ?? words.get('process') ?? '?'})`) }),
    };
  }
  const group = words.get('group');
  const values: Partial<Record<Measure, number>> = {};
  for (const { row, ofDyno, ofGroup } of OWN_METRICS) {
    const value = amount(words.get(group === undefined ? ofDyno : ofGroup));
    if (value !== undefined) values[row.name] = value;
  }
  return ownSample(values, words.get('dyno'), group, amount(words.get('sample#thread_limit')));
}

/** A line of `--log-format json`. */
function readOwnJson(message: string): LogEvent | undefined {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(message);
  } catch {
    return undefined;
  }
  const { at, code, desc, group, dyno } = line;
  const text = (value: unknown): string => (typeof value === 'string' ? clip(value) : '');
  if (isAt(at) && typeof code === 'string' && /^W\d\d$/.test(code)) {
    const { comm, pid } = (line.culprit ?? {}) as { comm?: unknown; pid?: unknown };
    const culprit = comm === undefined ? {} : { culprit: `${text(comm)} (${Number(pid)})` };
    const metric = METRICS.find(({ name }) => name === line.metric)?.name;
    const named = metric === undefined ? {} : { metric };
    return { kind: 'alert', code, at, desc: text(desc), group: text(group), ...named, ...culprit };
  }
  if (at !== 'sample') return undefined;
  const values: Partial<Record<Measure, number>> = {};
  for (const { row } of OWN_METRICS) {
    const value = line[row.name];
    if (typeof value === 'number' && value >= 0 && value < MOST) values[row.name] = value;
  }
  const limits = line.limits as { threads?: { limit?: unknown } } | undefined;
  const limit = limits?.threads?.limit;
  const named = typeof group === 'string' ? group : undefined;
  return ownSample(values, text(dyno), named, typeof limit === 'number' ? limit : undefined);
}

function ownSample(
  values: SampleEvent['values'],
  dyno: string | undefined,
  group: string | undefined,
  threadLimit: number | undefined,
): SampleEvent | undefined {
  if (Object.keys(values).length === 0) return undefined;
  const { instance, appId } = readDyno(dyno);
  return {
    kind: 'sample',
    by: 'leakwatch',
    values,
    ...(instance !== undefined && { instance }),
    ...(appId !== undefined && { appId }),
    ...(group !== undefined && { group: clip(group) }),
    ...(threadLimit !== undefined && threadLimit > 0 && { threadLimit }),
  };
}

function isAt(at: unknown): at is 'alert' | 'warn' | 'resolved' {
  return at === 'alert' || at === 'warn' || at === 'resolved';
}

/** `heroku.2808254.d97d0ea7-cf3d-...`; an id of another form is an instance without an app. */
function readDyno(dyno: string | undefined): { instance?: string; appId?: string } {
  if (!dyno) return {};
  const [, appId, instance] = /^heroku\.([^.]+)\.(.+)$/.exec(dyno) ?? [];
  if (appId === undefined || instance === undefined) return { instance: clip(dyno) };
  return { instance: clip(instance), appId: clip(appId) };
}

/**
 * A number with an optional unit of letters; in bytes if it has a unit.
 * @returns undefined if it is not a plain number with a known unit
 * @example amount('512.00MB') // => 536870912
 * @example amount('2.46') // => 2.46
 * @example amount('-1MB') // => undefined
 */
export function amount(text: string | undefined): number | undefined {
  return text === undefined || text.includes(' ') ? undefined : amountAt(text, 0);
}

/** A double holds 15 decimal digits exactly (IEEE 754, DBL_DIG). */
const MOST_DIGITS = 15;
/** Length of the longest unit: `bytes`, `pages`. */
const MOST_UNIT = 5;

/** The amount from this position to the end of its word. */
function amountAt(text: string, from: number): number | undefined {
  let at = from;
  let digits = 0;
  let scale = 1;
  for (; isDigit(text.charCodeAt(at)); at++) digits = digits * 10 + text.charCodeAt(at) - ZERO;
  if (at === from || at - from > MOST_DIGITS) return undefined;
  if (text.charCodeAt(at) === DOT) {
    const point = at++;
    for (; isDigit(text.charCodeAt(at)); at++) {
      digits = digits * 10 + text.charCodeAt(at) - ZERO;
      scale *= 10;
    }
    if (at === point + 1 || at - from > MOST_DIGITS) return undefined;
  }
  const unit = at;
  while (at < text.length && text.charCodeAt(at) !== SPACE) if (at++ - unit > MOST_UNIT) return undefined;
  const factor = at === unit ? 1 : UNITS.get(text.slice(unit, at).toLowerCase());
  const value = factor === undefined ? Number.NaN : (digits / scale) * factor;
  return value < MOST ? value : undefined;
}
