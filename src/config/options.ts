/**
 * The table of options. A row makes a flag, an environment variable, a key of the YAML file, a paragraph of --help and
 * a line of docs/configuration.md. A new option is one row here and one field of `Config`.
 */
import { type Config, LOG_FORMATS, LOG_LEVELS } from './config.ts';
import {
  choice,
  duration,
  type Parsed,
  parseGroup,
  parseLink,
  parseListen,
  parsePushTarget,
  parseSwitch,
  percentage,
  plainText,
  positiveNumber,
  wholeNumber,
} from './values.ts';

/** PID_MAX_LIMIT in the kernel's include/linux/threads.h. */
const MOST_PIDS = 4 * 1024 * 1024;

interface OptionText {
  /** The flag without its dashes, and the key in the file. */
  readonly name: string;
  readonly placeholder: string;
  /** Written as a user would; absent = not set. */
  readonly default?: string;
  /** Shown as the default in help if the default is no text. */
  readonly defaultNote?: string;
  /** One sentence. */
  readonly help: string;
  /** A value for the example in the documentation, if the default shows little. */
  readonly example?: string;
  /** The flag without a value means `on`; `--name=off` turns it off. */
  readonly isSwitch?: true;
  /** Refused in the file. */
  readonly notInFile?: true;
}

interface SingleOption<Field extends keyof Config> extends OptionText {
  readonly field: Field;
  readonly repeatable?: never;
  readonly parse: (text: string) => Parsed<Config[Field]>;
}

/** An option that may be given many times; its value is a list. */
interface RepeatableOption<Field extends keyof Config, Item> extends OptionText {
  readonly field: Field;
  readonly repeatable: true;
  readonly parse: (text: string) => Parsed<Item>;
}

/** A row as it is written; the names of all rows together are the type `OptionName`. */
type Row = {
  [Field in keyof Config]-?: Config[Field] extends readonly (infer Item)[]
    ? RepeatableOption<Field, Item>
    : SingleOption<Field>;
}[keyof Config];

