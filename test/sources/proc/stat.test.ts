import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStat } from '../../../src/sources/proc/stat.ts';
import { fixtureBytes } from '../trees.ts';

const parse = (bytes: Buffer | string) => {
  const buffer = Buffer.from(bytes as string);
  return parseStat(buffer, buffer.length);
};

const captured = (path: string) => parse(fixtureBytes(`${path}/stat`));

/** A line as the kernel writes it, 52 fields; `numbers` are the fields from ppid on that are parsed. */
function line(pid: number, comm: Uint8Array | string, state: string, numbers: readonly (number | string)[]): Buffer {
  const [ppid, flags, utime, stime, cutime, cstime, threads, start, rss] = numbers;
  const tail = `${ppid} 7 7 0 -1 ${flags} 9 8 7 6 ${utime} ${stime} ${cutime} ${cstime} 20 0 ${threads} 0 ${start} 4096 ${rss}`;
  const rest = `18446744073709551615 ${'0 '.repeat(26)}0`;
  return Buffer.concat([
    Buffer.from(`${pid} (`),
    Buffer.from(comm as string),
    Buffer.from(`) ${state} ${tail} ${rest}\n`),
  ]);
}

const GOOD = [1, 4194560, 10, 20, 3, 4, 5, 881234, 2560] as const;
const without = (index: number, value: number | string): (number | string)[] =>
  GOOD.map((n, i) => (i === index ? value : n));

const wellFormed = fc.record({
  pid: fc.integer({ min: 1, max: 2 ** 22 }),
  comm: fc.uint8Array({ maxLength: 64 }),
  state: fc.constantFrom(...'RSDZTtXI'),
  numbers: fc.tuple(
    fc.nat(2 ** 22),
    fc.nat(2 ** 31 - 1),
    ...Array.from({ length: 7 }, () => fc.maxSafeNat().map((n) => Math.floor(n / 2))),
  ),
});

describe('a line of the kernel', () => {
  test('gives every number in its place', () => {
    expect(captured('dyno-zombies/4')).toEqual({
      pid: 4,
      comm: 'ruby',
      state: 'S',
      ppid: 3,
      kernel: false,
      cpuTicks: 0,
      childCpuTicks: 0,
      threads: 2,
      startTicks: 256843,
      rssPages: 2883,
    });
    expect(parse(line(7, 'app', 'R', GOOD))).toEqual({
      pid: 7,
      comm: 'app',
      state: 'R',
      ppid: 1,
      kernel: false,
      cpuTicks: 30,
      childCpuTicks: 7,
      threads: 5,
      startTicks: 881234,
      rssPages: 2560,
    });
  });

  test('tells a kernel thread by its flag', () => {
    expect(parse(line(2, 'kthreadd', 'S', without(1, 0x00208040)))).toMatchObject({ kernel: true });
    expect(parse(line(2, 'kthreadd', 'S', without(1, 0x00008040)))).toMatchObject({ kernel: false });
  });

  test('of a leader that exited has state Z and the number of living threads', () => {
    expect(captured('leader-exited/3')).toMatchObject({ state: 'Z', threads: 2 });
  });

  test('with a negative rss has an unknown rss, and all other numbers', () => {
    expect(captured('cut-lines/21')).toMatchObject({ pid: 21, rssPages: undefined, threads: 1 });
  });
});

