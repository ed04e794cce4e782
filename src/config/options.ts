/**
 * The table of options. A row yields a flag, an environment variable, a key of the YAML file, a paragraph of --help
 * and a line of docs/configuration.md; a new option is one row here and one field of `Config`.
 */
import { type Config, LOG_FORMATS, LOG_LEVELS } from './config.ts';
import {
  choice,
  duration,
  type Parsed,
  parseGroup,
  parseListen,
  parsePushTarget,
  parseSwitch,
  plainText,
  positiveNumber,
  wholeNumber,
} from './values.ts';

/** PID_MAX_LIMIT of include/linux/threads.h. */
const MOST_PIDS = 4 * 1024 * 1024;

export type OptionName =
  | 'interval'
  | 'listen'
  | 'procfs'
  | 'source'
  | 'group'
  | 'max-groups'
  | 'record'
  | 'state'
  | 'false-alarms-per-month'
  | 'log-format'
  | 'log-level'
  | 'log-runtime-metrics'
  | 'push-gateway'
  | 'alertmanager'
  | 'web-config'
  | 'stop-with'
  | 'html'
  | 'config';

interface OptionText {
  /** Flag without its dashes, and key of the file. */
  readonly name: OptionName;
  readonly placeholder: string;
  /** As a user would write it; absent = not set. */
  readonly default?: string;
  /** What stands for the default in help where there is no text for it. */
  readonly defaultNote?: string;
  /** One sentence. */
  readonly help: string;
  /** A value for the example in the documentation, where the default would not show much. */
  readonly example?: string;
  /** Given as a flag without a value it is on; `--name=off` takes that back. */
  readonly isSwitch?: true;
  /** It makes no sense inside the file. */
  readonly notInFile?: true;
}

interface SingleOption<Field extends keyof Config> extends OptionText {
  readonly field: Field;
  readonly repeatable?: never;
  readonly parse: (text: string) => Parsed<Config[Field]>;
}

/** One that may be given many times; its value is the list. */
interface RepeatableOption<Field extends keyof Config, Item> extends OptionText {
  readonly field: Field;
  readonly repeatable: true;
  readonly parse: (text: string) => Parsed<Item>;
}

export type OptionRow = {
  [Field in keyof Config]-?: Config[Field] extends readonly (infer Item)[]
    ? RepeatableOption<Field, Item>
    : SingleOption<Field>;
}[keyof Config];

export const OPTIONS: readonly OptionRow[] = [
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
    help: 'Address of the HTTP server, an IPv6 address in brackets, :PORT for every interface, or off for no server; PORT in the environment is never used.',
    parse: parseListen,
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
    defaultNote: 'DYNO, else the name of the host',
    help: 'What log lines call this host.',
    example: 'web.1',
    parse: plainText('a name'),
  },
  {
    name: 'group',
    field: 'groups',
    placeholder: 'NAME=REGEX',
    defaultNote: 'one group for each program or unit',
    help: 'Report the process trees whose root has a command line that matches REGEX as the group NAME; may be given many times, the first match wins.',
    repeatable: true,
    parse: parseGroup,
  },
  {
    name: 'max-groups',
    field: 'maxGroups',
    placeholder: 'NUMBER',
    default: '50',
    help: 'How many groups are followed at most, from 1 to 500.',
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
    help: 'Keep in FILE what is learned of the groups, so that it survives a restart of leakwatch; its directory must be there.',
    example: '/var/lib/leakwatch/state.json',
    parse: plainText('a file'),
  },
  {
    name: 'false-alarms-per-month',
    field: 'falseAlarmsPerMonth',
    placeholder: 'NUMBER',
    default: '1',
    help: 'How many false alarms a month are acceptable from all series of this host together, more than 0 and at most 1000: fewer means later alerts.',
    parse: positiveNumber({ most: 1000 }),
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
    help: `Least level of the daemon's own log on standard error: ${LOG_LEVELS.join(', ')}.`,
    parse: choice(LOG_LEVELS),
  },
  {
    name: 'log-runtime-metrics',
    field: 'logRuntimeMetrics',
    placeholder: 'on|off',
    isSwitch: true,
    default: 'off',
    help: 'Also print, once a sample, the two lines of load and memory that Heroku prints of a dyno; on a dyno this is ignored.',
    parse: parseSwitch,
  },
  {
    name: 'push-gateway',
    field: 'pushGateway',
    placeholder: 'URL',
    help: 'Push what /metrics says to this Prometheus Pushgateway after each sample; a name and a password may stand in the URL.',
    example: 'http://pushgateway.example:9091',
    parse: parsePushTarget,
  },
  {
    name: 'alertmanager',
    field: 'alertmanagers',
    placeholder: 'URL',
    defaultNote: 'none',
    help: 'Send alerts to this Prometheus Alertmanager; may be given many times, each gets them all.',
    example: 'http://alertmanager.example:9093',
    repeatable: true,
    parse: parsePushTarget,
  },
  {
    name: 'web-config',
    field: 'webConfig',
    placeholder: 'FILE',
    help: 'TLS and basic authentication of the HTTP server, in the web configuration format of the Prometheus exporters.',
    example: '/etc/leakwatch/web.yml',
    parse: plainText('a file'),
  },
  {
    name: 'stop-with',
    field: 'stopWith',
    placeholder: 'PID',
    help: 'Stop within two seconds of the end of this process; needs /proc.',
    notInFile: true,
    parse: wholeNumber({ least: 1, most: MOST_PIDS }),
  },
  {
    name: 'html',
    field: 'html',
    placeholder: 'FILE',
    help: 'Also write the report on a log to FILE, a page with charts that needs nothing else.',
    example: 'report.html',
    parse: plainText('a file'),
  },
  {
    name: 'config',
    field: 'configFile',
    placeholder: 'FILE',
    help: 'YAML file with more options.',
    notInFile: true,
    parse: plainText('a file'),
  },
];

const BY_NAME: ReadonlyMap<string, OptionRow> = new Map(OPTIONS.map((option) => [option.name, option]));

/** The row of a flag or key, safe for any text. */
export function findOption(name: string): OptionRow | undefined {
  return BY_NAME.get(name);
}

/** As it is written on the command line. */
export function flagOf({ name, placeholder, isSwitch }: OptionRow): string {
  return isSwitch ? `--${name}[=${placeholder}]` : `--${name} ${placeholder}`;
}

/**
 * @example variableOf('max-groups') // => 'LEAKWATCH_MAX_GROUPS'
 */
export function variableOf(name: OptionName): string {
  return `LEAKWATCH_${name.toUpperCase().replaceAll('-', '_')}`;
}
