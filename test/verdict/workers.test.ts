import { expect, test } from 'vitest';
import { countWorkers, weighWorkers } from '../../src/verdict/workers.ts';

const MB = 2 ** 20;
const share = (proportional: number, own: number) => ({
  proportionalBytes: proportional * MB,
  privateBytes: own * MB,
});

test('without a measurement all memory is taken for that of the workers', () => {
  const limit = { used: 1800 * MB, limit: 1000 * MB };
  expect(countWorkers(1800 * MB, 4, limit)).toEqual({ workers: 3, workerBytes: 600 * MB, workersFit: 1 });
  expect(countWorkers(1800 * MB, 0, limit)).toEqual({});
});

test('memory that forked workers share is there once, however many they are', () => {
  // 400 MB were loaded before the fork. Each worker says that it holds 593 MB, and would give back 193.
  const shares = [share(100 + 13, 13), ...[1, 2, 3].map(() => share(100 + 193, 193))];
  const total = 400 + 13 + 3 * 193;
  const workers = weighWorkers(shares, { used: total * MB, limit: 900 * MB });
  expect(workers).toEqual({ workers: 3, workerBytes: 193 * MB, workersFit: 2, sharedBytes: 400 * MB });
  expect(weighWorkers(shares, { used: (total + 150) * MB, limit: 900 * MB }).workersFit).toBe(1);
});

test('none fits beside what is shared, and no more fit than there are', () => {
  const shares = [share(500, 10), share(300, 200), share(300, 200)];
  expect(weighWorkers(shares, { used: 1100 * MB, limit: 600 * MB }).workersFit).toBe(0);
  expect(weighWorkers(shares, { used: 1100 * MB, limit: 9000 * MB }).workersFit).toBe(2);
  expect(weighWorkers([], { used: 1, limit: 1 })).toEqual({});
});
