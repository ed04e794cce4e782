import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldPath, siblings, withoutDeleted } from '../../../../src/sources/proc/look/fold.ts';
import { Tally } from '../../../../src/sources/proc/look/tally.ts';

test.each([
  ['/var/log/app.log', '/var/log/app.log'],
  ['/var/log/app.log.2026-11-27', '/var/log/app.log.#-#-#'],
  ['/proc/4711/task/4712/stat', '/proc/#/task/#/stat'],
  ['/tmp/0b2c1a9e-9d3c-4b1e-8f77-1f5d2f9c0a11.upload', '/tmp/#.upload'],
  ['/data/objects/de/adbeef0a12', '/data/objects/de/#'],
  ['/tmp/systemd-private-5f3ac9e1-app.service-Xk3q9Z/tmp', '/tmp/systemd-private-#-app.service-Xk#q#Z/tmp'],
  ['/tmp/tmpk_q_zxab.json', '/tmp/tmp#.json'],
  ['/tmp/tmp.aZbYcXdWeV', '/tmp/tmp.#'],
  ['/usr/lib/libx264enc.so.164', '/usr/lib/libx#enc.so.#'],
  ['/var/lib/postgresql/15/main/base/16384/2619', '/var/lib/postgresql/#/main/base/#/#'],
  ['@00042', '@#'],
  ['relative', 'relative'],
  ['', ''],
])('%j is folded to %j', (path, folded) => {
  expect(foldPath(path)).toBe(folded);
});

test('of a long path the end is told', () => {
  const long = `/srv/${'directory-of-the-application/'.repeat(5)}file.log`;
  expect(foldPath(long)).toBe(`…/${'directory-of-the-application/'.repeat(3)}file.log`);
  expect(foldPath(`/${'x'.repeat(4000)}`)).toBe(`…${'x'.repeat(96)}`);
  // Of a directory with a long name the end.
  expect(foldPath(`/srv/${'x'.repeat(200)}/f`)).toBe(`…${'x'.repeat(94)}/f`);
});

test('paths that differ in their numbers alone have one name, of bounded length', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.nat(), fc.nat(), (parts, one, other) => {
      const [first, second] = [one, other].map((number) => foldPath(parts.join(`/a${number}.`)));
      expect(first).toBe(second);
      expect(first!.length).toBeLessThanOrEqual(98);
    }),
  );
});

test('siblings share directory and ending', () => {
  expect(siblings('/tmp/a.b.json')).toBe('/tmp/#.json');
  expect(siblings('/tmp/.hidden')).toBe('/tmp/#');
  expect(siblings('name')).toBe('#');
});

test('a deleted file is told by the end of its path', () => {
  expect(withoutDeleted('/a (deleted)')).toEqual({ path: '/a', isDeleted: true });
  expect(withoutDeleted('/a')).toEqual({ path: '/a', isDeleted: false });
});

test('more than 16 of one sort are told as one', () => {
  const tally = new Tally();
  for (let at = 0; at < 16; at++) tally.add(`to ${at}`, 2, 'to many');
  tally.add('alone');
  expect(tally.kinds()).toHaveLength(17);
  tally.add('to 0', 1, 'to many');
  expect(tally.kinds()).toContainEqual({ name: 'to 0', amount: 3 });
  tally.add('to 16', 1, 'to many');
  expect(tally.kinds()).toEqual([
    { name: 'to many', amount: 34 },
    { name: 'alone', amount: 1 },
  ]);
});
