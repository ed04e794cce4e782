/** The library: what its documentation promises to who imports it. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Detector, DetectorOptions, EmbeddedMonitorOptions, Publication } from '../src/index.ts';
import { METRICS } from '../src/model/metrics.ts';
import { Judge } from '../src/verdict/judge.ts';
import { procTree } from './support/proc-tree.ts';
import { DAY, EPOCH, HOUR, INTERVAL_SECONDS, twoForwardOneBack } from './support/synthetic.ts';

const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'] as const;

afterEach(() => {
  vi.restoreAllMocks();
});

test('an import has no side effects: no timer, listener, variable or output', async () => {
  vi.resetModules();
  const spies = timers.map((name) => vi.spyOn(globalThis, name));
  const words = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  const listeners = vi.spyOn(process, 'on');
  const state = () => ({
    listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
    globals: Object.getOwnPropertyNames(globalThis),
    environment: { ...process.env },
  });
  const before = state();
  const library = await import('../src/index.ts');
  expect(state()).toEqual(before);
  for (const spy of [...spies, ...words, listeners]) expect(spy).not.toHaveBeenCalled();
  expect(Object.keys(library).toSorted()).toEqual(['createDetector', 'createMonitor']);
});

describe('createDetector', () => {
  const timeOf = (slot: number) => EPOCH + slot * INTERVAL_SECONDS;
  const unicorn = (slot: number) => 43 + twoForwardOneBack(Math.max(0, slot - 2 * DAY));

  async function detectorOf(options: Partial<DetectorOptions> = {}): Promise<Detector> {
    const { createDetector } = await import('../src/index.ts');
    return createDetector({ metric: 'threads', intervalSeconds: INTERVAL_SECONDS, ...options });
  }

  test('finds a leak of threads, with the same evidence as the daemon', async () => {
    const detector = await detectorOf();
    const metric = METRICS.find(({ name }) => name === 'threads')!;
    const judge = new Judge({ metric, intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerYear: 1 });
    const verdicts = new Set<string>();
    for (let slot = 0; slot < 2 * DAY + 6 * HOUR; slot++) {
      const verdict = detector.push(timeOf(slot), unicorn(slot));
      expect(verdict).toBe(judge.push(timeOf(slot), unicorn(slot)));
      verdicts.add(verdict);
    }
    expect([...verdicts]).toEqual(['learning', 'ok', 'suspect', 'leak']);
    expect(detector.evidence()).toEqual(judge.evidence(undefined));
    expect(detector.evidence().slopePerSecond! * 3600).toBeCloseTo(30, 0);
  });

  test('takes undefined as unknown, and finds the leak all the same', async () => {
    const detector = await detectorOf();
    for (let slot = 0; slot < 3 * DAY; slot++) detector.push(timeOf(slot), slot % 5 === 2 ? undefined : unicorn(slot));
    expect(detector.evidence().slopePerSecond! * 3600).toBeCloseTo(30, 0);
    expect(Object.values(detector.evidence()).every(Number.isFinite)).toBe(true);
  });

  test.each([
    [Number.NaN, RangeError, 'value must be a finite number that is not negative, not NaN'],
    [Number.POSITIVE_INFINITY, RangeError, 'value must be a finite number that is not negative, not Infinity'],
    [-1, RangeError, 'value must be a finite number that is not negative, not -1'],
    ['43', TypeError, 'value must be a number or undefined, not "43"'],
    [null, TypeError, 'value must be a number or undefined, not null'],
    [43n, TypeError, 'value must be a number or undefined, not a bigint'],
  ])('refuses the value %s without a trace of it', async (value, type, message) => {
    const detector = await detectorOf();
    expect(() => detector.push(timeOf(0), value as number)).toThrow(new type(message));
    expect(detector.push(timeOf(0), 0)).toBe('learning');
  });

  test('ignores points from before a restart', async () => {
    const detector = await detectorOf();
    const other = await detectorOf();
    detector.restart(timeOf(10));
    for (let slot = 0; slot < 10; slot++) expect(detector.push(timeOf(slot), 1000)).toBe('learning');
    for (let slot = 10; slot < DAY; slot++)
      expect(detector.push(timeOf(slot), unicorn(slot))).toBe(other.push(timeOf(slot), unicorn(slot)));
    expect(detector.evidence()).toEqual(other.evidence());
    expect(() => detector.restart(Number.NaN)).toThrow(new RangeError('tSeconds must be a finite number, not NaN'));
    expect(() => (detector.restart as () => void)()).toThrow(new TypeError('tSeconds must be a number, not undefined'));
  });

  test.each([
    [undefined, 'createDetector needs an object of options, not undefined'],
    [
      { metric: 'threads', interval: 20 },
      'createDetector has no option "interval"; it has metric, intervalSeconds, falseAlarmsPerYear',
    ],
    [{ metric: 'threads', intervalSeconds: '20' }, 'intervalSeconds must be a positive number, not "20"'],
    [{ metric: 'threads' }, 'intervalSeconds must be a positive number, not undefined'],
  ])('refuses the options %o', async (options, message) => {
    const { createDetector } = await import('../src/index.ts');
    expect(() => createDetector(options as DetectorOptions)).toThrow(new TypeError(message));
  });

  test('begins anew after a restart', async () => {
    const detector = await detectorOf();
    for (let slot = 0; slot < 2 * DAY + 6 * HOUR; slot++) detector.push(timeOf(slot), unicorn(slot));
    detector.restart(timeOf(DAY + 6 * HOUR));
    expect(Object.keys(detector.evidence())).toEqual(['logE']);
    expect(detector.push(timeOf(DAY + 6 * HOUR), 43)).toBe('learning');
  });

  test.each([
    [
      { metric: 'thread' as 'threads' },
      TypeError,
      `metric must be one of ${METRICS.map(({ name }) => name).join(', ')}, not "thread"`,
    ],
    [{ intervalSeconds: 0 }, RangeError, 'intervalSeconds must be a positive number, not 0'],
    [{ intervalSeconds: Number.NaN }, RangeError, 'intervalSeconds must be a positive number, not NaN'],
    [
      { intervalSeconds: Number.POSITIVE_INFINITY },
      RangeError,
      'intervalSeconds must be a positive number, not Infinity',
    ],
    [{ falseAlarmsPerYear: -1 }, RangeError, 'falseAlarmsPerYear must be a positive number, not -1'],
  ])('refuses %o', async (options, type, message) => {
    const refused = detectorOf(options);
    await expect(refused).rejects.toThrow(type);
    await expect(refused).rejects.toThrow(message);
  });

  test('refuses a time that is not finite', async () => {
    const detector = await detectorOf();
    expect(() => detector.push(Number.NaN, 1)).toThrow(new RangeError('tSeconds must be a finite number, not NaN'));
  });
});

describe('createMonitor', () => {
  const tree = () =>
    procTree({
      processes: [
        { pid: 1, comm: 'init' },
        { pid: 40, comm: 'unicorn', cmdline: ['unicorn'], threads: 7 },
      ],
    });

  async function monitorOf(options: Partial<EmbeddedMonitorOptions>) {
    const { createMonitor } = await import('../src/index.ts');
    return createMonitor({ intervalSeconds: 0.1, onSample: () => undefined, ...options });
  }

  test('samples until it is stopped, and gives the points of a series', async () => {
    const proc = tree();
    const stop = new AbortController();
    const seen: Publication[] = [];
    const failures: unknown[] = [];
    const monitor = await monitorOf({
      procfs: proc.dir,
      onSample(publication) {
        seen.push(publication);
        if (seen.length === 3) stop.abort();
      },
      onFailure: (error) => failures.push(error),
    });
    await monitor.run(stop.signal);
    proc.remove();
    expect(failures).toEqual([]);
    expect(seen).toHaveLength(3);
    expect(seen.map(({ self }) => self.samplesTotal)).toEqual([1, 2, 3]);
    const [group] = seen.at(-1)!.report.groups.filter(({ name }) => name === 'unicorn');
    expect(group!.series.find(({ metric }) => metric === 'threads')).toMatchObject({ value: 7, verdict: 'learning' });
    expect(monitor.series('unicorn', 'threads', 60)!.at(-1)!.v).toBe(7);
    expect(monitor.series('nobody', 'threads', 60)).toBeUndefined();
  });

  test('reports and counts a listener that fails, and goes on', async () => {
    const proc = tree();
    const stop = new AbortController();
    const failures: unknown[] = [];
    const seen: Publication[] = [];
    const monitor = await monitorOf({
      procfs: proc.dir,
      onSample(publication) {
        if (failures.length === 0) throw new Error('a listener that fails');
        seen.push(publication);
        stop.abort();
      },
      onFailure: (error) => failures.push(error),
    });
    await monitor.run(stop.signal);
    proc.remove();
    expect(failures).toEqual([new Error('a listener that fails')]);
    expect(seen[0]!.self.failedTotal).toBe(0);
    expect([...seen[0]!.self.sinkFailuresTotal]).toEqual([['onSample', 1]]);
  });

  test('does not begin if it was stopped before', async () => {
    const proc = tree();
    const onSample = vi.fn();
    const monitor = await monitorOf({ procfs: proc.dir, onSample });
    await monitor.run(AbortSignal.abort());
    proc.remove();
    expect(onSample).not.toHaveBeenCalled();
  });

  test.each([
    [{ intervalSeconds: -1 }, 'intervalSeconds must be a positive number, not -1'],
    [{ maxGroups: 0 }, 'maxGroups must be a positive number, not 0'],
    [{ falseAlarmsPerMonth: Number.NaN }, 'falseAlarmsPerMonth must be a positive number, not NaN'],
  ])('refuses %o', async (options, message) => {
    await expect(monitorOf(options)).rejects.toThrow(new RangeError(message));
  });

  test.each([
    [undefined, 'createMonitor needs an object of options, not undefined'],
    [{}, 'onSample must be a function, not undefined'],
    [{ onSample() {}, interval: 20 }, /^createMonitor has no option "interval"; it has intervalSeconds, procfs, /],
    [{ onSample() {}, intervalSeconds: '20' }, 'intervalSeconds must be a positive number, not "20"'],
    [{ onSample() {}, onFailure: 1 }, 'onFailure must be a function, not a number'],
    [{ onSample() {}, procfs: null }, 'procfs must be a string, not null'],
    [{ onSample() {}, groups: [{ name: 'web', pattern: 'web' }] }, /^groups must be an array of objects with a name/],
    [
      { onSample() {}, groups: [{ name: 'web', pattern: /(?<=a)b/ }] },
      'the pattern of the group "web" must have no lookbehind (?<=: other users choose the command lines, so patterns are',
    ],
    [{ onSample() {}, groups: {} }, /^groups must be an array of objects with a name/],
  ])('refuses the options %o', async (options, message) => {
    const { createMonitor } = await import('../src/index.ts');
    const refused = () => createMonitor(options as EmbeddedMonitorOptions);
    expect(refused).toThrow(TypeError);
    expect(refused).toThrow(message);
  });

  test('refuses a directory that holds no processes', async () => {
    await expect(monitorOf({ procfs: '/nowhere' })).rejects.toThrow('/nowhere is not a proc file system');
  });
});
