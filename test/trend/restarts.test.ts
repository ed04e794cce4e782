/** Restarts of a program, sampled every 20 seconds unless said otherwise: each number of the rules at its boundary. */
import { describe, expect, test } from 'vitest';
import { RestartDetector } from '../../src/trend/restarts.ts';

const INTERVAL_SECONDS = 20;

/** A life in seconds, and the pause after it. */
type Life = readonly [seconds: number, gap: number];

/** Follows lives and pauses, then the first sample of the next life. */
function follow(lives: readonly Life[], intervalSeconds = INTERVAL_SECONDS) {
  const detector = new RestartDetector({ intervalSeconds });
  let t = 0;
  let number = 0;
  for (const [seconds, gap] of lives) {
    const end = t + seconds;
    for (; t < end; t += intervalSeconds) detector.see(`1:${number}`, true, t);
    t += gap;
    number++;
  }
  detector.see(`1:${number}`, true, t);
  return { detector, t };
}

const stageOf = (lives: readonly Life[], intervalSeconds?: number) => follow(lives, intervalSeconds).detector.stage;
const times = (count: number, life: Life): Life[] => Array.from({ length: count }, () => life);
/** Lives of a minute, with these pauses. */
const pauses = (...gaps: number[]): Life[] => gaps.map((gap) => [60, gap]);

test('five restarts are suspected, and ten are a loop', () => {
  const stages = [4, 5, 9, 10].map((restarts) => stageOf(times(restarts, [60, 0])));
  expect(stages).toEqual(['quiet', 'suspect', 'suspect', 'leak']);
});

test('ten samples are needed for a suspicion, and twenty for a loop', () => {
  const stages = [9, 10, 19, 20].map((restarts) => stageOf(times(restarts, [20, 0])));
  expect(stages).toEqual(['quiet', 'suspect', 'suspect', 'leak']);
});

test('a program that lives for five minutes may be in a loop, one that lives longer is not', () => {
  expect(stageOf(times(10, [300, 0]))).toBe('leak');
  expect(stageOf(times(10, [340, 0]))).toBe('quiet');
});

describe('a long life', () => {
  test('of ten minutes is the end of what was before', () => {
    const around = (seconds: number) => stageOf([...times(4, [60, 0]), [seconds, 0], ...times(4, [60, 0])]);
    expect(around(580)).toBe('suspect');
    expect(around(620)).toBe('quiet');
  });

  test('in a loop is also four times as long as the others', () => {
    const stageAfter = (seconds: number) => stageOf([...times(6, [200, 0]), [seconds, 0]]);
    expect(stageAfter(700)).toBe('suspect');
    expect(stageAfter(840)).toBe('quiet');
  });
});

describe('a group that is away', () => {
  test('for half an hour will not come back', () => {
    const { detector, t } = follow(times(3, [60, 0]));
    expect(detector.isGone(t + 1800)).toBe(false);
    expect(detector.isGone(t + 1801)).toBe(true);
  });

  test('is waited for four times as long as its longest pause', () => {
    const { detector, t } = follow(pauses(0, 500, 0));
    expect(detector.isGone(t + 2000)).toBe(false);
    expect(detector.isGone(t + 2001)).toBe(true);
  });
});

test('of lives shorter than the interval four in five must be followed at once', () => {
  const some = (later: readonly number[]): Life[] => [
    ...later.map((gap): Life => [20, gap]),
    ...times(10 - later.length, [20, 0]),
  ];
  expect(stageOf(some([100, 300]))).not.toBe('quiet');
  expect(stageOf(some([100, 200, 300]))).toBe('quiet');
});

test('a pause of less than half an interval is none', () => {
  expect(stageOf(times(5, [60, 9]))).toBe('suspect');
  expect(stageOf(times(5, [60, 11]))).toBe('quiet');
});

test('the same pause ten times in a row is a supervisor, nine times may be chance', () => {
  const lives = (count: number): Life[] => Array.from({ length: count }, (_, at) => [40 + 20 * ((at * 7) % 5), 100]);
  expect(stageOf(lives(9))).toBe('quiet');
  expect(stageOf(lives(10))).toBe('leak');
});

describe('pauses that double', () => {
  test('may begin with three that cannot be seen', () => {
    expect(stageOf(pauses(0, 0, 0, 40, 80, 160))).toBe('leak');
    expect(stageOf(pauses(0, 0, 0, 0, 40, 80, 160))).toBe('quiet');
  });

  test('are three at least', () => {
    expect(stageOf(pauses(0, 0, 40, 80, 160))).toBe('leak');
    expect(stageOf(pauses(0, 0, 0, 60, 140))).toBe('quiet');
  });

  test('end with one that is long beside the first, and beside the interval', () => {
    expect(stageOf(pauses(0, 0, 70, 130, 180))).toBe('leak');
    expect(stageOf(pauses(0, 0, 110, 130, 180))).toBe('quiet');
    expect(stageOf(pauses(0, 0, 40, 80, 100))).toBe('quiet');
  });

  test('double at least twice, each time by a quarter too little at worst', () => {
    expect(stageOf(pauses(0, 0, 100, 160, 225))).toBe('leak');
    expect(stageOf(pauses(0, 0, 100, 160, 224))).toBe('quiet');
  });

  test('may be off by a quarter and what samples cannot tell', () => {
    expect(stageOf(pauses(0, 0, 100, 260, 400))).toBe('leak');
    expect(stageOf(pauses(0, 0, 100, 300, 400))).toBe('quiet');
  });
});

describe('a schedule', () => {
  test('starts on the minute, and not on the half minute', () => {
    expect(stageOf(times(10, [20, 100]), 10)).toBe('quiet');
    expect(stageOf(times(10, [20, 70]), 10)).toBe('leak');
  });

  test('has a beat of three samples at least', () => {
    // Sampled every 30 seconds, that is two minutes: every start on a minute would be the work of chance.
    expect(stageOf(times(10, [30, 210]), 30)).toBe('quiet');
    expect(stageOf(times(10, [30, 150]), 30)).toBe('leak');
  });

  test('may be seen one sample late in one of five starts', () => {
    const late: Life[] = [
      [40, 40],
      [20, 20],
    ];
    const some = (count: number) => [
      ...times(10 - 2 * count, [20, 40]),
      ...Array.from({ length: count }, () => late).flat(),
    ];
    expect(stageOf(some(2))).toBe('quiet');
    expect(stageOf(some(3))).toBe('leak');
  });

  test('runs less than twice as long as it pauses', () => {
    expect(stageOf(times(10, [60, 60]))).toBe('quiet');
    expect(stageOf(times(10, [80, 40]))).toBe('leak');
  });
});
