import { expect, test } from 'vitest';
import { CaseFiles, type Suspect } from '../../src/daemon/case-files.ts';
import type { Look } from '../../src/model/look.ts';
import { finish } from '../../src/model/portions.ts';

const toHost = (t: number): number => t + 1000;

/** Files on processes that have as many threads as `threads` says, and the pids that were looked at. */
function files() {
  const looked: number[] = [];
  const threads = new Map<number, number>();
  const source = {
    *look({ pid, at }: Suspect): Generator<undefined, Look, undefined> {
      looked.push(pid);
      yield;
      return { t: 0.5, at, kinds: [{ name: 'acme-#', amount: threads.get(pid) ?? 1 }] };
    },
  };
  const cases = new CaseFiles(source);
  const renew = (suspects: readonly Suspect[], t: number): void => finish(cases.renew(suspects, { t, toHost }));
  const look = (suspect: Suspect, t: number) => finish(cases.look(suspect, { t, toHost }));
  return { cases, looked, threads, renew, look };
}

function suspect(pid: number, grown = 1): Suspect {
  return { pid, startTicks: 7, at: 'threads', since: undefined, grown };
}

test('the first look and the present one are kept, and say what grew between them', () => {
  const { cases, threads, look } = files();
  threads.set(5, 10);
  expect(look(suspect(5), 100)).toEqual({
    look: { t: 100, at: 'threads', kinds: [{ name: 'acme-#', amount: 10 }] },
    telling: [{ name: 'acme-#', amount: 10 }],
  });
  threads.set(5, 60);
  look(suspect(5), 200);
  threads.set(5, 62);
  look(suspect(5), 300);
  expect(cases.known(suspect(5))).toEqual({
    look: { t: 300, at: 'threads', kinds: [{ name: 'acme-#', amount: 62 }] },
    firstLook: { t: 100, kinds: [{ name: 'acme-#', amount: 10 }] },
    telling: [{ name: 'acme-#', amount: 62, gained: 52 }],
  });
});

test('two events on one process share a look in one sample', () => {
  const { looked, look } = files();
  expect(look(suspect(5), 100)).toBe(look(suspect(5), 100));
  expect(looked).toEqual([5]);
});

test('a process is looked at again when what grew has doubled, or after ten minutes', () => {
  const { looked, look, renew } = files();
  look(suspect(5, 3), 100);
  renew([suspect(5, 5)], 110);
  expect(looked).toEqual([5]);
  renew([suspect(5, 6)], 120);
  expect(looked).toEqual([5, 5]);
  renew([suspect(5, 11)], 719);
  expect(looked).toEqual([5, 5]);
  renew([suspect(5, 11)], 720);
  expect(looked).toEqual([5, 5, 5]);
});

test('one look is taken in each sample, the one that was taken longest ago', () => {
  const { looked, look, renew } = files();
  for (const [at, pid] of [5, 6, 7].entries()) look(suspect(pid), 100 + at);
  looked.length = 0;
  const doubled = [suspect(7, 9), suspect(6, 9), suspect(5, 9)];
  for (let t = 110; t < 114; t++) renew(doubled, t);
  expect(looked).toEqual([5, 6, 7]);
});

test('a process with which another one took turns is looked at first', () => {
  const { looked, look, renew } = files();
  look(suspect(5), 100);
  renew([suspect(5, 9), suspect(6)], 110);
  expect(looked).toEqual([5, 6]);
});

test('a file is kept for as long as something is told of the process, and not for a later one with its pid', () => {
  const { cases, look, renew } = files();
  look(suspect(5), 100);
  expect(cases.known({ ...suspect(5), startTicks: 8 })).toBeUndefined();
  renew([suspect(5)], 110);
  expect(cases.known(suspect(5))).toBeDefined();
  renew([], 120);
  expect(cases.known(suspect(5))).toBeUndefined();
});

test('there is room for 200 files', () => {
  const { cases, look } = files();
  for (let pid = 1; pid <= 201; pid++) look(suspect(pid), 100);
  expect(cases.known(suspect(1))).toBeUndefined();
  expect(cases.known(suspect(2))).toBeDefined();
});

test('a source that cannot look has no files', () => {
  const cases = new CaseFiles({});
  expect(finish(cases.look(suspect(5), { t: 100, toHost }))).toBeUndefined();
  finish(cases.renew([suspect(5)], { t: 110, toHost }));
  expect(cases.known(suspect(5))).toBeUndefined();
});

test('the rhythm of what came is told on the clock of the host', () => {
  const starts = Array.from({ length: 20 }, (_, at) => 20 * at);
  const cases = new CaseFiles({
    *look() {
      yield;
      return { t: 0, at: 'threads', kinds: [{ name: 'acme-#', amount: 20, newer: 20 }], starts };
    },
  });
  expect(finish(cases.look(suspect(5), { t: 385, toHost }))?.rhythm).toContain('one every 20.00 s');
});
