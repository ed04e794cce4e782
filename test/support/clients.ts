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

/** What a client makes of a line: a gauge, a counter ... with its name there. */
export interface ClientMetric {
  readonly type: string;
  readonly name: string;
  readonly value: number;
}

/**
 * heroku-datadog-drain (Node), app.js: npm logfmt on the whole record; the keys `heroku`, `source` and `dyno` must be
 * there, and each `sample#` becomes a histogram. The number is the first run of digits and dots: a sign is lost.
 * @param parse npm's `logfmt.parse`
 */
export function readAsDatadogDrain(
  record: string,
  parse: (line: string) => Record<string, string | boolean | null>,
): ClientMetric[] {
  const line = parse(record);
  if (!('heroku' in line && 'source' in line && 'dyno' in line)) return [];
  return Object.entries(line)
    .filter(([key]) => key.startsWith('sample#'))
    .map(([key, value]) => ({
      type: 'histogram',
      name: `heroku.dyno.${key.split('#')[1]!.replaceAll('_', '.')}`,
      value: Number.parseFloat(/[\d.]+/.exec(String(value))?.[0] ?? 'NaN'),
    }));
}

const STATSD_TYPES: Readonly<Record<string, string>> = {
  metric: 'gauge',
  sample: 'gauge',
  measure: 'histogram',
  count: 'counter',
};

/**
 * heroku-datadog-drain-golang, logproc.go and client.go: a record is split at ` - `, and what follows a second one is lost.
 * Metrics of the platform are gauges, those of the app are by their type; a value ends with its last digit.
 */
export function readAsGoDatadogDrain(record: string): ClientMetric[] {
  const [head = '', message = ''] = record.trimEnd().split(' - ');
  const name = head.split(' ')[3];
  if (name !== 'heroku' && name !== 'app') return [];
  return message.split(' ').flatMap((word) => {
    const [, kind = '', key = '', text = ''] = /^(\w+)#([^=]+)=(.*)$/.exec(word) ?? [];
    const type = STATSD_TYPES[kind];
    if (type === undefined) return [];
    const value = Number.parseFloat(text.slice(0, text.search(/\D*$/)));
    const dotted = key.replaceAll('_', '.');
    return [
      name === 'heroku'
        ? { type: 'gauge', name: `heroku.dyno.${dotted}`, value }
        : { type, name: `app.metric.${dotted}`, value },
    ];
  });
}

/** lumbermill, dyno_msg.go: of records called `heroku` with its words in them; keys by their ends, units trimmed. */
export function readAsLumbermill(record: string): Map<string, number> | undefined {
  const [head = '', message = ''] = record.trimEnd().split(' - ');
  if (head.split(' ')[3] !== 'heroku' || !/sample#memory_total|sample#load_avg_1m/.test(message)) return undefined;
  const read = new Map<string, number>();
  for (const word of message.split(' ')) {
    const [key = '', text = ''] = word.split('=');
    const suffix = LUMBERMILL_SUFFIXES.find((one) => key.endsWith(one));
    if (suffix) read.set(suffix, Number.parseFloat(text.replace(/MB$|pages$/, '')));
  }
  return read;
}

/** heroku-datadog-drain-go: whatever has the word `router` in it is taken for the router's. */
export function kindAsGoDrain(record: string): 'router' | 'load' | 'memory' | 'other' {
  if (record.includes('router')) return 'router';
  if (record.includes('sample#load')) return 'load';
  return record.includes('sample#memory') ? 'memory' : 'other';
}

/** whacamole, stream.rb: lines of the app as well; a dyno above its threshold is restarted. Undefined: none of its concern. */
export function readAsWhacamole(logLine: string): number | undefined {
  const text = /sample#memory_total=([\d.]+)/.exec(logLine)?.[1];
  return text === undefined ? undefined : Number.parseFloat(text);
}

/** heroku-log-parser (Ruby, and its port to Node): fields of a record; undefined for one that its expression refuses. */
export function readAsHerokuLogParser(
  record: string,
): { appname: string; procid: string; message: string } | undefined {
  const found =
    /<(\d+)>(1) (\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d\d\d\d\d\d)?\+00:00) ([a-z0-9\-_.]+) ([a-z0-9.-]+) ([a-z0-9\-_.]+) (-) (.*)$/.exec(
      record.trimEnd(),
    );
  return found ? { appname: found[5]!, procid: found[6]!, message: found[8]! } : undefined;
}

const TWO_DECIMALS = '\\d+\\.\\d\\d';
const MEGABYTES = `${TWO_DECIMALS}MB`;

/**
 * The platform's own two lines, whole and byte by byte: what every client of theirs reads, and more narrow than any of
 * them. Source: devcenter.heroku.com/articles/log-runtime-metrics, and lines of real drains.
 */
const OFFICIAL_LINE = new RegExp(
  `^source=\\w[\\w-]*\\.\\d+ dyno=heroku\\.[\\w-]+\\.[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}(?:${[
    ` sample#load_avg_1m=${TWO_DECIMALS}(?: sample#load_avg_5m=${TWO_DECIMALS}(?: sample#load_avg_15m=${TWO_DECIMALS})?)?`,
    ` sample#memory_total=${MEGABYTES} sample#memory_rss=${MEGABYTES} sample#memory_cache=${MEGABYTES}` +
      ` sample#memory_swap=${MEGABYTES} sample#memory_pgpgin=\\d+pages sample#memory_pgpgout=\\d+pages` +
      ` sample#memory_quota=${MEGABYTES}`,
  ].join('|')})$`,
);

export function isOfficialLine(line: string): boolean {
  return OFFICIAL_LINE.test(line);
}
