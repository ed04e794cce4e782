import { describe, expect, test } from 'vitest';
import { CaseFiles } from '../../src/daemon/case-files.ts';
import { nameAgain, nameCulprit } from '../../src/daemon/name-culprit.ts';
import type { MemoryShare } from '../../src/model/memory-share.ts';
import { finish } from '../../src/model/portions.ts';
import { Tracker } from '../../src/model/tracker.ts';
import type { CulpritEvent } from '../../src/verdict/culprit.ts';
import type { Event } from '../../src/verdict/report.ts';
import { type ProcessSpec, snapshot } from '../model/snapshots.ts';

const MB = 2 ** 20;
const MOMENT = { t: 0, toHost: (t: number) => t };

/** What is told of a server whose workers do not fit, where a process holds what `shareOf` says. */
function told(shareOf: ((pid: number) => MemoryShare | undefined) | undefined) {
  const tracker = new Tracker({ patterns: [], maxGroups: 9 });
  // The parent is not the first of the list.
  const processes: ProcessSpec[] = [11, 12, 13].map((pid) => ({ pid, ppid: 10, comm: 'unicorn', startTicks: 5 }));
  tracker.track(snapshot([...processes, { pid: 10, comm: 'unicorn', startTicks: 4 }]));
  const event: Event = {
    t: 0,
    at: 'warn',
    code: 'W40',
    desc: 'memory_overcommit',
    group: 'unicorn',
    metric: 'rss',
    verdict: 'ok',
    previous: 'ok',
    value: 1800 * MB,
    evidence: { since: 0, floor: 1800 * MB, workers: 3, workerBytes: 593 * MB, workersFit: 1 },
    bound: { used: 1000 * MB, limit: 900 * MB },
  };
  const memoryShare = shareOf && (({ pid }: { readonly pid: number }) => shareOf(pid));
  return finish(
    nameCulprit(event, MOMENT, { tracker, source: { ...(memoryShare && { memoryShare }) }, files: new CaseFiles({}) }),
  );
}

test('workers that share what was loaded before the fork are weighed when they do not fit', () => {
  const { text, evidence } = told((pid) =>
    pid === 10
      ? { proportionalBytes: 113 * MB, privateBytes: 13 * MB }
      : { proportionalBytes: 293 * MB, privateBytes: 193 * MB },
  );
  expect(evidence).toMatchObject({ workersFit: 2, floor: 1800 * MB });
  expect(text).toContain('3 workers of 193 MB each beside 400 MB that they share, 900 MB holds 2');
});

test('the estimate stands where one of them may not be looked at, or the source cannot look', () => {
  const estimate = '3 workers of 593 MB each, 900 MB holds 1';
  expect(told((pid) => (pid === 13 ? undefined : { proportionalBytes: MB, privateBytes: MB })).text).toContain(
    estimate,
  );
  expect(told(undefined).text).toContain(estimate);
});

test('where tasks run out by ever more processes, their parent is to blame and not one of them', () => {
  const tracker = new Tracker({ patterns: [], maxGroups: 9 });
  const children: ProcessSpec[] = Array.from({ length: 20 }, (_, at) => ({ pid: 20 + at, ppid: 10, comm: 'job' }));
  tracker.track(snapshot([{ pid: 10, comm: 'forks' }, ...children], { t: 0 }));
  const event: Event = {
    t: 0,
    at: 'alert',
    code: 'W21',
    desc: 'limit_reached',
    group: 'forks',
    metric: 'threads',
    verdict: 'ok',
    previous: 'ok',
    value: 21,
    evidence: {},
    bound: { used: 21, limit: 21, of: 'uid:5' },
  };
  const { text } = finish(nameCulprit(event, MOMENT, { tracker, source: {}, files: new CaseFiles({}) }));
  expect(text).toBe(
    'forks has reached its thread limit: 21 of 21 used (user 5), forks (pid 10) has 20 living children',
  );
});

describe('an event that stands', () => {
  const zombies = (count: number): ProcessSpec[] =>
    Array.from({ length: count }, (_, at) => ({ pid: 20 + at, ppid: 10, comm: 'convert', state: 'Z' }));
  const told: Event = {
    t: 0,
    at: 'alert',
    code: 'W11',
    desc: 'zombie_leak',
    group: 'shop',
    metric: 'zombies',
    verdict: 'leak',
    previous: 'ok',
    value: 6,
    evidence: { since: 0 },
  };

  function host() {
    const tracker = new Tracker({ patterns: [], maxGroups: 9 });
    const see = (t: number, count: number): void =>
      void tracker.track(snapshot([{ pid: 10, comm: 'shop' }, ...zombies(count)], { t }));
    const files = new CaseFiles({});
    const again = (event: CulpritEvent) => finish(nameAgain([event], MOMENT, { tracker, files }))[0]!;
    return { tracker, see, files, again };
  }

  test('is told with the children of now', () => {
    const { tracker, see, files, again } = host();
    see(0, 6);
    const first = finish(nameCulprit(told, MOMENT, { tracker, source: {}, files }));
    expect(first.text).toContain('has not waited for 6 children (6 x convert)');
    see(60, 119);
    const { culprit, text } = again(first);
    expect(culprit).toMatchObject({ pid: 10, children: 119 });
    expect(text).toContain('has not waited for 119 children (119 x convert)');
  });

  test('says who it was, and no number, where there is none at this moment; and nobody who has ended', () => {
    const { tracker, see, files, again } = host();
    see(0, 6);
    const first = finish(nameCulprit(told, MOMENT, { tracker, source: {}, files }));
    see(60, 0);
    expect(again(first).culprit).toEqual({ pid: 10, comm: 'shop' });
    tracker.track(snapshot([{ pid: 11, comm: 'other' }], { t: 120 }));
    expect(again(first).culprit).toBeUndefined();
  });
});
