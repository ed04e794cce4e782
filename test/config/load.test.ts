import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/config/commands.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { OPTIONS, type OptionName, variableOf } from '../../src/config/options.ts';

interface Given {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text of the file lw.yml, which is then named by the variable. */
  readonly file?: string;
}

function load({ args = [], env = {}, file }: Given) {
  return loadConfig({
    args,
    env: file === undefined ? env : { LEAKWATCH_CONFIG: 'lw.yml', ...env },
    readFile(path) {
      if (path === 'lw.yml' && file !== undefined) return file;
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    },
  });
}

async function configOf(given: Given): Promise<Config> {
  const loaded = await load(given);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
}

async function problemsOf(given: Given): Promise<readonly string[]> {
  const loaded = await load(given);
  return loaded.ok ? [] : loaded.problems;
}

test('defaults', async () => {
  expect(await configOf({})).toEqual({
    intervalSeconds: 20,
    listen: { host: '127.0.0.1', port: 9917 },
    procfs: '/proc',
    groups: [],
    maxGroups: 50,
    falseAlarmsPerMonth: 1,
    maxCpuShare: 0.01,
    warnAheadSeconds: 21_600,
    logFormat: 'l2met',
    logLevel: 'info',
    logRuntimeMetrics: false,
    withoutPassword: false,
    alertmanagers: [],
  });
  expect(await configOf({ env: { PORT: '5000', LEAKWATCH: 'off', DYNO: 'web.1' } })).toEqual(await configOf({}));
});

describe('flag before variable before file before default', () => {
  // Three good texts for each option that does not take any, so that each layer can be told from the others.
  const TEXTS: Readonly<Partial<Record<OptionName, readonly [flag: string, variable: string, file: string]>>> = {
    interval: ['1s', '2s', '3s'],
    listen: ['off', 'b:2', 'c:3'],
    procfs: ['/a', '/b', '/c'],
    group: ['a=a', 'b=b', 'c=c'],
    'max-groups': ['1', '2', '3'],
    'max-cpu': ['1%', '2%', '3%'],
    'warn-ahead': ['2h', '3h', '90m'],
    'false-alarms-per-month': ['1.5', '2.5', '3.5'],
    'log-format': ['json', 'l2met', 'json'],
    'log-level': ['fatal', 'error', 'warn'],
    'log-runtime-metrics': ['on', 'off', 'true'],
    'without-password': ['on', 'off', 'true'],
    'push-gateway': ['http://a', 'http://b', 'http://c'],
    alertmanager: ['http://a', 'http://b', 'http://c'],
    'external-url': ['http://a', 'https://b/c', 'http://c'],
    'runbook-url': ['http://a', 'https://b/c', 'http://c'],
  };

  test.each(OPTIONS.filter((option) => !option.notInFile))('$name', async (option) => {
    const [flag, variable, file] = TEXTS[option.name] ?? ['a', 'b', 'c'];
    const expected = (text: string) => {
      const parsed = option.parse(text);
      if ('problem' in parsed) throw new Error(`TEXTS needs texts for ${option.name}: it ${parsed.problem}`);
      return option.repeatable ? [parsed.value] : parsed.value;
    };
    const field = async (given: Given) => (await configOf(given))[option.field];
    const command = COMMANDS.find(({ options }) => options.includes(option.name))!;
    const layers = {
      args: [command.name, ...(option.isSwitch ? [`--${option.name}=${flag}`] : [`--${option.name}`, flag])],
      env: { [variableOf(option.name)]: variable },
      file: `${option.name}: ${file}\n`,
    };
    expect(await field(layers)).toEqual(expected(flag));
    expect(await field({ env: layers.env, file: layers.file })).toEqual(expected(variable));
    expect(await field({ args: layers.args, file: layers.file })).toEqual(expected(flag));
    expect(await field({ file: layers.file })).toEqual(expected(file));
  });

  test('the flag names another file than the variable', async () => {
    const given = { args: ['--config', 'lw.yml'], env: { LEAKWATCH_CONFIG: 'none.yml' }, file: 'source: a' };
    expect(await configOf(given)).toMatchObject({ source: 'a', configFile: 'lw.yml' });
  });

  test('empty variables and keys are not set', async () => {
    const env = { LEAKWATCH_INTERVAL: '', LEAKWATCH_FROBNICATE: '', LEAKWATCH_GROUP: ' \n' };
    expect(await configOf({ env, file: 'interval: 3s\nsource:\nrecord: ""\ngroup: []\n' })).toMatchObject({
      intervalSeconds: 3,
      groups: [],
    });
    expect(await configOf({ env: { LEAKWATCH_CONFIG: '' } })).not.toHaveProperty('configFile');
  });
});

