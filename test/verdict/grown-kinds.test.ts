import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Kind, Look } from '../../src/model/look.ts';
import { grownKinds } from '../../src/verdict/grown-kinds.ts';
import { evidenceOf } from '../../src/verdict/look-evidence.ts';

const look = (t: number, kinds: readonly Kind[], rest: Partial<Look> = {}): Look => ({ t, at: 'fds', kinds, ...rest });

describe('the kinds that grew', () => {
  test('are told by two looks, most growth first', () => {
    const first = look(0, [
      { name: 'file', amount: 30 },
      { name: 'pipe', amount: 8 },
    ]);
    const now = look(60, [
      { name: 'TCP in CLOSE_WAIT to 10.0.0.5:5432', amount: 412 },
      { name: 'file', amount: 31 },
      { name: 'pipe', amount: 8 },
    ]);
    expect(grownKinds(now, first)).toEqual([
      { name: 'TCP in CLOSE_WAIT to 10.0.0.5:5432', amount: 412, gained: 412 },
      { name: 'file', amount: 31, gained: 1 },
    ]);
  });

  test('are told by one look where it says when they came', () => {
    const now = look(60, [
      { name: 'ruby', amount: 70, newer: 1 },
      { name: 'Timer-#', amount: 57, newer: 50 },
      { name: 'puma', amount: 16, newer: 0 },
    ]);
    expect(grownKinds(now).map(({ name, gained }) => [name, gained])).toEqual([
      ['Timer-#', 50],
      ['ruby', 1],
    ]);
  });

  test('are those that grew between two looks where the numbers of descriptors say otherwise', () => {
    // The leak fills the low numbers, so that files have the highest.
    const at = (sockets: number, newerFiles: number): readonly Kind[] => [
      { name: 'file', amount: 200, newer: newerFiles },
      { name: 'socket', amount: sockets, newer: 0 },
    ];
    expect(grownKinds(look(60, at(24, 24)), look(0, at(12, 12)))).toEqual([
      { name: 'socket', amount: 24, newer: 0, gained: 12 },
    ]);
    // Too little of the growth was between the looks.
    expect(grownKinds(look(60, at(15, 15)), look(0, at(11, 11)))[0]).toMatchObject({ name: 'file', gained: 15 });
    expect(grownKinds(look(60, at(12, 12)), look(0, at(12, 12)))[0]).toMatchObject({ name: 'file', gained: 12 });
    // Of threads it is known when they started.
    const threads = (t: number, n: number): Look => ({ ...look(t, at(n, n)), at: 'threads' });
    expect(grownKinds(threads(60, 24), threads(0, 12))[0]).toMatchObject({ name: 'file', gained: 24 });
  });

  test('are all kinds, most first, where no growth can be told', () => {
    const kinds = [
      { name: 'file', amount: 30 },
      { name: 'pipe', amount: 8 },
    ];
    expect(grownKinds(look(60, kinds))).toEqual(kinds);
    expect(grownKinds(look(60, kinds), look(0, kinds)).map(({ name }) => name)).toEqual(['file', 'pipe']);
  });

  test('are unknown where other parts of the two looks are missing', () => {
    const first = look(0, [{ name: 'file', amount: 3 }], { incomplete: 'looked at 2,000 of 3,000 descriptors' });
    const now = look(60, [{ name: 'file', amount: 9 }], { incomplete: 'looked at 2,000 of 4,000 descriptors' });
    expect(grownKinds(now, first)).toEqual([{ name: 'file', amount: 9 }]);
    const whole = look(0, [{ name: 'file', amount: 3 }]);
    expect(grownKinds(now, whole)).toEqual([{ name: 'file', amount: 9, gained: 6 }]);
    expect(grownKinds({ ...now, at: 'memory' }, { ...whole, at: 'memory' })).toEqual([{ name: 'file', amount: 9 }]);
    const same = { incomplete: 'denied' };
    expect(grownKinds({ ...now, ...same }, { ...first, ...same })).toEqual([{ name: 'file', amount: 9, gained: 6 }]);
  });

  test('are not those that may have been among the rest before', () => {
    const first = look(0, [{ name: 'file', amount: 5 }], { rest: 100 });
    expect(grownKinds(look(60, [{ name: 'new', amount: 9 }]), first)).toEqual([{ name: 'new', amount: 9, gained: 4 }]);
    const little = look(0, [{ name: 'file', amount: 5 }], { rest: 2 });
    expect(grownKinds(look(60, [{ name: 'new', amount: 9 }]), little)).toEqual([{ name: 'new', amount: 9, gained: 7 }]);
  });

  test('never gained more than there are, whatever the looks', () => {
    const kinds = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), amount: fc.nat(50) }), {
      selector: ({ name }) => name,
    });
    fc.assert(
      fc.property(kinds, kinds, fc.nat(9), (before, after, rest) => {
        for (const { amount, gained = 1 } of grownKinds(look(60, after), look(0, before, { rest }))) {
          expect(gained).toBeLessThanOrEqual(Math.max(1, amount));
        }
      }),
    );
  });
});

test('the evidence of a look tells ten kinds', () => {
  const states = ['a', 'b', 'c', 'd'].map((name) => ({ name, count: 1 }));
  const kinds = Array.from({ length: 12 }, (_, at) => ({ name: `${at}`, amount: 12 - at, states }));
  const now = look(60, kinds);
  const { telling, firstLook } = evidenceOf(now, now, (t) => t);
  expect(telling).toHaveLength(10);
  expect(telling[0]).toEqual({ name: '0', amount: 12, states });
  expect(firstLook).toBeUndefined();
});
