/**
 * Records of log services: the fields of one line of their JSON or of their tables in; the line's source, time and
 * message out. Fields are known by their names, however deep they are, and a source also by its form. Source: the field
 * names of Papertrail, SolarWinds, Better Stack, Datadog, Splunk, Coralogix, Mezmo, CloudWatch, Elastic and vector.
 */
import { isProcess, readSource, type Source } from './head.ts';
import { epochOf, type FoundTime, findTime } from './when.ts';

/** Names in small letters and digits only, the most telling first. */
const MESSAGE = ['raw', 'message', 'logmsg', 'msg', 'log', 'line', 'text', 'content', 'body', 'original', 'event'];
const TIME = [
  'timestamp',
  'time',
  'dt',
  'generatedat',
  'receivedat',
  'displayreceivedat',
  'date',
  'datetime',
  'ts',
  'eventtime',
  'logtime',
  'createdat',
  'timestampms',
  'timestampiso8601',
  'messagetime',
  'ingestiontime',
];
const NAME = [
  'appname',
  'program',
  'programname',
  'ident',
  'logger',
  'app',
  'name',
  'host',
  'hostname',
  'source',
  'subsystemname',
];
const PROCESS = [
  'procid',
  'proc',
  'process',
  'processid',
  'ps',
  'pid',
  'dyno',
  'appname',
  'program',
  'tag',
  'source',
  'subsystemname',
  'logstreamname',
];
const HOST = ['sourcename', 'hostname', 'host', 'system', 'applicationname'];

/** Columns of a saved archive of Papertrail, which has no line of names. */
export const ARCHIVE_COLUMNS = [
  'id',
  'generated_at',
  'received_at',
  'source_id',
  'source_name',
  'source_ip',
  'facility_name',
  'severity_name',
  'program',
  'message',
];

/** Chosen: more than any service has; a record of an app's own may have fields without end. */
const MOST_FIELDS = 200;
/** Levels of objects within each other. Chosen: Datadog has four. */
const MOST_DEPTH = 6;

/** What the platform says about dynos and requests, where a record does not say who it is from. */
const OF_PLATFORM =
  /^(?:source=\S+ (?:dyno|measure|sample)|Process running mem=|Error [A-Z]\d\d \(|State changed from |Process exited with |Starting process with |Stopping |Cycling|Restarting|Idling|Unidling|at=(?:info|error|warning) )/;
const OF_ROUTER = /^at=(?:info|error|warning) .*\b(?:method|code)=/;

export interface FoundRecord {
  readonly time?: FoundTime;
  /** Seconds since 1970, where the time is a number. */
  readonly epoch?: number;
  readonly host: string;
  /** Absent if the record does not say; then the message may have a head of its own. */
  readonly source?: Source;
  readonly message: string;
}

export type Fields = ReadonlyMap<string, string>;

/** @returns undefined if it is no record of a line */
export function readRecord(fields: Fields): FoundRecord | undefined {
  const key = MESSAGE.find((name) => fields.has(name));
  if (key === undefined) return undefined;
  const message = fields.get(key)!;
  const source = sourceOf(fields, message);
  const host = HOST.map((name) => fields.get(name)).find(isHost) ?? '';
  return { ...timeOf(fields), ...(source && { source }), host, message };
}

/**
 * Guesses the source of a record from its message alone.
 * @example sourceOfMessage('State changed from up to down', '') // => { name: 'heroku', process: '' }
 */
export function sourceOfMessage(message: string, process: string): Source {
  if (OF_ROUTER.test(message)) return { name: 'heroku', process: 'router' };
  return { name: OF_PLATFORM.test(message) ? 'heroku' : 'app', process };
}

function sourceOf(fields: Fields, message: string): Source | undefined {
  for (const [key, value] of fields) {
    const source = MESSAGE.includes(key) ? undefined : readSource(value);
    if (source) return source;
  }
  const process =
    PROCESS.map((key) => fields.get(key)).find((value) => value !== undefined && isProcess(value)) ??
    /(?:^|,)dyno:([\w.-]{1,100})/.exec(fields.get('tags') ?? fields.get('ddtags') ?? '')?.[1];
  const names = NAME.filter((key) => fields.get(key) === 'heroku' || fields.get(key) === 'app');
  const [key] = names;
  // Some services call everything that comes from Heroku so: there the message decides.
  if (key === undefined || key === 'source')
    return process === undefined ? undefined : sourceOfMessage(message, process);
  const given = process ?? fields.get('procid');
  if (given === undefined) return undefined;
  return { name: fields.get(key) === 'app' ? 'app' : 'heroku', process: given };
}

function timeOf(fields: Fields): { readonly time?: FoundTime; readonly epoch?: number } {
  for (const key of TIME) {
    const text = fields.get(key);
    if (text === undefined) continue;
    const epoch = epochOf(text);
    if (epoch !== undefined) return { epoch };
    const time = findTime(text);
    if (time) return { time };
  }
  return {};
}

/** The name of an app or of a drain; an address or a dyno changes from line to line. */
function isHost(text: string | undefined): text is string {
  return (
    text !== undefined &&
    text !== 'host' &&
    text !== 'heroku' &&
    /^[\w.-]{1,100}$/.test(text) &&
    /[A-Za-z]/.test(text) &&
    !isProcess(text)
  );
}

/** @returns the fields of a JSON object and of the objects in it; undefined if the text is none */
export function fieldsOfJson(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const fields = new Map<string, string>();
    collect(value, fields, 0);
    return fields;
  } catch {
    return undefined;
  }
}