describe('group', () => {
  const TWO = [
    { name: 'web', pattern: /puma|unicorn/ },
    { name: 'worker', pattern: /^sidekiq 7/ },
  ];

  test.each<[string, Given]>([
    ['flags', { args: ['--group', 'web=puma|unicorn', '--group=worker=^sidekiq 7'] }],
    ['variable', { env: { LEAKWATCH_GROUP: 'web=puma|unicorn\n\n worker=^sidekiq 7 \n' } }],
    ['mapping', { file: 'group:\n  web: puma|unicorn\n  worker: ^sidekiq 7\n' }],
    ['list', { file: 'group:\n  - web=puma|unicorn\n  - worker=^sidekiq 7\n' }],
    ['text', { file: 'group: |\n  web=puma|unicorn\n  worker=^sidekiq 7\n' }],
  ])('%s', async (_, given) => {
    expect((await configOf(given)).groups).toEqual(TWO);
  });

  test('the groups of a flag replace those of the file', async () => {
    expect((await configOf({ args: ['--group', 'a=b'], file: 'group: {c: d}' })).groups).toEqual([
      { name: 'a', pattern: /b/ },
    ]);
  });
});

describe('log-runtime-metrics', () => {
  test.each<[boolean, Given]>([
    [true, { args: ['--log-runtime-metrics'] }],
    [true, { args: ['--log-runtime-metrics', 'watch', '--listen', 'off'] }],
    [false, { args: ['--log-runtime-metrics=off'], env: { LEAKWATCH_LOG_RUNTIME_METRICS: 'on' } }],
    [true, { env: { LEAKWATCH_LOG_RUNTIME_METRICS: 'on' }, file: 'log-runtime-metrics: off\n' }],
    [true, { file: 'log-runtime-metrics: true\n' }],
    [true, { file: 'log-runtime-metrics: on\n' }],
  ])('%j: %j', async (expected, given) => {
    expect((await configOf(given)).logRuntimeMetrics).toBe(expected);
  });
});

describe('alertmanager', () => {
  const TWO = [{ url: 'http://a:9093' }, { url: 'https://b', authorization: 'Basic bmFtZTpwYTpz' }];

  test.each<[string, Given]>([
    ['flags', { args: ['--alertmanager', 'http://a:9093', '--alertmanager=https://name:pa%3As@b/'] }],
    ['variable', { env: { LEAKWATCH_ALERTMANAGER: 'http://a:9093\nhttps://name:pa%3As@b/' } }],
    ['list', { file: 'alertmanager:\n  - http://a:9093\n  - https://name:pa%3As@b/\n' }],
  ])('%s', async (_, given) => {
    expect((await configOf(given)).alertmanagers).toEqual(TWO);
  });
});

