import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Learned, LearnedSeries } from '../../../src/model/learned.ts';
import { StateFile } from '../../../src/sinks/file/state-file.ts';
import { daemonLog } from '../../support/daemon-log.ts';
import { temporaryDirectory } from '../../support/files.ts';

const SERIES: LearnedSeries = {
  slots: 9,
  lives: { settled: 1, unsettledSlots: 0, thirdRise: 0, fourthRise: 0, highs: [46], lows: [45] },
  floorFalls: [1],
  meanFalls: [1],
  evidence: [1, 2, 3, 4],
};
const LEARNED: Learned = {
  intervalSeconds: 20,
  groups: [{ name: 'web', lastSeen: 1_700_000_000, series: { threads: SERIES } }],
};
const EMPTY: Learned = { intervalSeconds: 20, groups: [] };

let directory = '';
let path = '';
let told: string[] = [];

beforeEach(() => {
  directory = temporaryDirectory('leakwatch-state-');
  path = join(directory, 'state.json');
  told = [];
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

function openState(at = path, intervalSeconds = 20): StateFile {
  const log = daemonLog({
    info: (_: object, message: string) => void told.push(`info ${message}`),
    warn: ({ reason }: { reason?: string }, message: string) =>
      void told.push(`warn ${message}${reason === undefined ? '' : `: ${reason}`}`),
  });
  return new StateFile({ path: at, intervalSeconds, log });
}

const dropped = (file: StateFile) => Object.fromEntries(file.dropped());

test('a state that was written can be read, by its owner alone', () => {
  expect(openState().read()).toBeUndefined();
  openState().write(LEARNED);
  expect(openState().read()).toEqual(LEARNED);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['state.json']);
  expect(told).toEqual(['info starts to learn: there is no state yet', 'info continues with the state learned before']);
});

test('what an interrupted write has left behind goes when it is surely stale and surely our own', () => {
  const left = (name: string, text: string): string => {
    const beside = `${path}.${name}`;
    writeFileSync(beside, text);
    utimesSync(beside, 0, 0);
    return beside;
  };
  const stale = left('0123456789abcdef.new', '{"leakwatch-st');
  const foreign = left('0123456789abcde0.new', 'dear diary');
  const otherName = left('backup.new', '');
  const fresh = left('0123456789abcde1.new', '');
  utimesSync(fresh, Date.now() / 1000, Date.now() / 1000 - 3000);
  openState().write(LEARNED);
  expect(openState().read()).toEqual(LEARNED);
  expect([stale, foreign, otherName, fresh].map((beside) => existsSync(beside))).toEqual([false, true, true, true]);
});

test('a symbolic link is not followed, at the start and later', () => {
  const kept = join(directory, 'kept');
  writeFileSync(kept, '');
  const file = openState();
  symlinkSync(kept, path);
  file.write(LEARNED);
  expect(() => openState()).toThrow('it is a symbolic link, and links are not followed');
  expect([dropped(file).state_writes, readFileSync(kept, 'utf8'), lstatSync(path).isSymbolicLink()]).toEqual([
    1,
    '',
    true,
  ]);
});

test('those who could read the file can read the next one, and nobody else can write to it', () => {
  writeFileSync(path, '');
  chmodSync(path, 0o664);
  expect(openState().read()).toBeUndefined();
  expect(told).toEqual(['info starts to learn: there is no state yet']);
  openState().write(LEARNED);
  expect(statSync(path).mode & 0o777).toBe(0o644);
});

test.each([
  ['foreign', '{"name":"leakwatch","version":"0.1.0"}'],
  ['binary', '\0\xff'.repeat(50)],
  ['a configuration', 'interval: 20s\nstate: state.json\n'],
])('a file that leakwatch has not written is left as it is: %s', (_, text) => {
  writeFileSync(path, text);
  expect(() => openState()).toThrow('it is not a state file of leakwatch, and is left as it is');
  expect([readFileSync(path, 'utf8'), readdirSync(directory)]).toEqual([text, ['state.json']]);
});

test('a foreign file that comes later is not replaced, and neither is one with the name of a state that is kept', () => {
  openState().write(LEARNED);
  writeFileSync(`${path}.20s`, 'dear diary');
  openState(path, 5).read();
  expect(told.join()).toContain('warn the state cannot be used; learning starts over');
  const file = openState();
  writeFileSync(path, 'dear diary');
  file.write(LEARNED);
  expect([dropped(file).state_writes, readFileSync(path, 'utf8'), readFileSync(`${path}.20s`, 'utf8')]).toEqual([
    1,
    'dear diary',
    'dear diary',
  ]);
});

describe('a file that cannot be used is set aside', () => {
  test.each([
    [
      'binary after its start',
      `{"leakwatch-state":${'\0\xff'.repeat(50)}`,
      'it is not JSON, or not all of it is there',
    ],
    ['of a later version', '{"leakwatch-state":2}', 'leakwatch-state is not 1, the only version that is read here'],
  ])('%s', (_, text, reason) => {
    writeFileSync(path, text);
    expect(openState().read()).toBeUndefined();
    expect(told).toEqual([`warn the state cannot be used and is set aside; learning starts over: ${reason}`]);
    expect(readFileSync(`${path}.set-aside`, 'utf8')).toBe(text);
    expect(existsSync(path)).toBe(false);
  });

  test('cut off at any length; the first and the last of them are there', () => {
    openState().write(LEARNED);
    const whole = readFileSync(path, 'utf8');
    for (let length = 3; length < whole.length - 1; length += 7) {
      writeFileSync(path, whole.slice(0, length));
      expect(openState().read(), `after ${length} characters`).toBeUndefined();
    }
    expect(readdirSync(directory)).toEqual(['state.json.set-aside', 'state.json.set-aside.2']);
    expect(readFileSync(`${path}.set-aside`, 'utf8')).toBe('{"l');
    expect(whole.startsWith(readFileSync(`${path}.set-aside.2`, 'utf8'))).toBe(true);
  });

  test('too large, without being read', () => {
    writeFileSync(path, '{"leakwatch-state":1,');
    truncateSync(path, 2 ** 40);
    expect(openState().read()).toBeUndefined();
    expect(told).toEqual([
      'warn the state cannot be used and is set aside; learning starts over: it is larger than 4 MB',
    ]);
  });
});

test('the states of several intervals are kept, and each is found again', () => {
  const at = (intervalSeconds: number): Learned => ({ ...LEARNED, intervalSeconds });
  for (const seconds of [20, 1, 5, 1, 20]) {
    const learned = openState(path, seconds).read();
    told.push(`${seconds}: ${learned?.intervalSeconds}`);
    openState(path, seconds).write(at(seconds));
  }
  expect(told.filter((line) => /^\d/.test(line))).toEqual([
    '20: undefined',
    '1: undefined',
    '5: undefined',
    '1: 1',
    '20: 20',
  ]);
  expect(readdirSync(directory).sort()).toEqual(['state.json', 'state.json.1s', 'state.json.5s']);
  expect(told.filter((line) => line.startsWith('warn'))).toEqual([]);
});

describe('a path where no state can be kept is refused at once', () => {
  test('if its directory is missing', () => {
    expect(() => openState(join(directory, 'missing', 'state.json'))).toThrow(/ENOENT/);
  });

  test('if it is not a file', () => {
    expect(() => openState(directory)).toThrow('it is not a file');
    expect(() => openState('/dev/null')).toThrow('it is not a file');
    writeFileSync(path, '');
    expect(() => openState(join(path, 'state.json'))).toThrow(/not a directory/i);
  });
});

test('failed writes are counted, and logged once until a write succeeds', () => {
  const file = openState();
  file.write(LEARNED);
  const whole = readFileSync(path, 'utf8');
  // A directory in its place makes the write fail for root as well.
  renameSync(path, `${path}.moved`);
  mkdirSync(join(path, 'in the way'), { recursive: true });
  file.write(EMPTY);
  file.write(EMPTY);
  expect(readFileSync(`${path}.moved`, 'utf8')).toBe(whole);
  expect(dropped(file)).toEqual({ state_writes: 2, state_groups: 0 });
  expect(told).toEqual([expect.stringMatching(/^warn the state cannot be written; .*: it is not a file$/)]);
  rmSync(path, { recursive: true });
  file.write(EMPTY);
  expect(told.at(-1)).toBe('info the state can be written again');
  expect(openState().read()).toEqual(EMPTY);
});

test('a write that fails leaves nothing behind', () => {
  openState().write(LEARNED);
  // Nothing can be renamed onto a directory.
  const file = openState();
  rmSync(path);
  mkdirSync(path);
  file.write(LEARNED);
  expect([dropped(file).state_writes, readdirSync(directory)]).toEqual([1, ['state.json']]);
});

test('groups that do not fit are left out and counted', () => {
  const many = {
    ...SERIES,
    floorFalls: Array(64).fill(1.2345678),
    meanFalls: Array(64).fill(1.2345678),
    evidence: Array(256).fill(1.2345678),
  };
  const groups = Array.from({ length: 1000 }, (_, at) => ({
    name: `job-${at}`,
    lastSeen: 1,
    series: { threads: many, rss: many },
  }));
  const file = openState();
  file.write({ intervalSeconds: 20, groups });
  const { state_groups: leftOut = 0 } = dropped(file);
  expect(leftOut).toBeGreaterThan(100);
  expect(statSync(path).size).toBeLessThanOrEqual(4 << 20);
  expect(
    openState()
      .read()!
      .groups.map(({ name }) => name),
  ).toEqual(groups.slice(0, 1000 - leftOut).map(({ name }) => name));
  file.write({ intervalSeconds: 20, groups });
  expect(dropped(file).state_groups).toBe(2 * leftOut);
  expect(told.filter((line) => line.startsWith('warn'))).toEqual(['warn the state is too large: groups are left out']);
});

test('a write is due ten minutes after the last one, or after the start', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const file = openState();
  expect(file.isDue).toBe(false);
  vi.advanceTimersByTime(600_000);
  expect(file.isDue).toBe(true);
  file.write(EMPTY);
  expect(file.isDue).toBe(false);
});
