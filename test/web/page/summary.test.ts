import { describe, expect, test } from 'vitest';
import { METRICS } from '../../../src/model/metrics.ts';
import type { Publication } from '../../../src/verdict/publication.ts';
import type { News } from '../../../src/web/page/news.ts';
import type { PageReport } from '../../../src/web/page/report.ts';
import { summarize } from '../../../src/web/page/summary.ts';
import { reportJson } from '../../../src/web/report-json.ts';
import { IDENTITY } from '../../support/identity.ts';
import {
  groupReport,
  publication,
  quietPublication,
  SAMPLED_AT,
  threadSuspicion,
  zombieLeak,
} from '../../support/publication.ts';

const LEARNING = { verdict: 'learning' } as const;

function reportOf(published: Publication): PageReport {
  return JSON.parse(reportJson(published, { version: '1.2.3', identity: IDENTITY }));
}

function news(published: Publication, rest: Partial<News> = {}): News {
  return { report: reportOf(published), failure: '', answered: true, ageSeconds: 5, ...rest };
}

function withGroups(groups: Publication['report']['groups']): Publication {
  const quiet = quietPublication();
  return { ...quiet, report: { ...quiet.report, groups } };
}

describe('without a report', () => {
  test.each<readonly [Partial<News>, state: string, headline: string]>([
    [{ answered: false }, 'waiting', 'Loading'],
    [{}, 'waiting', 'Waiting for the first sample'],
    [{ answered: false, failure: 'connection lost' }, 'lost', 'leakwatch does not answer'],
  ])('%j is %s: %s', (rest, state, headline) => {
    const summary = summarize({ report: undefined, failure: '', answered: true, ageSeconds: 0, ...rest });
    expect(summary).toMatchObject({ state, headline });
  });
});

test('an alert comes before a warning, whatever is newer', () => {
  const standing = [threadSuspicion(), zombieLeak()];
  const { state, text } = summarize(news({ ...publication(), standing }));
  expect(state).toBe('leak');
  expect(text).toMatch(
    /^Since .+, 75 min ago\. At this pace the thread limit is reached in 114 min\. 1 more finding below\.$/,
  );
});

test('of two alerts the one that reaches its limit first comes first', () => {
  const soon = { ...zombieLeak(), group: 'soon', evidence: { slopePerSecond: 1, exhaustionSeconds: 60 } };
  const never = { ...zombieLeak(), t: SAMPLED_AT + 1, group: 'never', evidence: {} };
  const { headline } = summarize(news({ ...quietPublication(), standing: [never, zombieLeak(), soon] }));
  expect(headline).toMatch(/^soon /);
});

test('a warning alone is a suspicion', () => {
  expect(summarize(news({ ...quietPublication(), standing: [threadSuspicion()] })).state).toBe('suspect');
});

test('good news says how many groups are watched, and how many are still learning', () => {
  expect(summarize(news(quietPublication()))).toEqual({
    state: 'ok',
    headline: 'Nothing is leaking',
    text: '3 groups watched, and none grows without end.',
  });
  const drafts = { threads: LEARNING, fds: LEARNING };
  const groups = [groupReport('old', { threads: 1 }), groupReport('new', { threads: 1, fds: 3 }, drafts)];
  expect(summarize(news(withGroups(groups))).text).toMatch(/^2 groups watched.* 1 group still learning\.$/);
});

test('while everything is learning it says when the first verdict comes', () => {
  const drafts = Object.fromEntries(METRICS.map(({ name }) => [name, LEARNING]));
  const { state, text } = summarize(news(withGroups([groupReport('new', { threads: 1 }, drafts)])));
  expect(state).toBe('learning');
  expect(text).toBe('First verdict in 58 min. 1 group watched; a limit that is reached is told at once.');
});

test('no group at all', () => {
  expect(summarize(news(withGroups([]))).headline).toBe('Nothing to watch');
});

describe('an old report', () => {
  test.each<readonly [ageSeconds: number, failure: string, headline: string]>([
    [61, '', 'Nothing is leaking'],
    [63, '', 'No new sample'],
    [31, 'connection lost', 'Nothing is leaking'],
    [33, 'connection lost', 'leakwatch does not answer'],
  ])('of %i s, %j: %s', (ageSeconds, failure, headline) => {
    const summary = summarize(news(quietPublication(), { ageSeconds, failure }));
    expect(summary.headline).toBe(headline);
    if (summary.state === 'lost') expect(summary.text).toMatch(/^The last word, of .* ago: Nothing is leaking\.$/);
  });

  test.each([
    [481, 'Nothing is leaking'],
    [483, 'No new sample'],
  ])('of %i s, where samples are taken every 160 s on purpose: %s', (ageSeconds, headline) => {
    const quiet = quietPublication();
    const rare = { ...quiet, self: { ...quiet.self, presentIntervalSeconds: 160 } };
    expect(summarize(news(rare, { ageSeconds })).headline).toBe(headline);
  });
});