describe('problems', () => {
  test('a wrong URL is not shown: it may hold a password', async () => {
    const problem = 'must be a URL such as http://host:9091 or https://name:password@host/path, without ? or #.';
    expect(
      await problemsOf({
        args: ['--push-gateway', 'name:secret@host'],
        env: { LEAKWATCH_PUSH_GATEWAY: 'ftp://name:secret@host' },
        file: 'alertmanager: http://name:secret@host/?x\n',
      }),
    ).toEqual([
      `--push-gateway ${problem}`,
      `LEAKWATCH_PUSH_GATEWAY ${problem}`,
      `lw.yml line 1: alertmanager ${problem}`,
    ]);
  });

  test('all of them at once, from every layer', async () => {
    const given = {
      args: ['--interval', '5x', '--listne=off', '--group', 'web=(', '--record'],
      env: { LEAKWATCH_INTERVAL: 'soon', LEAKWATCH_INTERVALL: '1s', LEAKWATCH_LOG_LEVEL: 'loud' },
      file: 'interval: never\nmax-group: 3\nmax-groups: [3]\nconfig: other.yml\ngroup:\n  - web\n  - x=y\nlisten: {a: b}\n',
    };
    expect(await problemsOf(given)).toEqual([
      'Unknown flag "--listne"; did you mean --listen?',
      '--record needs a value: --record FILE.',
      'Unknown variable LEAKWATCH_INTERVALL; did you mean LEAKWATCH_INTERVAL?',
      'lw.yml line 2: unknown key "max-group"; did you mean max-groups?',
      'lw.yml line 3: max-groups must be one value, not a list.',
      'lw.yml line 4: config can only be a flag or a variable.',
      'lw.yml line 8: listen must be one value, not a mapping.',
      '--interval must be a time from 100ms to 1h, such as 20s, 500ms or 1m, not "5x".',
      'LEAKWATCH_INTERVAL must be a time from 100ms to 1h, such as 20s, 500ms or 1m, not "soon".',
      'lw.yml line 1: interval must be a time from 100ms to 1h, such as 20s, 500ms or 1m, not "never".',
      '--group must have a valid regular expression for "web", not "(".',
      'lw.yml line 6: group must be NAME=REGEX, not "web".',
      'LEAKWATCH_LOG_LEVEL must be one of fatal, error, warn, info, debug, silent, not "loud".',
    ]);
  });

  test.each([
    ['interval: [1', 'lw.yml line 1: it is not valid YAML: '],
    ['a: b: c', 'lw.yml line 1: it is not valid YAML: '],
    ['source: a\nsource: b', 'lw.yml line 2: key "source" is given more than once.'],
    ['group:\n  a: b\n  a: c', 'lw.yml line 3: group has "a" more than once.'],
    ['group: {"a=b": c}', 'lw.yml line 1: group must not have = in the name "a=b".'],
    ['source: a\n---\nsource: b', 'lw.yml: it must be one YAML document, not several.'],
    ['- source', 'lw.yml line 1: it must be a mapping of option names to values.'],
    ['source', 'lw.yml line 1: it must be a mapping of option names to values.'],
    ['source: &a x\nrecord: *a', 'lw.yml line 2: record must be plain text, or a list or mapping of plain text.'],
    ['group: [{a: b}]', 'lw.yml line 1: group must be plain text, or a list or mapping of plain text.'],
    ['? [a]\n: b', 'lw.yml line 1: a key must be plain text.'],
    ['__proto__: {a: b}', 'lw.yml line 1: unknown key "__proto__".'],
    ['constructor: x', 'lw.yml line 1: unknown key "constructor".'],
    ['"a\\e[2J": x', 'lw.yml line 1: unknown key "a\\u{1b}[2J".'],
    ['['.repeat(1024 * 1024), 'lw.yml: it is nested too deeply.'],
    ['- '.repeat(512 * 1024), 'lw.yml: it is nested too deeply.'],
  ])('file %#', async (file, start) => {
    const problems = await problemsOf({ file });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toSatisfy(
      (problem: string) => problem.startsWith(start),
      `${problems[0]} begins with ${start}`,
    );
    expect({}).not.toHaveProperty('a');
  });

  test.each([
    ['ENOENT', 'it does not exist'],
    ['EACCES', 'permission is denied'],
    ['EISDIR', 'it is a directory'],
    ['EFBIG', 'it is larger than 1 MB'],
    ['EIO', 'EIO'],
  ])('file with %s', async (code, reason) => {
    const readFile = () => {
      throw Object.assign(new Error('x'), { code });
    };
    expect(await loadConfig({ args: ['--config', 'a\nb'], env: {}, readFile })).toEqual({
      ok: false,
      problems: [
        `Configuration file a\\u{a}b cannot be read: ${reason}.`,
        '--config must be a file of at most 4096 characters without control characters, not "a\\u{a}b".',
      ],
    });
  });

  test('values are text: what YAML elsewhere makes numbers, booleans or null stays as written', async () => {
    expect(await configOf({ file: 'source: 0x10\nlisten: off\nrecord: ~\ninterval: !!str 3' })).toMatchObject({
      source: '0x10',
      listen: undefined,
      record: '~',
      intervalSeconds: 3,
    });
  });

  test('an option of another command is refused as a flag only', async () => {
    const elsewhere = { env: { LEAKWATCH_RECORD: 'a' }, file: 'listen: off' };
    expect(await problemsOf({ ...elsewhere, args: ['replay', 'f'] })).toEqual([]);
    expect(await problemsOf({ ...elsewhere, args: ['replay', 'f', '--record', 'a'] })).toEqual([
      '--record cannot be used with leakwatch replay.',
    ]);
  });

  test('variables that Kubernetes makes for a service of our name are not ours', async () => {
    const env = {
      LEAKWATCH_SERVICE_HOST: '10.0.0.1',
      LEAKWATCH_SERVICE_PORT: '9917',
      LEAKWATCH_SERVICE_PORT_HTTP: '9917',
      LEAKWATCH_PORT: 'tcp://10.0.0.1:9917',
      LEAKWATCH_PORT_9917_TCP: 'tcp://10.0.0.1:9917',
      LEAKWATCH_PORT_9917_TCP_ADDR: '10.0.0.1',
    };
    expect(await problemsOf({ env })).toEqual([]);
    expect(await problemsOf({ env: { LEAKWATCH_PORTS: 'x' } })).toEqual(['Unknown variable LEAKWATCH_PORTS.']);
  });

  test('at most 50 are listed, and the rest are counted', async () => {
    const file = Array.from({ length: 5000 }, (_, at) => `k${at}: x\n`).join('');
    const problems = await problemsOf({ file });
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toBe('There are 4950 more problems.');
  });

  test('wrong words are problems too', async () => {
    expect(await problemsOf({ args: ['frobnicate'] })).toEqual(['Unknown command "frobnicate".']);
  });
});

