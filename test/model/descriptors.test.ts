import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareDescriptors } from '../../src/model/descriptors.ts';

test('what runs leakwatch comes first, then connections, then files that are kept open', () => {
  expect(shareDescriptors(20)).toEqual({ connections: 1, kept: 0 });
  expect(shareDescriptors(40)).toEqual({ connections: 4, kept: 4 });
  expect(shareDescriptors(256)).toEqual({ connections: 112, kept: 112 });
  expect(shareDescriptors(544)).toEqual({ connections: 256, kept: 256 });
  expect(shareDescriptors(Number.POSITIVE_INFINITY)).toEqual({ connections: 256, kept: Number.POSITIVE_INFINITY });
});

test('32 are left, whatever the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 33, max: 1 << 30 }), (nofile) => {
      const { connections, kept } = shareDescriptors(nofile);
      expect(connections).toBeGreaterThanOrEqual(1);
      expect(connections + kept).toBeLessThanOrEqual(Math.max(1, nofile - 32));
    }),
  );
});