const ROWS = [
  {
    name: 'interval',
    field: 'intervalSeconds',
    placeholder: 'TIME',
    default: '20s',
    help: 'Time between two samples, from 100ms to 1h; a plain number is seconds.',
    parse: duration({ least: '100ms', most: '1h' }),
  },
  {
    name: 'listen',
    field: 'listen',
    placeholder: 'HOST:PORT',
    default: '127.0.0.1:9917',
    help: 'Address of the HTTP server: HOST:PORT, [IPV6]:PORT, :PORT for every interface, or off for no server. The variable PORT is not used.',
    parse: parseListen,
  },
  {
    name: 'without-password',
    field: 'withoutPassword',
    placeholder: 'on|off',
    isSwitch: true,
    default: 'off',
    help: 'Listen even where other hosts can reach the server and no password is asked for: anybody who reaches it can read everything. See --web-config.',
    parse: parseSwitch,
  },
  {
    name: 'procfs',
    field: 'procfs',
    placeholder: 'DIRECTORY',
    default: '/proc',
    help: 'Where the process table is mounted.',
    parse: plainText('a directory'),
  },
  {
    name: 'source',
    field: 'source',
    placeholder: 'NAME',
    defaultNote: 'the variable DYNO, else the host name',
    help: 'Name of this host in log lines.',
    example: 'web.1',
    parse: plainText('a name'),
  },
  {
    name: 'app',
    field: 'app',
    placeholder: 'NAME',
    defaultNote: 'the variable HEROKU_APP_NAME, else the id of the app, else the host name',
    help: 'Name of the app in metrics and alerts: what tells apart two hosts of the same name that push to one server.',
    example: 'shop',
    parse: plainText('a name'),
  },
  {
    name: 'release',
    field: 'release',
    placeholder: 'NAME',
    defaultNote: 'the variable HEROKU_RELEASE_VERSION, else the commit',
    help: 'What is deployed on this host, for alerts. With --state they say since which release something grows.',
    example: 'v43',
    parse: plainText('a name'),
  },
  {
    name: 'group',
    field: 'groups',
    placeholder: 'NAME=REGEX',
    defaultNote: 'one group for each program or unit',
    help: 'Put process trees into the group NAME if the command line of their root matches REGEX. May be given many times; the first match wins.',
    repeatable: true,
    parse: parseGroup,
  },
  {
    name: 'max-groups',
    field: 'maxGroups',
    placeholder: 'NUMBER',
    default: '50',
    help: 'Largest number of groups, from 1 to 500; the rest are counted in one group called other.',
    parse: wholeNumber({ least: 1, most: 500 }),
  },
  {
    name: 'record',
    field: 'record',
    placeholder: 'FILE',
    help: 'Also write every reading to FILE, for leakwatch replay.',
    example: '/var/lib/leakwatch/recording.ndjson',
    parse: plainText('a file'),
  },
  {
    name: 'state',
    field: 'state',
    placeholder: 'FILE',
    help: 'Keep what is learned about the groups in FILE, so that it survives a restart of leakwatch. The directory must exist.',
    example: '/var/lib/leakwatch/state.json',
    parse: plainText('a file'),
  },
  {
    name: 'false-alarms-per-month',
    field: 'falseAlarmsPerMonth',
    placeholder: 'NUMBER',
    default: '1',
    help: 'Accepted number of false alarms a month from all series of this host together, more than 0 and at most 1000. Fewer false alarms mean later alerts.',
    parse: positiveNumber({ most: 1000 }),
  },
  {
    name: 'warn-ahead',
    field: 'warnAheadSeconds',
    placeholder: 'TIME',
    default: '6h',
    help: 'Warn (W20) of a limit that will be reached within this time, from 1h to 48h, and once more an hour before it. On a dyno also of one that will be reached before the daily restart.',
    parse: duration({ least: '1h', most: '48h' }),
  },
  {
    name: 'max-cpu',
    field: 'maxCpuShare',
    placeholder: 'PERCENT',
    default: '1%',
    help: 'Share of one core that samples may cost on average, up to 100%. Where they would cost more, they are taken less often, and W50 says so.',
    parse: percentage,
  },
  {
    name: 'log-format',
    field: 'logFormat',
    placeholder: 'FORMAT',
    default: 'l2met',
    help: `Format of the metric and alert lines on standard output: ${LOG_FORMATS.join(' or ')}.`,
    parse: choice(LOG_FORMATS),
  },
  {
    name: 'log-level',
    field: 'logLevel',
    placeholder: 'LEVEL',
    default: 'info',
    help: `Lowest level that the daemon's own log on standard error shows: ${LOG_LEVELS.join(', ')}.`,
    parse: choice(LOG_LEVELS),
  },
  {
    name: 'log-runtime-metrics',
    field: 'logRuntimeMetrics',
    placeholder: 'on|off',
    isSwitch: true,
    default: 'off',
    help: 'Also print load and memory with each sample, in the two lines that Heroku prints for a dyno. Ignored on a dyno.',
    parse: parseSwitch,
  },
  {
    name: 'push-gateway',
    field: 'pushGateway',
    placeholder: 'URL',
    help: 'Push the metrics to this Prometheus Pushgateway after each sample. The URL may contain a name and a password.',
    example: 'http://pushgateway.example:9091',
    parse: parsePushTarget,
  },
  {
    name: 'alertmanager',
    field: 'alertmanagers',
    placeholder: 'URL',
    defaultNote: 'none',
    help: 'Send alerts to this Prometheus Alertmanager. May be given many times; each gets all alerts.',
    example: 'http://alertmanager.example:9093',
    repeatable: true,
    parse: parsePushTarget,
  },
  {
    name: 'external-url',
    field: 'externalUrl',
    placeholder: 'URL',
    defaultNote: 'http://, the host name and the port of --listen',
    help: 'Where others reach the page, for the link that alerts for the Alertmanager have.',
    example: 'https://leakwatch.example/web-1',
    parse: parseLink,
  },
  {
    name: 'runbook-url',
    field: 'runbookUrl',
    placeholder: 'URL',
    help: 'Where docs/alerts.md is published: alerts for the Alertmanager have it, with #w11 and the like, as runbook_url.',
    example: 'https://wiki.example/leakwatch',
    parse: parseLink,
  },
  {
    name: 'ca-file',
    field: 'caFile',
    placeholder: 'FILE',
    defaultNote: 'the authorities that Node knows',
    help: 'Certificates (PEM) of the authorities that may have signed the certificate of a server that is pushed to; no other is trusted then.',
    example: '/etc/leakwatch/ca.pem',
    parse: plainText('a file'),
  },
  {
    name: 'web-config',
    field: 'webConfig',
    placeholder: 'FILE',
    help: 'TLS, passwords and tokens of the HTTP server, in the web configuration format of the Prometheus exporters.',
    example: '/etc/leakwatch/web.yml',
    parse: plainText('a file'),
  },
  {
    name: 'stop-with',
    field: 'stopWith',
    placeholder: 'PID',
    help: 'Stop within two seconds after this process has ended. Needs /proc.',
    notInFile: true,
    parse: wholeNumber({ least: 1, most: MOST_PIDS }),
  },
  {
    name: 'html',
    field: 'html',
    placeholder: 'FILE',
    help: 'Also write the report on a log to FILE, as one HTML page with charts.',
    example: 'report.html',
    parse: plainText('a file'),
  },
  {
    name: 'explain',
    field: 'explain',
    placeholder: 'GROUP',
    help: 'Look at the processes of GROUP that hold most, and say of what kinds their threads, descriptors, memory, zombies and children are.',
    example: 'web',
    parse: plainText('a group'),
  },
  {
    name: 'config',
    field: 'configFile',
    placeholder: 'FILE',
    help: 'YAML file with more options.',
    notInFile: true,
    parse: plainText('a file'),
  },
] as const satisfies readonly Row[];

export type OptionName = (typeof ROWS)[number]['name'];

export type OptionRow = Row & { readonly name: OptionName };

export const OPTIONS: readonly OptionRow[] = ROWS;

const BY_NAME: ReadonlyMap<string, OptionRow> = new Map(OPTIONS.map((option) => [option.name, option]));

/** @returns the row of a flag or key; undefined for any other text, `__proto__` included */
export function findOption(name: string): OptionRow | undefined {
  return BY_NAME.get(name);
}

/** @returns the flag as it is written on the command line */
export function flagOf({ name, placeholder, isSwitch }: OptionRow): string {
  return isSwitch ? `--${name}[=${placeholder}]` : `--${name} ${placeholder}`;
}

/**
 * @example variableOf('max-groups') // => 'LEAKWATCH_MAX_GROUPS'
 */
export function variableOf(name: OptionName): string {
  return `LEAKWATCH_${name.toUpperCase().replaceAll('-', '_')}`;
}
