/**
 * Builds the configuration from its layers: flags override the environment, the environment the file, the file the
 * defaults. Every value of every layer is parsed, even if another layer overrides it, so that all problems are reported
 * together. Reads no process state: arguments, environment and file come in as parameters.
 */

import { printable, quote } from '../text/printable.ts';
import { suggestion } from './closest.ts';
import { readCommandLine } from './command-line.ts';
import type { Config } from './config.ts';
import { findOption, OPTIONS, type OptionName, type OptionRow, variableOf } from './options.ts';
import { whyUnreadable } from './unreadable.ts';
import type { YamlEntry } from './yaml-text.ts';

export interface ConfigSources {
  /** The words after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws like node:fs, with EFBIG for a file of more than MAX_FILE_BYTES. */
  readonly readFile: (path: string) => string | Promise<string>;
}

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly positionals: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

const PREFIX = 'LEAKWATCH_';

/** Chosen: more problems than anybody reads. The rest are counted. */
const MAX_PROBLEMS = 50;

/** One value of a layer as text. `origin` says in messages where the value is from. */
interface Setting {
  readonly origin: string;
  readonly text: string;
}

type Layer = ReadonlyMap<OptionName, readonly Setting[]>;

/**
 * Variables that Kubernetes sets in every container of a namespace that has a service called leakwatch. They are
 * ignored. Source: kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_LINK = /^LEAKWATCH_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** @returns the configuration and the command's positionals, or all problems as printable sentences */
export async function loadConfig({ args, env, readFile }: ConfigSources): Promise<LoadResult> {
  const line = readCommandLine(args);
  const problems = [...line.problems, ...(line.usage === undefined ? [] : [line.usage])];
  const report = (problem: string) => problems.push(problem);

  const flags = collect(
    line.settings.map(({ option, text }) => ({ option, settings: [{ origin: `--${option.name}`, text }] })),
  );
  const variables = readEnvironment(env, report);
  const path = (flags.get('config') ?? variables.get('config'))?.[0]?.text;
  const file = path === undefined ? new Map() : await readConfigFile(path, readFile, report);

  const config = merge([flags, variables, file], report);
  if (problems.length > MAX_PROBLEMS) {
    const more = problems.length - MAX_PROBLEMS;
    return { ok: false, problems: [...problems.slice(0, MAX_PROBLEMS), `There are ${more} more problems.`] };
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config, positionals: line.positionals };
}

function merge(layers: readonly Layer[], report: (problem: string) => void): Config {
  const config: Partial<Record<keyof Config, unknown>> = {};
  for (const option of OPTIONS) {
    const parsed = layers.map((layer) => layer.get(option.name)).filter((settings) => settings !== undefined);
    if (option.default !== undefined) {
      parsed.push([{ origin: `The default of ${option.name}`, text: option.default }]);
    }
    const values = parsed.map((settings) => settings.flatMap((setting) => parseSetting(option, setting, report)));
    if (option.repeatable) {
      config[option.field] = values[0] ?? [];
    } else if (values[0] !== undefined) {
      config[option.field] = values[0][0];
    }
  }
  // Safe: the type of a row ties its parser to its field, and the field of a row without a default is optional.
  return config as unknown as Config;
}

/** @returns a list of the value; an empty list if the value is wrong, after a report */
function parseSetting(option: OptionRow, { origin, text }: Setting, report: (problem: string) => void): unknown[] {
  const parsed = option.parse(text);
  if ('problem' in parsed) {
    report(`${origin} ${parsed.problem}.`);
    return [];
  }
  return [parsed.value];
}

/** Empty variables count as not set: shells, systemd units and platforms cannot always remove a variable. */
function readEnvironment(env: ConfigSources['env'], report: (problem: string) => void): Layer {
  const names = new Map<string, OptionRow>(OPTIONS.map((option) => [variableOf(option.name), option]));
  // For suggestions. With the common prefix, any two names would look alike.
  const suffixes = [...names.keys()].map((name) => name.slice(PREFIX.length));
  const found: { option: OptionRow; settings: readonly Setting[] }[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || text === undefined || text === '' || SERVICE_LINK.test(variable)) {
      continue;
    }
    const option = names.get(variable);
    if (option === undefined) {
      report(`Unknown variable ${printable(variable)}${suggestion(variable.slice(PREFIX.length), suffixes, PREFIX)}`);
    } else {
      found.push({ option, settings: textsOf(option, text).map((part) => ({ origin: variable, text: part })) });
    }
  }
  return collect(found);
}

async function readConfigFile(
  path: string,
  readFile: ConfigSources['readFile'],
  report: (problem: string) => void,
): Promise<Layer> {
  const name = printable(path);
  let text: string;
  try {
    text = await readFile(path);
  } catch (error) {
    report(`Configuration file ${name} cannot be read: ${whyUnreadable(error)}.`);
    return new Map();
  }
  const place = (line: number | undefined) => (line === undefined ? name : `${name} line ${line}`);
  // The YAML parser costs memory and time: it is loaded only if there is a file.
  const { readYaml } = await import('./yaml-text.ts');
  const entries = readYaml(text, (line, sentence) => report(`${place(line)}: ${sentence}`));
  const found = entries.flatMap((entry) => {
    const option = findOption(entry.key);
    const key = `${place(entry.line)}: `;
    if (option === undefined) {
      const names = OPTIONS.filter(({ notInFile }) => !notInFile).map((row) => row.name);
      report(`${key}unknown key ${quote(entry.key)}${suggestion(entry.key, names)}`);
    } else if (option.notInFile) {
      report(`${key}${entry.key} can only be a flag or a variable.`);
    } else if (entry.shape !== 'text' && !option.repeatable) {
      report(`${key}${entry.key} must be one value, not a ${entry.shape}.`);
    } else {
      return [{ option, settings: settingsOf(option, entry, place, report) }];
    }
    return [];
  });
  return collect(found);
}

function settingsOf(
  option: OptionRow,
  entry: YamlEntry,
  place: (line: number) => string,
  report: (problem: string) => void,
): Setting[] {
  return entry.items.flatMap(({ line, name, text }) => {
    const origin = `${place(line)}: ${entry.key}`;
    if (name === undefined) {
      return textsOf(option, text).map((part) => ({ origin, text: part }));
    }
    if (name.includes('=')) {
      report(`${origin} must not have = in the name ${quote(name)}.`);
      return [];
    }
    return [{ origin, text: `${name}=${text}` }];
  });
}

/** The text, or its lines if the option is repeatable; empty texts are left out. */
function textsOf(option: OptionRow, text: string): string[] {
  const texts = option.repeatable ? text.split('\n').map((line) => line.trim()) : [text];
  return texts.filter((part) => part !== '');
}

function collect(found: readonly { option: OptionRow; settings: readonly Setting[] }[]): Layer {
  const layer = new Map<OptionName, Setting[]>();
  for (const { option, settings } of found) {
    if (settings.length > 0) {
      layer.set(option.name, [...(layer.get(option.name) ?? []), ...settings]);
    }
  }
  return layer;
}
