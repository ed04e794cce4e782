import { expect, test } from 'vitest';
import { looker } from '../../../support/looker.ts';

test('memory is split into kinds', () => {
  const { look } = looker({ residentPages: 100, sharedPages: 40, swapPages: 3 });
  expect(look('memory').kinds).toEqual([
    { name: 'anonymous', amount: 60 * 4096 },
    { name: 'file', amount: 40 * 4096 },
    { name: 'swapped', amount: 3 * 4096 },
    { name: 'shared', amount: 0 },
  ]);
});
