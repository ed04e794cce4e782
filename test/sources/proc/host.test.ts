import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuxv, parseCount, parseLoadavgTasks, parseMeminfo, parseUptime } from '../../../src/sources/proc/host.ts';
import { fixtureBytes } from '../trees.ts';

const text = (file: string): string => fixtureBytes(`dyno-zombies/${file}`).toString();

test('the captured host is parsed', () => {
  expect(parseLoadavgTasks(text('loadavg'))).toBe(111);
  expect(parseMeminfo(text('meminfo'))).toEqual({
    total: 24_684_084 * 1024,
    available: Number(/MemAvailable: +(\d+)/.exec(text('meminfo'))![1]) * 1024,
    shared: Number(/Shmem: +(\d+)/.exec(text('meminfo'))![1]) * 1024,
    swapUsed: 0,
  });
  expect(parseUptime(text('uptime'))).toBeCloseTo(Number.parseFloat(text('uptime')), 2);
  expect(parseCount(text('sys/kernel/pid_max'))).toBe(Number(text('sys/kernel/pid_max')));
  expect(parseAuxv(fixtureBytes('dyno-zombies/self/auxv'))).toEqual({ pageSize: 4096, ticksPerSecond: 100 });
});

test('unknown is not 0', () => {
  for (const bad of ['', '\n', 'x', '-1\n', '1 2\n', '1e5\n', '0x10\n', '9'.repeat(16)])
    expect(parseCount(bad), bad).toBeUndefined();
  for (const bad of ['', '0.1 0.2 0.3 7 5', '0.1 0.2 0.3 1/', '0.1 0.2 0.3 1/x 5']) {
    expect(parseLoadavgTasks(bad), bad).toBeUndefined();
  }
  for (const bad of ['', '12', '12.5', 'x 1', '-3.0 1']) expect(parseUptime(bad), bad).toBeUndefined();
  expect(parseMeminfo('')).toEqual({ total: undefined, available: undefined });
  // Linux before 3.14 has no MemAvailable.
  expect(parseMeminfo('MemTotal:        2048 kB\nMemFree: 1 kB\n')).toEqual({
    total: 2 * 2 ** 20,
    available: undefined,
  });
  expect(parseMeminfo('SwapTotal: 2048 kB\nSwapFree: 1024 kB\nShmem: 4 kB\n')).toEqual({
    shared: 4096,
    swapUsed: 2 ** 20,
  });
  expect(parseMeminfo('SwapTotal: 2048 kB\n').swapUsed).toBeUndefined();
});

test('any text gives numbers or undefined', () => {
  fc.assert(
    fc.property(fc.string(), (some) => {
      const { total, available } = parseMeminfo(some);
      for (const value of [parseCount(some), parseLoadavgTasks(some), parseUptime(some), total, available])
        expect(value === undefined || value >= 0).toBe(true);
    }),
  );
});

describe('the auxiliary vector', () => {
  const auxv = (...words: number[]): Buffer => {
    const bytes = Buffer.alloc(words.length * 8);
    for (const [i, word] of words.entries()) bytes.writeBigUInt64LE(BigInt(word), i * 8);
    return bytes;
  };

  test.each([
    [[6, 65536, 17, 250, 0, 0], 65536, 250],
    [[17, 1000, 0, 0], 4096, 1000],
    [[6, 16384, 0, 0], 16384, 100],
    [[6, 1, 17, 0, 0, 0], 4096, 100],
    [[], 4096, 100],
  ])('%j gives pages of %d bytes and %d ticks a second', (words, pageSize, ticksPerSecond) => {
    expect(parseAuxv(auxv(...words))).toEqual({ pageSize, ticksPerSecond });
  });

  test('of any bytes gives plausible numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const { pageSize, ticksPerSecond } = parseAuxv(Buffer.from(bytes));
        expect(pageSize).toBeGreaterThanOrEqual(4096);
        expect(ticksPerSecond).toBeGreaterThan(0);
      }),
    );
  });
});
