/** The rules about exhaustion, each at its boundary. */
import { expect, test } from 'vitest';
import { concludeDyno } from '../../src/logs/conclusion.ts';
import type { LifeReport } from '../../src/logs/life.ts';
import { buildReport } from '../../src/logs/report.ts';
import { remarks } from '../../src/logs-report/words.ts';
import { conclusionOn, dynoOf, lifeOf, NO_LINES, START, tallyOf, trackOf } from './states.ts';

const said = (count: number): LifeReport => lifeOf([], { troubles: [{ trouble: 'perhaps', ...tallyOf(count) }] });

test('is told by one message that says what was refused', () => {
  const refused = lifeOf([], { troubles: [{ trouble: 'threads', ...tallyOf(1) }, ...said(9).troubles] });
  expect(concludeDyno(dynoOf([refused]))).toMatchObject([{ kind: 'exhaustion', certainty: 'found', count: 1 }]);
});

test('does not follow from messages that may mean something else: from the third on they are a remark', () => {
  const reportOn = (count: number) => {
    const dynos = [dynoOf([said(count)])];
    const state = { dynos, forgottenDynos: 0, releases: [], lostLines: 0, untimed: false };
    return buildReport({ state, counts: NO_LINES, span: undefined });
  };
  expect(conclusionOn(said(100))).toBe('nothing');
  expect(reportOn(100).timeline).toEqual([]);
  expect(remarks(reportOn(3)).join()).toContain('without saying what failed');
  expect(remarks(reportOn(2)).join()).not.toContain('without saying what failed');
});

test('is seen in counted tasks from 98 % of the limit on, zombies included', () => {
  const counted = (threads: number, zombies: number) => {
    const peak = (value: number) => ({ t: START, value });
    const tracks = [
      trackOf(600, { measure: 'threads', peak: peak(threads) }),
      trackOf(600, { measure: 'zombies', peak: peak(zombies) }),
    ];
    return concludeDyno(dynoOf([lifeOf(tracks)], { threadLimit: 1000 }));
  };
  expect(counted(900, 80)).toMatchObject([{ kind: 'exhaustion', what: 'threads', peak: 980, limit: 1000 }]);
  expect(counted(900, 79)).toEqual([]);
});