describe('whatever the input', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '--',
      '-',
      '-hV',
      'replay',
      'demo',
      '--json',
      '--__proto__',
      '--=',
      '---',
      '--group',
      'a=(?<b',
      '1',
    ),
    fc.constantFrom(...OPTIONS).map(({ name }) => `--${name}`),
  );
  const key = fc.oneof(
    fc.string().map((name) => `LEAKWATCH_${name}`),
    fc.constantFrom(...OPTIONS).map(({ name }) => variableOf(name)),
    fc.constantFrom('__proto__', 'LEAKWATCH___PROTO__'),
  );
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('off', '1', ':1', 'a=b\nc=d'));
  const yaml = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(': ', '\n', '  ', '- ', '[', ']', '{', '}', '"', '|', '&a ', '*a', '!!x ', '---\n', '<<'),
        fc.constantFrom(...OPTIONS).map(({ name }) => name),
      ),
    )
    .map((parts) => parts.join(''));

  test('the result is a configuration or printable sentences', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word), fc.dictionary(key, value), yaml, async (args, env, file) => {
        const loaded = await loadConfig({ args, env: { LEAKWATCH_CONFIG: 'f', ...env }, readFile: () => file });
        if (loaded.ok) {
          for (const { field, default: fallback } of OPTIONS) {
            if (fallback !== undefined && field !== 'listen') expect(loaded.config[field]).toBeDefined();
          }
        } else {
          expect(loaded.problems.length).toBeGreaterThan(0);
          for (const problem of loaded.problems) {
            expect(problem).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+[.?]$/u);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
