/**
 * How programs out there read the log lines of a dyno: their grammars as small functions, so that what we print is known
 * to mean the same to them. Written after the sources named; each takes what its original takes, quirks included.
 */

/**
 * log2viz, app.rb: `TIME app[web.1]: k=v ...`. The line is skipped unless every word of it is a pair.
 * @returns undefined for a line that it skips
 */
export function readAsLog2viz(logLine: string): Map<string, string> | undefined {
  const message = /(\S+)\s(\w+)\[(\w|.+)\]:\s(.*)/.exec(logLine)?.[4];
  if (message === undefined) return undefined;
  const pairs = [...message.matchAll(/(\S+=(?:"[^"]*"|\S+))\s?/g)].map(([, pair]) => pair!);
  if (pairs.join(' ') !== message.trimEnd()) return undefined;
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

export interface L2metMetric {
  readonly type: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/**
 * l2met, parser.go and tuple.go: words that begin with the type of a metric. Its number is the leading digits with the
 * first dot, so that an exponent is cut off; a sign makes it an error.
 */
export function readAsL2met(line: string): L2metMetric[] {
  return line.split(' ').flatMap((word) => {
    const [, type, name, text] = /^(measure#|sample#|count#|measure\.)([^=]+)=(.*)$/.exec(word) ?? [];
    if (type === undefined || name === undefined || text === undefined) return [];
    const digits = /^\d+(\.\d*)?/.exec(text)?.[0];
    if (digits === undefined && text !== '') throw new Error(`l2met drops ${word}`);
    const value = digits === undefined ? 1 : Number(digits);
    return [{ type: type.slice(0, -1), name, value, unit: text.replace(/^[\d.]+|[\d.]+$/g, '') }];
  });
}

/**
 * vector's heroku_logs source: the body is split at newlines, whatever the octet counts say, and there must be as many
 * lines that are not empty as the header counts.
 * @returns the messages, or undefined for a body that it answers with 400
 */
export function readAsVector(body: string, messageCount: number): string[] | undefined {
  const lines = body.split('\n').filter((line) => line !== '');
  if (lines.length !== messageCount) return undefined;
  return lines.map((line) => line.split(' ').slice(7).join(' '));
}

/** A batch as the log router posts it: `LENGTH <PRI>1 TIME host app PROCESS - MESSAGE\n`, the newline counted. */
export function frameAsLogplex(messages: readonly string[]): string {
  return messages
    .map((message) => `<190>1 2026-11-20T21:22:00.123456+00:00 host app web.1 - ${message}\n`)
    .map((record) => `${Buffer.byteLength(record)} ${record}`)
    .join('');
}

/** A client that writes to InfluxDB: `sample#name=number unit` word by word; undefined for a word that it cannot read. */
export function readAsInflux(word: string): { name: string; value: number; unit: string } | undefined {
  const [, name, value, unit] = /^sample#(\w+)=([\d.]+)(.*)$/.exec(word) ?? [];
  return name === undefined ? undefined : { name, value: Number(value), unit: unit! };
}

/** lumbermill, dyno_msg.go: keys are matched by their ends, so that a stranger's key overwrites the platform's. */
const LUMBERMILL_SUFFIXES = [
  'memory_total',
  'memory_rss',
  'memory_cache',
  'memory_swap',
  'memory_pgpgin',
  'memory_pgpgout',
  'load_avg_1m',
  'load_avg_5m',
  'load_avg_15m',
];

export function lumbermillTakes(key: string): boolean {
  return LUMBERMILL_SUFFIXES.some((suffix) => key.endsWith(suffix));
}

/** node-heroku-cloudwatch-drain, parseMetrics.js: the platform's own two lines and nothing else. */
const CLOUDWATCH_LINES = [
  /source=(\w+[.]\d+) dyno=([^ ]+) sample#memory_total=([^ ]+)MB sample#memory_rss=([^ ]+)MB sample#memory_cache=([^ ]+)MB sample#memory_swap=([^ ]+)MB sample#memory_pgpgin=([^ ]+)pages sample#memory_pgpgout=([^ ]+)pages sample#memory_quota=([^ ]+)MB/,
  /source=(\w+[.]\d+) dyno=([^ ]+) sample#load_avg_1m=([^ ]+) sample#load_avg_5m=([^ ]+) sample#load_avg_15m=([^ ]+)/,
];

export function cloudwatchTakes(line: string): boolean {
  return CLOUDWATCH_LINES.some((pattern) => pattern.test(line));
}

/** l2met-shuttle, filter.go: what of a line it passes on. */
export function filterAsL2metShuttle(line: string): string[] {
  return line.match(/\b((?:(?:count|measure|sample|unique)#[^=]+|source)=[^ ]+)\b/g) ?? [];
}
