import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMemoryKinds, parseRealUid } from '../../../src/sources/proc/status.ts';
import { fixtureBytes } from '../trees.ts';

const DYNO = fixtureBytes('dyno-zombies/1/status').toString();
const ZOMBIE = fixtureBytes('dyno-zombies/12/status').toString();

test('the real uid is the first of four', () => {
  expect(parseRealUid(DYNO)).toBe(1000);
  expect(parseRealUid(ZOMBIE)).toBe(1000);
  expect(parseRealUid('Name:\tx\nUid:\t33\t0\t0\t0\n')).toBe(33);
  expect(parseRealUid('Name:\tx\nUid:\t4294967294\t0\t0\t0\n')).toBe(4294967294);
});

test('memory is split into kinds, in bytes', () => {
  expect(parseMemoryKinds(DYNO)).toEqual({
    anonBytes: 7904 * 1024,
    fileBytes: 3792 * 1024,
    sharedBytes: 0,
    swapBytes: 0,
  });
});

test('a zombie has no memory: unknown, not 0', () => {
  expect(parseMemoryKinds(ZOMBIE)).toEqual({
    anonBytes: undefined,
    fileBytes: undefined,
    sharedBytes: undefined,
    swapBytes: undefined,
  });
});

test.each([
  '',
  'Uid:',
  'Name:\tx\nUid:\t\t0\n',
  'Name:\tx\nUid:\t-1\t0\n',
  'Name:\tx\nUid:\t12',
  'Name:\tx\nGid:\t5\t5\n',
])('%j has no uid', (text) => {
  expect(parseRealUid(text)).toBeUndefined();
});

test.each(['\r', '\u2028', '\u2029', '\v', '\\n'])(
  'a process name with %j in it is not taken for a line',
  (separator) => {
    // The kernel escapes newlines in the name, and nothing else.
    const rest = 'Umask:\t0022\nUid:\t1000\t1000\t1000\t1000\nVmSwap:\t       8 kB\n';
    expect(parseRealUid(`Name:\tx${separator}Uid:\t0\t\n${rest}`)).toBe(1000);
    expect(parseMemoryKinds(`Name:\tx${separator}VmSwap: 1 kB${separator}\n${rest}`).swapBytes).toBe(8192);
  },
);

test('any text gives numbers or nothing', () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom('Uid:', '\t', '\n', '1', ' kB', 'VmSwap:', ' ')).map((w) => w.join('')),
  );
  fc.assert(
    fc.property(text, (some) => {
      for (const value of [parseRealUid(some), ...Object.values(parseMemoryKinds(some))])
        expect(value === undefined || Number.isSafeInteger(value)).toBe(true);
    }),
  );
});
