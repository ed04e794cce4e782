import { describe, expect, test } from 'vitest';
import { readCommandLine } from '../../src/config/command-line.ts';

describe('readCommandLine finds the command', () => {
  test.each([
    [[], 'watch', []],
    [['watch'], 'watch', []],
    [['--interval', '10s'], 'watch', []],
    [['--json', 'snapshot'], 'snapshot', []],
    [['--procfs', '/p', 'snapshot', '--json'], 'snapshot', []],
    [['replay', '--json', 'watch'], 'replay', ['watch']],
    [['--false-alarms-per-month=2', 'replay', '--', '--json'], 'replay', ['--json']],
    [['replay', '-'], 'replay', ['-']],
    [['demo'], 'demo', ['threads']],
    [['demo', 'zombies'], 'demo', ['zombies']],
  ])('%j', (args, name, positionals) => {
    expect(readCommandLine(args)).toMatchObject({ command: { name }, positionals, problems: [], usage: undefined });
  });
});

describe('readCommandLine refuses words', () => {
  test.each([
    [['snapshto'], 'Unknown command "snapshto"; did you mean leakwatch snapshot?'],
    [['snapshto', '--json'], undefined],
    [['frobnicate'], 'Unknown command "frobnicate".'],
    [[''], 'Unknown command "".'],
    [['__proto__'], 'Unknown command "__proto__".'],
    [['--', '--json'], 'Unknown command "--json".'],
    [['replay'], 'leakwatch replay needs a FILE; usage: leakwatch replay FILE [--json].'],
    [['replay', ''], 'leakwatch replay needs a FILE; usage: leakwatch replay FILE [--json].'],
    [['watch', 'x'], 'leakwatch watch takes no argument "x"; usage: leakwatch watch.'],
    [
      ['demo', 'zombie'],
      'KIND of leakwatch demo must be one of threads, zombies, memory, fds, processes, not "zombie"; did you mean zombies?',
    ],
    [['\x1b[2J'], 'Unknown command "\\u{1b}[2J".'],
  ])('%j', (args, usage) => {
    const line = readCommandLine(args);
    expect(line.problems).toEqual([]);
    if (usage !== undefined) expect(line.usage).toBe(usage);
    expect(line.usage).toBeDefined();
  });
});

describe('readCommandLine refuses flags', () => {
  test.each([
    [['--intervall', '10s'], ['Unknown flag "--intervall"; did you mean --interval?']],
    [['--intervall=10s'], ['Unknown flag "--intervall"; did you mean --interval?']],
    [['-json'], ['Unknown flag "-json"; did you mean --json?']],
    [['--frobnicate'], ['Unknown flag "--frobnicate".']],
    [['--__proto__', 'x'], ['Unknown flag "--__proto__".']],
    [['--constructor=x'], ['Unknown flag "--constructor".']],
    [['--no-json'], ['Unknown flag "--no-json".']],
    [['--interval'], ['--interval needs a value: --interval TIME.']],
    [['--interval='], ['--interval needs a value: --interval TIME.']],
    [['--interval', ''], ['--interval needs a value: --interval TIME.']],
    [['--record', '--listen', 'off'], ['--record needs a value: --record FILE.']],
    [['--interval', '1s', '--interval', '2s'], ['--interval is given more than once.']],
    [['--log-runtime-metrics='], ['--log-runtime-metrics needs a value: --log-runtime-metrics[=on|off].']],
    [['--log-runtime-metrics', '--log-runtime-metrics=off'], ['--log-runtime-metrics is given more than once.']],
    [['snapshot', '--json=1'], ['--json takes no value, not "1".']],
    [['--json'], ['--json cannot be used with leakwatch watch.']],
    [['replay', 'f', '--record', 'g'], ['--record cannot be used with leakwatch replay.']],
    [
      ['replay', '--record', 'g', '--bogus', '--json=x'],
      ['--record cannot be used with leakwatch replay.', 'Unknown flag "--bogus".', '--json takes no value, not "x".'],
    ],
  ])('%j', (args, problems) => {
    expect(readCommandLine(args)).toMatchObject({ problems, usage: undefined });
  });

  test('a value may begin with a dash if it follows =', () => {
    const { settings, problems } = readCommandLine(['--source=-x']);
    expect(problems).toEqual([]);
    expect(settings.map(({ option, text }) => [option.name, text])).toEqual([['source', '-x']]);
  });
});

test('a switch without a value is on, and does not take the next word', () => {
  const read = (...args: string[]) => readCommandLine(args).settings.map(({ option, text }) => [option.name, text]);
  expect(read('--log-runtime-metrics')).toEqual([['log-runtime-metrics', 'on']]);
  expect(read('--log-runtime-metrics=off')).toEqual([['log-runtime-metrics', 'off']]);
  expect(readCommandLine(['--log-runtime-metrics', 'off']).usage).toBe('Unknown command "off".');
});

test('help and version are found wherever they stand', () => {
  for (const args of [['-h'], ['replay', '--help'], ['--help', 'replay'], ['frobnicate', '-hV']]) {
    expect([...readCommandLine(args).flags]).toContain('help');
  }
  expect([...readCommandLine(['-V']).flags]).toEqual(['version']);
  expect(readCommandLine(['replay', '--', '-h']).flags.size).toBe(0);
});
