/** W50: when it is told that leakwatch itself is degraded, with which numbers, and when that is over. */
import { describe, expect, test } from 'vitest';
import { CAUSE_NAMES, CAUSES, type Cause } from '../../src/verdict/causes.ts';
import { DegradationWatch } from '../../src/verdict/degradation-watch.ts';
import type { SelfState } from '../../src/verdict/publication.ts';
import { sentence } from '../../src/verdict/sentence.ts';
import { publication } from '../support/publication.ts';

const WELL: SelfState = { ...publication().self, lateTotal: 0, unreadable: new Map(), droppedTotal: new Map() };

/** The numbers about leakwatch once so much is lost in all, or once it is so bad now. */
const DEGRADED: Readonly<Record<Cause, (amount: number) => Partial<SelfState>>> = {
  log_lines: (amount) => ({ droppedTotal: new Map([['log_lines', amount]]) }),
  recording_lines: (amount) => ({ droppedTotal: new Map([['recording_lines', amount]]) }),
  state_writes: (amount) => ({ droppedTotal: new Map([['state_writes', amount]]) }),
  samples_failed: (amount) => ({ failedTotal: amount }),
  samples_late: (amount) => ({ lateTotal: amount }),
  sinks: (amount) => ({ sinkFailuresTotal: new Map([['log', amount]]) }),
  pushes: (amount) => ({ pushFailuresTotal: new Map([['pushgateway', amount]]) }),
  unreadable: (amount) => ({ unreadable: new Map([['fds:denied', amount]]) }),
  hidden: (amount) => (amount > 0 ? { hidden: 'hidepid=2' } : {}),
  interval: (amount) => ({ presentIntervalSeconds: 20 + amount }),
  memory: (amount) => (amount > 0 ? { memoryLeftBytes: amount } : {}),
};
const LEVELS: readonly Cause[] = ['unreadable', 'hidden', 'interval', 'memory'];

/**
 * Follows one cause over samples of 20 s. Each number is what a sample lost, or how bad it is then.
 * @returns what is told, as `sample number:at:amount`
 */
function told(cause: Cause, amounts: readonly number[]): string[] {
  const watch = new DegradationWatch();
  let total = 0;
  return amounts.flatMap((amount, at) => {
    total += amount;
    const self = { ...WELL, ...DEGRADED[cause](LEVELS.includes(cause) ? amount : total) };
    return watch.see(self, 20 * at).map((event) => {
      expect(event).toMatchObject({ code: 'W50', group: 'leakwatch', t: 20 * at });
      expect(event.evidence.cause).toBe(cause);
      return `${at}:${event.at}:${event.evidence.amount}`;
    });
  });
}

const quiet = (samples: number): number[] => Array(samples).fill(0);

test('nothing is told while all is well', () => {
  const watch = new DegradationWatch();
  for (let at = 0; at < 50; at++) expect(watch.see(WELL, 20 * at)).toEqual([]);
});

test.each(CAUSE_NAMES)('%s is told once while it lasts, and once when it is over', (cause) => {
  const { at, begins } = CAUSES[cause];
  const [first, last, ...others] = told(cause, [...Array(30).fill(7), ...quiet(40)]);
  expect(others).toEqual([]);
  expect(first).toMatch(new RegExp(`^${begins - 1}:${at}:`));
  expect(last).toMatch(/^34:resolved:/);
});

describe('what is lost for good', () => {
  test('is told at the first loss, and at the end with all that was lost since', () => {
    expect(told('log_lines', [0, 3, 40, 0, 100, ...quiet(10)])).toEqual(['1:alert:3', '9:resolved:143']);
  });

  test('begins anew with the next loss', () => {
    expect(told('log_lines', [5, ...quiet(5), 2])).toEqual(['0:alert:5', '5:resolved:5', '6:alert:2']);
  });
});

describe('a host that hesitates', () => {
  test('is no news when it does so twice in fifteen samples', () => {
    expect(told('samples_late', [1, 1, ...quiet(20)])).toEqual([]);
    expect(told('samples_late', [1, 1, ...quiet(13), 1])).toEqual([]);
  });

  test('is news at the third time in fifteen samples', () => {
    expect(told('samples_late', [1, 1, ...quiet(12), 1])).toEqual(['14:warn:3']);
  });
});

test('five samples without a loss end it, four do not', () => {
  expect(told('samples_failed', [1, ...quiet(4), 1, ...quiet(4)])).toEqual(['0:alert:1']);
  expect(told('samples_failed', [1, ...quiet(5)])).toEqual(['0:alert:1', '5:resolved:1']);
});

test('what stands has the number of now', () => {
  const watch = new DegradationWatch();
  const see = (cause: Cause, amount: number, t: number) => {
    watch.see({ ...WELL, ...DEGRADED[cause](amount) }, t);
    return watch.standing().map(({ t, at, evidence }) => [t, at, evidence.amount, evidence.since]);
  };
  expect(see('log_lines', 3, 20)).toEqual([[20, 'alert', 3, 20]]);
  expect(see('log_lines', 500, 40)).toEqual([[20, 'alert', 500, 20]]);
  expect(see('log_lines', 500, 60)).toEqual([[20, 'alert', 500, 20]]);
  for (const t of [80, 100, 120]) see('log_lines', 500, t);
  expect(see('log_lines', 500, 140)).toEqual([]);
});

test('an interval that grows while it stands is said as it is now', () => {
  const watch = new DegradationWatch();
  watch.see({ ...WELL, ...DEGRADED.interval(20) }, 20);
  watch.see({ ...WELL, ...DEGRADED.interval(140) }, 60);
  expect(watch.standing().map(sentence)).toEqual([
    'leakwatch sees less than it should: it samples only every 160 s, to cost no more than --max-cpu',
  ]);
});

test('processes that ended while they were read are no loss', () => {
  const watch = new DegradationWatch();
  const self = { ...WELL, unreadable: new Map([['stat:vanished', 90]]) };
  for (let at = 0; at < 20; at++) expect(watch.see(self, at)).toEqual([]);
});

test('samples that are left out on purpose are not late', () => {
  const watch = new DegradationWatch();
  for (let at = 1; at < 20; at++)
    expect(watch.see({ ...WELL, lateTotal: 3 * at, leftOutTotal: 3 * at }, 20 * at)).toEqual([]);
});

test('since is when the first of it was seen', () => {
  const watch = new DegradationWatch();
  const late = (lateTotal: number) => watch.see({ ...WELL, lateTotal }, 100 * lateTotal);
  expect([late(1), late(2), late(3)].flat().map(({ evidence }) => evidence.since)).toEqual([100]);
});

test('each cause has words for what is lost, and for what is well again', () => {
  const [event] = new DegradationWatch().see({ ...WELL, ...DEGRADED.log_lines(1200) }, 0);
  expect(sentence(event!)).toBe(
    'leakwatch loses data: 1,200 log lines were lost, because standard output did not take them',
  );
  expect(sentence({ ...event!, at: 'resolved' })).toBe(
    'leakwatch has recovered: standard output takes all lines again',
  );
  for (const cause of CAUSE_NAMES) {
    for (const words of [CAUSES[cause].says(1), CAUSES[cause].says(5000), CAUSES[cause].over])
      expect(words).toMatch(/^[a-z0-9][\w ,.-]+$/);
  }
});
