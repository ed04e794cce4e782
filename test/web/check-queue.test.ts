import { expect, onTestFinished, test, vi } from 'vitest';
import { CheckQueue } from '../../src/web/check-queue.ts';

/** A queue whose checks are ended by the test, and the order in which they began. */
function queueOfChecks() {
  const queue = new CheckQueue();
  const begun: string[] = [];
  const ends: ((result: boolean) => void)[] = [];
  let gone = '';
  let number = 0;
  return {
    begun,
    ask: (address: string, name: string, digest = `${number++}`) =>
      queue.run({ address, name, digest, isGone: () => gone.includes(name) }, () => {
        begun.push(`${address} ${name}`);
        return new Promise<boolean>((resolve) => ends.push(resolve));
      }),
    leave(name: string) {
      gone += name;
    },
    /** Ends each check as soon as it begins, until all have a result. */
    async endAll<T>(results: readonly Promise<T>[], result = false): Promise<T[]> {
      let isOver = false;
      const all = Promise.all(results).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        for (const end of ends.splice(0)) end(result);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return all;
    },
  };
}

test('addresses take turns, and in each of them the names', async () => {
  const { ask, begun, endAll } = queueOfChecks();
  const results = [
    ...['a', 'a', 'a', 'b', 'a'].map((name) => ask('1', name)),
    ask('2', 'z'),
    ...['a', 'b'].map((name) => ask('3', name)),
  ];
  expect(await endAll(results)).toEqual(results.map(() => false));
  expect(begun).toEqual(['1 a', '1 a', '2 z', '3 a', '1 b', '3 b', '1 a', '1 a']);
});

test('a full queue refuses the last of the longest line', async () => {
  const { ask, begun, endAll } = queueOfChecks();
  const guesses = Array.from({ length: 17 }, () => ask('1', 'a'));
  const honest = [ask('1', 'b'), ask('2', 'a'), ask('2', 'b')];
  const spraying = Array.from({ length: 20 }, (_, at) => ask('1', `user${at}`));
  const late = ask('3', 'a');
  expect(await endAll([...honest, late])).toEqual([false, false, false, false]);
  const busy = (await endAll([...guesses, ...spraying])).filter((result) => result === 'busy');
  // One began at once, and sixteen waited.
  expect(begun).toHaveLength(17);
  expect(busy).toHaveLength(37 + 4 - 17);
});

test('who has gone is not checked, and frees a place', async () => {
  const { ask, begun, leave, endAll } = queueOfChecks();
  const first = ask('1', 'a');
  const gone = Array.from({ length: 16 }, () => ask('1', 'x'));
  leave('x');
  const next = ask('1', 'b');
  expect(await Promise.all(gone)).toEqual(Array(16).fill('busy'));
  expect(await endAll([first, next])).toEqual([false, false]);
  expect(begun).toEqual(['1 a', '1 b']);
});

test('the same credentials are checked once', async () => {
  const { ask, begun, endAll } = queueOfChecks();
  const results = [ask('1', 'a', 'same'), ask('2', 'a', 'same'), ask('1', 'a', 'same'), ask('1', 'a', 'other')];
  expect(await endAll(results, true)).toEqual([true, true, true, true]);
  expect(begun).toEqual(['1 a', '1 a']);
});

test('a check that throws lets nobody in, and the next one begins', async () => {
  const queue = new CheckQueue();
  const asker = { address: '1', name: 'a', isGone: () => false };
  const failed = queue.run({ ...asker, digest: '1' }, () => Promise.reject(new Error('no memory')));
  const next = queue.run({ ...asker, digest: '2' }, async () => true);
  expect(await failed).toBe(false);
  expect(await next).toBe(true);
});

test('checks take a fifth of the time', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let cpuMs = 0;
  const cpuUsage = vi.spyOn(process, 'cpuUsage');
  onTestFinished(() => cpuUsage.mockRestore());
  cpuUsage.mockImplementation((before) => ({ user: 1000 * cpuMs - (before?.user ?? 0), system: 0 }));
  const queue = new CheckQueue();
  const begun: number[] = [];
  /** In two slices of 20 ms of processor time each, between which others use the thread. */
  const check = (pauseMs: number) =>
    queue.run({ address: '1', name: 'a', digest: `${pauseMs}`, isGone: () => false }, async (onSlice) => {
      begun.push(performance.now());
      onSlice();
      cpuMs += 20;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      cpuMs += 15;
      await new Promise((resolve) => setTimeout(resolve, 0));
      onSlice();
      cpuMs += 20;
      return false;
    });
  const results = Promise.all([30, 300, 31].map(check));
  await vi.runAllTimersAsync();
  await results;
  const [first = 0, ...others] = begun;
  // Five times 40 ms; or at once, after a check that took longer.
  expect(others.map((each) => each - first)).toEqual([200, 500]);
});
