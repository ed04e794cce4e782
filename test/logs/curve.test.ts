import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Curve } from '../../src/logs/curve.ts';

const arrival = fc.record({ t: fc.integer({ min: 0, max: 5_000_000 }), value: fc.integer({ min: -1000, max: 1000 }) });

test('equals a table of buckets, in whatever order the values come', () => {
  fc.assert(
    fc.property(fc.array(arrival, { minLength: 1, maxLength: 200 }), (arrivals) => {
      const curve = new Curve({ capacity: 16, widthSeconds: 20 });
      for (const { t, value } of arrivals) curve.push(t, value);
      const points = curve.points();
      const width = curve.widthSeconds;
      expect(Math.log2(width / 20) % 1).toBe(0);
      const bucketOf = ({ t }: { readonly t: number }): number => Math.floor(t / width) * width;
      const buckets = new Map<number, typeof arrivals>();
      for (const one of arrivals) buckets.set(bucketOf(one), [...(buckets.get(bucketOf(one)) ?? []), one]);
      expect(points.map(({ t }) => t)).toEqual([...buckets.keys()].sort((a, b) => a - b));
      expect(points.at(-1)!.t - points[0]!.t).toBeLessThan(16 * width);
      for (const { t, least, greatest, mean, count } of points) {
        const values = buckets.get(t)!.map(({ value }) => value);
        expect({ least, greatest, count }).toEqual({
          least: Math.min(...values),
          greatest: Math.max(...values),
          count: values.length,
        });
        expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 6);
      }
    }),
  );
});

test('doubles its width only when it is full', () => {
  const curve = new Curve({ capacity: 16, widthSeconds: 20 });
  for (let slot = 0; slot < 16; slot++) curve.push(slot * 20, slot);
  expect(curve.widthSeconds).toBe(20);
  curve.push(16 * 20, 16);
  expect(curve.widthSeconds).toBe(40);
});
