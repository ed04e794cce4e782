/** The rules about exhaustion, each at its boundary. */
import { expect, test } from 'vitest';
import { concludeDyno } from '../../src/logs/conclusion.ts';
import type { LifeReport } from '../../src/logs/life.ts';
import { buildReport } from '../../src/logs/report.ts';
import { conclusionOn, dynoOf, lifeOf, NO_LINES, START, tallyOf, trackOf } from './states.ts';

const said = (count: number): LifeReport => lifeOf([], { troubles: [{ trouble: 'perhaps', ...tallyOf(count) }] });

test('takes three messages that may mean something else', () => {
  expect(conclusionOn(said(3))).toBe('exhaustion found');
  expect(conclusionOn(said(2))).toBe('nothing');
});

test('is told in the timeline from the same number on', () => {
  const timelineOf = (count: number) => {
    const dynos = [dynoOf([said(count)])];
    const state = { dynos, forgottenDynos: 0, releases: [], lostLines: 0, untimed: false };
    return buildReport({ state, counts: NO_LINES, span: undefined }).timeline;
  };
  expect(timelineOf(3)).toHaveLength(1);
  expect(timelineOf(2)).toHaveLength(0);
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