describe('the name', () => {
  test.each([
    [3, ') Z 1 ('],
    [5, 'new\nline'],
    [6, '1) R 0 0\n2 (x'],
    [13, '\ufffd\ufffd\ufffdruby'],
    [16, '((a b ) ( c d) )'],
    [17, ')))))))'],
    [18, '(((((('],
    [20, '\n'],
    [21, ''],
    [24, '__proto__'],
  ])('of process %d of the hostile ones is %j', (pid, comm) => {
    expect(captured(`hostile-names/${pid}`)).toMatchObject({ pid, comm, ppid: 1, state: 'S', threads: 1 });
  });

  test('may be any bytes: all numbers come through', () => {
    fc.assert(
      fc.property(wellFormed, ({ pid, comm, state, numbers }) => {
        const [ppid, flags, utime, stime, cutime, cstime, threads, startTicks, rssPages] = numbers as number[];
        expect(parse(line(pid, comm, state, numbers))).toEqual({
          pid,
          comm: Buffer.from(comm).toString('utf8'),
          state,
          ppid,
          kernel: (flags! & 0x00200000) !== 0,
          cpuTicks: utime! + stime!,
          childCpuTicks: cutime! + cstime!,
          threads,
          startTicks,
          rssPages,
        });
      }),
    );
  });
});

test('the result does not depend on the previous one', () => {
  fc.assert(
    fc.property(wellFormed, fc.option(wellFormed), ({ pid, comm, state, numbers }, other) => {
      const bytes = line(pid, comm, state, numbers);
      const before = parse(line(pid, other ? other.comm : comm, 'S', GOOD));
      expect(parseStat(bytes, bytes.length, before)).toEqual(parse(bytes));
    }),
  );
});

describe('malformed', () => {
  test.each([10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 22, 23, 24, 25, 26, 27])('is the captured line %d', (pid) => {
    expect(captured(`cut-lines/${pid}`)).toBeUndefined();
  });

  test.each([18, 28])('is not the captured line %d, which is cut behind the fields that are parsed', (pid) => {
    expect(captured(`cut-lines/${pid}`)).toMatchObject({ pid, threads: 1, rssPages: 2896 });
  });

  test.each([
    '',
    ' ',
    '1',
    '1 ',
    '1 (',
    '1 ()',
    '1 () ',
    '1 () S',
    '(x) S 1',
    '0 (x) S 1 ',
    '-1 (x) S 1 ',
    ')',
    '1 )( S ',
  ])('is %j', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  test('is a number that a double cannot hold', () => {
    const past = ['9007199254740992', '18446744073709551615', '9'.repeat(400)];
    for (const index of GOOD.keys())
      for (const value of past) expect(parse(line(7, 'app', 'S', without(index, value))), `${index}`).toBeUndefined();
    expect(parse(line(7, 'app', 'S', without(7, Number.MAX_SAFE_INTEGER)))).toMatchObject({
      startTicks: Number.MAX_SAFE_INTEGER,
    });
  });

  test('is a negative number in a field that has none', () => {
    for (const index of [0, 6, 7]) expect(parse(line(7, 'app', 'S', without(index, -5)))).toBeUndefined();
  });

  test('or complete is every prefix of a line, and nothing in between', () => {
    fc.assert(
      fc.property(wellFormed, fc.nat(), ({ pid, comm, state, numbers }, cut) => {
        const whole = line(pid, comm, state, numbers);
        const part = parseStat(whole, cut % whole.length);
        expect(part === undefined || part).toEqual(part === undefined || parse(whole));
      }),
      { numRuns: 500 },
    );
    const whole = line(7, 'a) b', 'S', GOOD);
    for (let length = 0; length < whole.length; length++) {
      const part = parseStat(whole, length);
      if (part !== undefined) expect(part).toEqual(parse(whole));
    }
  });

  test('are any bytes, unless they give a record of numbers: never an exception', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.constantFrom('1', ' ', '(', ')', 'S', '-', '\n', '99999999999999999'), { maxLength: 80 }),
    );
    fc.assert(
      fc.property(bytes, (some) => {
        const stat = parse(Buffer.from(some instanceof Uint8Array ? some : some.join('')));
        if (stat) expect(Object.values(stat).every((value) => !Number.isNaN(value))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('is never the rest that an earlier and longer line left in the buffer', () => {
    const buffer = Buffer.alloc(4096);
    line(7, 'app', 'S', GOOD).copy(buffer);
    const length = buffer.write('8 (b) S 1 ');
    expect(parseStat(buffer, length)).toBeUndefined();
  });
});
