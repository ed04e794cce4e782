/** Growth that more processes explain, at the edges of the rule. */
import { describe, expect, test } from 'vitest';
import { ExplainedGrowth } from '../../src/verdict/explained-growth.ts';
import { INTERVAL_SECONDS } from '../support/synthetic.ts';

const HOUR_SECONDS = 3600;

/** Processes went from `before` to `now`, while the metric rose by `rise` to `floor`. */
function scene({ before, now, floor, rise }: Record<'before' | 'now' | 'floor' | 'rise', number>) {
  const growth = { level: 3, lowest: 9, back: 0, floor, rise };
  const processes = { floor: (level: number, back: number) => (level === 3 && back === 9 ? before : now) };
  return [growth, processes] as const;
}

const isExplained = (heights: Parameters<typeof scene>[0]) =>
  new ExplainedGrowth(INTERVAL_SECONDS).see(...scene(heights), 0);

test('four workers of ten threads and two more: twenty threads are theirs, and a quarter more at the most', () => {
  expect(isExplained({ before: 4, now: 6, floor: 60, rise: 20 })).toBe(true);
  expect(isExplained({ before: 4, now: 6, floor: 65, rise: 25 })).toBe(true);
  expect(isExplained({ before: 4, now: 6, floor: 66, rise: 26 })).toBe(false);
});

test('without more processes nothing is explained', () => {
  expect(isExplained({ before: 4, now: 4, floor: 60, rise: 20 })).toBe(false);
});

describe('what is usual for a process', () => {
  test('is read from before the growth where there were three', () => {
    // 30 for three: ten each. Now they have 22 each, which two more do not explain.
    expect(isExplained({ before: 3, now: 5, floor: 110, rise: 80 })).toBe(false);
  });

  test('is read from now where there were one or two', () => {
    // A parent of two threads and a worker of ten: seven workers more of ten each.
    expect(isExplained({ before: 2, now: 9, floor: 82, rise: 70 })).toBe(true);
    expect(isExplained({ before: 2, now: 4, floor: 82, rise: 70 })).toBe(false);
  });
});

test('a rise by less than processes differ by tells nothing, and what was known stays', () => {
  const explained = new ExplainedGrowth(INTERVAL_SECONDS);
  const [small, same] = scene({ before: 4, now: 4, floor: 42.4, rise: 2.4 });
  expect(explained.see(small, same, 0)).toBe(false);
  expect(explained.see(...scene({ before: 4, now: 6, floor: 60, rise: 20 }), 0)).toBe(true);
  for (let t = 0; t < 3 * HOUR_SECONDS; t += 1800) expect(explained.see(small, same, t)).toBe(true);
  expect(explained.see(...scene({ before: 4, now: 4, floor: 42.6, rise: 2.6 }), 10 * HOUR_SECONDS)).toBe(false);
});

test('growth that was explained stays so for an hour', () => {
  const explained = new ExplainedGrowth(INTERVAL_SECONDS);
  const unexplained = scene({ before: 4, now: 4, floor: 60, rise: 20 });
  expect(explained.see(...scene({ before: 4, now: 6, floor: 60, rise: 20 }), 0)).toBe(true);
  expect(explained.see(...unexplained, HOUR_SECONDS - 1)).toBe(true);
  expect(explained.see(...unexplained, HOUR_SECONDS)).toBe(false);
  expect(explained.see(...scene({ before: 4, now: 6, floor: 60, rise: 20 }), HOUR_SECONDS)).toBe(true);
  explained.clear();
  expect(explained.see(...unexplained, HOUR_SECONDS + 1)).toBe(false);
});
