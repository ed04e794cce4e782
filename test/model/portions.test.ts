import { describe, expect, test } from 'vitest';
import { finish, forEach, type InPortions, PORTION } from '../../src/model/portions.ts';
import { Tracker } from '../../src/model/tracker.ts';
import { HOST, type ProcessSpec, snapshot } from './snapshots.ts';

const MANY = 20 * PORTION;

/** Runs the work to its end. @returns by how much `done` grew in each portion */
function sizes(work: InPortions<unknown>, done: () => number): number[] {
  const found: number[] = [];
  for (let before = done(), isOver = false; !isOver; before = done()) {
    isOver = work.next().done ?? false;
    found.push(done() - before);
  }
  return found;
}

describe('forEach', () => {
  const items = Array.from({ length: MANY + 1 }, (_, at) => at);

  test('keeps the order of the items', () => {
    const seen: number[] = [];
    finish(forEach(items, (item) => seen.push(item)));
    expect(seen).toEqual(items);
  });

  test('does no more than a portion at once', () => {
    let count = 0;
    const work = forEach(items, () => count++);
    expect(Math.max(...sizes(work, () => count))).toBe(PORTION);
    expect(count).toBe(items.length);
  });
});

describe('the first sight of a host', () => {
  const processes: ProcessSpec[] = Array.from({ length: MANY }, (_, at) => ({
    pid: 100 + at,
    ppid: at === 0 ? 1 : 100,
    argv: at === 0 ? 'node web.js' : undefined,
  }));
  const newTracker = () => new Tracker({ patterns: [], maxGroups: 50 });

  test('gives the same result in portions and at once', () => {
    const seen = snapshot([...HOST, ...processes]);
    expect(finish(newTracker().trackInPortions(seen))).toEqual(newTracker().track(seen));
  });

  test('touches no more processes at once than a few portions', () => {
    let touched = 0;
    const seen = snapshot([...HOST, ...processes]);
    // Counts every access to a field of a process.
    const watched = seen.processes.map(
      (process) =>
        new Proxy(process, {
          get(target, name) {
            touched++;
            return Reflect.get(target, name);
          },
        }),
    );
    const found = sizes(newTracker().trackInPortions({ ...seen, processes: watched }), () => touched);
    expect(touched).toBeGreaterThan(10 * MANY);
    expect(Math.max(...found)).toBeLessThan(touched / 40);
  });
});
