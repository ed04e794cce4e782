import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLimits } from '../../../src/sources/proc/limits.ts';
import { fixtureBytes } from '../trees.ts';

const DYNO = fixtureBytes('dyno-zombies/1/limits').toString();

test('the soft limits are read', () => {
  expect(parseLimits(DYNO)).toEqual({ nproc: 256, nofile: 10_000 });
  expect(parseLimits(DYNO.replace('256      ', '255      '))).toMatchObject({ nproc: 255 });
});

test('unlimited is infinite', () => {
  const text = DYNO.replace(/^(Max processes +)256 {2}/m, '$1unlimited ');
  expect(parseLimits(text)).toEqual({ nproc: Number.POSITIVE_INFINITY, nofile: 10_000 });
});

test('missing and cut lines are unknown', () => {
  expect(parseLimits('')).toEqual({ nproc: undefined, nofile: undefined });
  expect(parseLimits(DYNO.slice(0, DYNO.indexOf('Max open files')))).toEqual({ nproc: 256, nofile: undefined });
  expect(parseLimits(DYNO.replace('10000 ', '-1    '))).toMatchObject({ nofile: undefined });
});

test('every prefix gives the same limits or fewer', () => {
  for (let length = 0; length < DYNO.length; length++) {
    const { nproc, nofile } = parseLimits(DYNO.slice(0, length));
    expect([undefined, 256]).toContain(nproc);
    expect([undefined, 10_000]).toContain(nofile);
  }
});

test('any text gives limits or undefined', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(DYNO.length), (some, at) => {
      for (const value of Object.values(parseLimits(DYNO.slice(0, at) + some + DYNO.slice(at))))
        expect(value === undefined || value >= 0).toBe(true);
    }),
  );
});