/** Outer fields count before inner ones of the same name. */
function collect(object: object, fields: Map<string, string>, depth: number): void {
  const inner: object[] = [];
  for (const [key, value] of Object.entries(object)) {
    if (fields.size >= MOST_FIELDS) return;
    const one: unknown =
      Array.isArray(value) && value.every((part) => typeof part === 'string') ? value.join(',') : value;
    if (typeof one === 'string' || typeof one === 'number') set(fields, key, String(one));
    else if (typeof one === 'object' && one !== null && !Array.isArray(one)) inner.push(one);
  }
  if (depth < MOST_DEPTH) for (const one of inner) collect(one, fields, depth + 1);
}

export function fieldsOfRow(columns: readonly string[], cells: readonly string[]): Fields {
  const fields = new Map<string, string>();
  for (const [at, name] of columns.entries()) {
    const cell = cells[at];
    if (cell !== undefined && cell !== '') set(fields, name, cell);
  }
  return fields;
}

/** @returns the fields of a message that is a record itself, with those around it; undefined if it is none */
export function fieldsOfInner(outer: Fields, message: string): Fields | undefined {
  const inner = message.startsWith('{') ? fieldsOfJson(message) : undefined;
  if (!inner || !readRecord(inner)) return undefined;
  return new Map([...outer].filter(([key]) => !MESSAGE.includes(key)).concat(...[[...inner]]));
}

/** Do names of columns say that these are records of lines? */
export function areColumns(names: readonly string[]): boolean {
  const known = names.map(plainKey);
  const has = (keys: readonly string[]): boolean => known.some((name) => keys.includes(name));
  return has(MESSAGE) && (names.length === 1 || has(TIME) || has(NAME) || has(PROCESS));
}

function set(fields: Map<string, string>, key: string, value: string): void {
  const plain = plainKey(key);
  if (!fields.has(plain)) fields.set(plain, value);
}

/** The last part of `attributes.syslog.proc_id`, in small letters and digits: `procid`. */
function plainKey(key: string): string {
  return key
    .slice(key.lastIndexOf('.') + 1)
    .toLowerCase()
    .replaceAll(/^syslog|[^a-z0-9]/g, '');
}
