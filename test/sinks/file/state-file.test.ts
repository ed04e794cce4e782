import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Learned, LearnedSeries } from '../../../src/model/learned.ts';
import { StateFile } from '../../../src/sinks/file/state-file.ts';
import { daemonLog } from '../../support/daemon-log.ts';
import { temporaryDirectory } from '../../support/files.ts';

const SERIES: LearnedSeries = { slots: 9, settledAt: 46, floorFalls: [1], meanFalls: [1], evidence: [1, 2, 3, 4] };
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

test('a file left behind by an interrupted write does no harm', () => {
  writeFileSync(`${path}.new`, '{"leakwatch-st', { mode: 0o644 });
  symlinkSync('/dev/null', `${path}.other`);
  openState().write(LEARNED);
  expect(openState().read()).toEqual(LEARNED);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(existsSync(`${path}.new`)).toBe(false);
});

test('a symbolic link stays a link, and its target is written', () => {
  mkdirSync(join(directory, 'kept'));
  const kept = join(directory, 'kept', 'state.json');
  writeFileSync(kept, '');
  symlinkSync(kept, path);
  openState().write(LEARNED);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(openState(kept).read()).toEqual(LEARNED);
});

describe('a file that cannot be used is set aside', () => {
  test.each([
    ['foreign', '{"name":"leakwatch","version":"0.1.0"}', 'it is not a state file of leakwatch'],
    ['empty', '', 'it is not JSON, or not all of it is there'],
    ['binary', '\0\xff'.repeat(50), 'it is not JSON, or not all of it is there'],
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
    for (let length = 0; length < whole.length - 1; length += 7) {
      writeFileSync(path, whole.slice(0, length));
      expect(openState().read(), `after ${length} characters`).toBeUndefined();
    }
    expect(readdirSync(directory)).toEqual(['state.json.set-aside', 'state.json.set-aside.2']);
    expect(readFileSync(`${path}.set-aside`, 'utf8')).toBe('');
    expect(whole.startsWith(readFileSync(`${path}.set-aside.2`, 'utf8'))).toBe(true);
  });

  test('too large, without being read', () => {
    writeFileSync(path, '');
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
  // A directory with the name of the new file: it makes the write fail for root as well.
  mkdirSync(join(`${path}.new`, 'in the way'), { recursive: true });
  file.write(EMPTY);
  file.write(EMPTY);
  expect(readFileSync(path, 'utf8')).toBe(whole);
  expect(dropped(file)).toEqual({ state_writes: 2, state_groups: 0 });
  expect(told).toEqual([expect.stringMatching(/^warn the state cannot be written; .*: .*EISDIR|ERR_FS_EISDIR/)]);
  rmSync(`${path}.new`, { recursive: true });
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
