import { expect, test } from 'vitest';
import { looker, NOW } from '../../../support/looker.ts';

const CHILDREN = [
  { pid: 20, ppid: 10, comm: 'convert', state: 'Z', startTicks: 95_000 },
  { pid: 21, ppid: 10, comm: 'convert', state: 'Z', startTicks: 9 },
  { pid: 22, ppid: 10, comm: 'sh', startTicks: 95_000 },
  { pid: 23, ppid: 22, comm: 'sh', startTicks: 95_000 },
];

test('zombies and living children are counted by name, and those that came since the growth began', async () => {
  const { source, look } = looker({}, CHILDREN);
  await source.sample();
  expect(look('zombies', NOW - 60).kinds).toEqual([{ name: 'convert', amount: 2, newer: 1 }]);
  expect(look('children', NOW - 60).kinds).toEqual([{ name: 'sh', amount: 1, newer: 1 }]);
  expect(look('children').kinds).toEqual([{ name: 'sh', amount: 1 }]);
});
