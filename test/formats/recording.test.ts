import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeHeader, encodeReadings, inferInterval, parseRecordingLine } from '../../src/formats/recording.ts';
import type { GroupReading, Readings } from '../../src/model/reading.ts';

const quantity = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: 2 ** 48 }),
  fc.double({ min: 0, max: 2 ** 53, noNaN: true }),
  fc.constantFrom(0, 2 ** 53),
);
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('unicorn', '__proto__', 'constructor', 'toString', '42', '', '\ud800', '"', '\n'),
);
const bound = fc.record({ used: quantity, limit: quantity }, { noNullPrototype: true });
const bounds = fc.record({ threads: bound, memory: bound, fds: bound }, { requiredKeys: [], noNullPrototype: true });
const values = fc.record(
  { threads: quantity, zombies: quantity, processes: quantity, fds: quantity, rss: quantity, anon: quantity },
  { requiredKeys: [], noNullPrototype: true },
);
const groups = (hostBounds: Readings['bounds']) =>
  fc.dictionary(
    name,
    fc.record(
      {
        start: name,
        values,
        bounds: fc.oneof(bounds, fc.constant(hostBounds)),
        oldestZombieSeconds: quantity,
        roots: quantity,
        session: fc.constant(true),
        parentUnseen: fc.constant(true),
        orphans: quantity,
        oldestOrphanSeconds: quantity,
      },
      { requiredKeys: ['start', 'values', 'bounds'], noNullPrototype: true },
    ) as fc.Arbitrary<GroupReading>,
    { maxKeys: 6 },
  );
/** Milliseconds, as a recording holds them. */
const time = fc.integer({ min: 0, max: 4_000_000_000_000 }).map((ms) => ms / 1000);
const readings: fc.Arbitrary<Readings> = bounds.chain((host) =>
  fc.tuple(time, groups(host), fc.boolean()).map(([t, byName, extra]) => ({
    t,
    ...(extra && { extra }),
    groups: new Map(Object.entries(byName)),
    bounds: host,
  })),
);

function parseReadings(line: unknown): Readings {
  const parsed = parseRecordingLine(typeof line === 'string' ? line : JSON.stringify(line));
  if (parsed.kind !== 'readings') throw new Error(JSON.stringify(parsed));
  return parsed.readings;
}

function reasonOf(line: unknown): string {
  const parsed = parseRecordingLine(typeof line === 'string' ? line : JSON.stringify(line));
  return parsed.kind === 'malformed' ? parsed.reason : `not malformed but ${parsed.kind}`;
}

test('decoding gives the encoded readings: unknown stays unknown, and no bounds of a group differ from the bounds of the host', () => {
  fc.assert(
    fc.property(readings, (given) => {
      const line = encodeReadings(given);
      expect(line).not.toContain('\n');
      expect(parseReadings(line)).toStrictEqual(given);
      expect(encodeReadings(parseReadings(line))).toBe(line);
    }),
    { numRuns: 500 },
  );
});

test('a line has this form', () => {
  const host = { threads: { used: 43, limit: 256 } };
  const given: Readings = {
    t: 1_700_000_000.0004,
    groups: new Map([
      [
        'unicorn',
        { start: '4711:881234', values: { rss: 412_000_000, threads: 43 }, oldestZombieSeconds: 3, bounds: host },
      ],
      ['cron', { start: '', values: {}, bounds: { fds: { used: 9, limit: 1024 } } }],
      [
        'left',
        { start: '7:1', values: {}, roots: 0, session: true, orphans: 2, oldestOrphanSeconds: 60, bounds: host },
      ],
    ]),
    bounds: host,
  };
  expect(encodeReadings(given)).toBe(
    '{"t":1700000000,"groups":{"unicorn":{"start":"4711:881234","threads":43,"rss":412000000,"oldestZombieSeconds":3},' +
      '"cron":{"start":"","limits":{"fds":[9,1024]}},"left":{"start":"7:1","roots":0,"orphans":2,"oldestOrphanSeconds":60,"session":true}},' +
      '"limits":{"threads":256},"used":{"threads":43}}',
  );
  expect(parseReadings(encodeReadings({ ...given, t: 1.23456 })).t).toBe(1.235);
});

test('what the format cannot hold is left out as unknown', () => {
  const given: Readings = {
    t: 1,
    groups: new Map([
      ['a', { start: 's', values: { threads: Number.NaN, fds: -1, rss: 2 ** 60, anon: 5 }, bounds: {} }],
    ]),
    bounds: { fds: { used: 5, limit: Number.POSITIVE_INFINITY } },
  };
  expect(parseReadings(encodeReadings(given))).toEqual({
    t: 1,
    groups: new Map([['a', { start: 's', values: { anon: 5 }, bounds: {} }]]),
    bounds: {},
  });
});

test('decoding gives the encoded header', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), name, (intervalSeconds, source) => {
      expect(parseRecordingLine(encodeHeader({ intervalSeconds, source }))).toEqual({
        kind: 'header',
        intervalSeconds,
        source,
      });
    }),
  );
  expect(parseRecordingLine('{"leakwatch":1,"intervalSeconds":5}')).toEqual({
    kind: 'header',
    intervalSeconds: 5,
    source: '',
  });
});

test('a header of a later version says so; one of none or without an interval is malformed', () => {
  expect(parseRecordingLine('{"leakwatch":2}')).toEqual({ kind: 'later', version: 2 });
  expect(reasonOf({ leakwatch: 0, intervalSeconds: 20, source: 'x' })).toContain('leakwatch: not version 1');
  expect(reasonOf({ leakwatch: '1', intervalSeconds: 20, source: 'x' })).toContain('leakwatch:');
  for (const intervalSeconds of [0, -1, '20', undefined, null]) {
    expect(reasonOf({ leakwatch: 1, intervalSeconds, source: 'x' })).toContain('intervalSeconds:');
  }
  expect(reasonOf({ leakwatch: 1, intervalSeconds: 20, source: 5 })).toContain('source:');
});

test('the shortest lines that are accepted', () => {
  expect(parseReadings('{"t":20,"groups":{}}')).toEqual({ t: 20, groups: new Map(), bounds: {} });
  expect(parseReadings('  {"t":20.5,"groups":{"a":{}}}\r\n').groups).toEqual(
    new Map([['a', { start: '', values: {}, bounds: {} }]]),
  );
});

test('null is unknown, and so are keys and resources of a later version', () => {
  const group = { start: null, threads: null, fds: 3, limits: null, oldestZombieSeconds: null, heap: 'x' };
  const line = { t: 1, groups: { a: group }, limits: { threads: null, pids: 'x' }, used: null, weather: [1] };
  expect(parseReadings(line)).toEqual({
    t: 1,
    groups: new Map([['a', { start: '', values: { fds: 3 }, bounds: {} }]]),
    bounds: {},
  });
});

test('that a limit was enforced is kept, for the host and for a group with limits of its own', () => {
  const host = { threads: { used: 50, limit: 60, of: 'uid:5', refused: 2 } };
  const own = { memory: { used: 7, limit: 9, of: '/a', refused: 1 } };
  const groups = new Map([
    ['a', { start: '', values: {}, bounds: host }],
    ['b', { start: '', values: {}, bounds: own }],
  ]);
  const line = encodeReadings({ t: 1, groups, bounds: host });
  expect(line).toContain('"refused":{"threads":2}');
  const { readings } = parseRecordingLine(line) as { readings: Readings };
  expect(readings.bounds).toEqual(host);
  expect(readings.groups.get('a')!.bounds).toEqual(host);
  expect(readings.groups.get('b')!.bounds).toEqual(own);
});

test('without limits of its own a group has those of the host; with some, only those', () => {
  const { groups, bounds } = parseReadings({
    t: 1,
    groups: {
      plain: { threads: 5 },
      none: { limits: {} },
      own: { limits: { threads: [4, 8], memory: [null, 9], pids: 1 } },
    },
    limits: { threads: 256 },
    used: { threads: 40 },
  });
  expect(bounds).toEqual({ threads: { used: 40, limit: 256 } });
  expect(groups.get('plain')!.bounds).toEqual(bounds);
  expect(groups.get('none')!.bounds).toEqual({});
  expect(groups.get('own')!.bounds).toEqual({ threads: { used: 4, limit: 8 } });
});

test('a missing use is the sum over the groups, for threads and memory', () => {
  const limits = { threads: 256, memory: 1000, fds: 64 };
  const groups = {
    a: { threads: 40, zombies: 3, rss: 100, fds: 9 },
    b: { threads: 2, fds: 9 },
    c: { zombies: 1, rss: 50 },
  };
  expect(parseReadings({ t: 1, groups, limits }).bounds).toEqual({
    threads: { used: 46, limit: 256 },
    memory: { used: 150, limit: 1000 },
  });
  expect(parseReadings({ t: 1, groups, limits, used: { memory: 7, fds: 30 } }).bounds).toEqual({
    threads: { used: 46, limit: 256 },
    memory: { used: 7, limit: 1000 },
    fds: { used: 30, limit: 64 },
  });
  expect(parseReadings({ t: 1, groups: { c: { zombies: 4 } }, limits }).bounds).toEqual({});
  expect(parseReadings({ t: 1, groups, used: { threads: 4 } }).bounds).toEqual({});
});

test('the reason of a malformed line names the field', () => {
  const good = { t: 1, groups: { web: { threads: 1 } } };
  const cases: [unknown, string][] = [
    ['{', 'not JSON'],
    ['not json', 'not JSON'],
    [[1], 'line: not an object'],
    ['null', 'line: not an object'],
    ['5', 'line: not an object'],
    [{}, 't: missing'],
    [{ groups: {} }, 't: missing'],
    [{ ...good, t: '1' }, 't: not a number'],
    [{ ...good, t: -1 }, 't: not a number'],
    ['{"t":1e999,"groups":{}}', 't: not a number'],
    [{ t: 1 }, 'groups: missing'],
    [{ t: 1, groups: [] }, 'groups: not an object'],
    [{ t: 1, groups: { web: 5 } }, 'groups.web.reading: not an object'],
    [{ t: 1, groups: { web: null } }, 'groups.web.reading: not an object'],
    [{ t: 1, groups: { web: { start: 5 } } }, 'groups.web.start: not a string'],
    [{ t: 1, groups: { web: { threads: -1 } } }, 'groups.web.threads: not a number'],
    [{ t: 1, groups: { web: { rss: '5' } } }, 'groups.web.rss: not a number'],
    [{ t: 1, groups: { web: { rss: 2 ** 53 + 2 } } }, 'groups.web.rss: not a number'],
    [{ t: 1, groups: { web: { fds: [] } } }, 'groups.web.fds: not a number'],
    [{ t: 1, groups: { web: { session: 1 } } }, 'groups.web.session: not true or false'],
    [{ t: 1, groups: { web: { orphans: -1 } } }, 'groups.web.orphans: not a number from 0 to 2^53'],
    [{ t: 1, groups: { web: { oldestZombieSeconds: true } } }, 'groups.web.oldestZombieSeconds: not a number'],
    [{ t: 1, groups: { web: { limits: [] } } }, 'groups.web.limits: not an object'],
    [{ t: 1, groups: { web: { limits: { threads: 5 } } } }, 'groups.web.limits.threads: not [used, limit]'],
    [{ t: 1, groups: { web: { limits: { threads: [1] } } } }, 'groups.web.limits.threads: not [used, limit]'],
    [{ t: 1, groups: { web: { limits: { threads: [1, -2] } } } }, 'groups.web.limits.threads: not a number'],
    [{ ...good, limits: 5 }, 'limits: not an object'],
    [{ ...good, limits: { memory: -5 } }, 'limits.memory: not a number'],
    [{ ...good, used: { threads: 'x' } }, 'used.threads: not a number'],
    [{ t: 1, groups: { 'a\u001b[2J\n': { fds: -1 } } }, 'groups.a__2J_.fds: not a number'],
  ];
  for (const [line, reason] of cases) expect(reasonOf(line)).toContain(reason);
});

test('a group may be called __proto__', () => {
  const { groups } = parseReadings('{"t":1,"groups":{"__proto__":{"threads":7},"a":{"__proto__":{"fds":1}}}}');
  expect([...groups]).toEqual([
    ['__proto__', { start: '', values: { threads: 7 }, bounds: {} }],
    ['a', { start: '', values: {}, bounds: {} }],
  ]);
  expect(({} as Record<string, unknown>).threads).toBeUndefined();
  expect(encodeReadings({ t: 1, groups, bounds: {} })).toContain('"__proto__":{"start":"","threads":7}');
});

test('lines and groups are bounded', () => {
  const padded = (length: number) => '{"t":1,"groups":{}}'.padEnd(length);
  expect(parseRecordingLine(padded(2 ** 20)).kind).toBe('readings');
  expect(reasonOf(padded(2 ** 20 + 1))).toBe('longer than 1 MB');
  const some = (count: number) => ({
    t: 1,
    groups: Object.fromEntries(Array.from({ length: count }, (_, i) => [`g${i}`, {}])),
  });
  expect(parseReadings(some(10_000)).groups.size).toBe(10_000);
  expect(reasonOf(some(10_001))).toBe('groups: more than 10000');
  expect(reasonOf('['.repeat(2 ** 20))).toBe('not JSON');
});

test('blank lines are neither readings nor malformed', () => {
  for (const text of ['', ' ', '\r', '\t\n']) expect(parseRecordingLine(text)).toEqual({ kind: 'blank' });
});

test('arbitrary bytes give a record with a printable reason, never an exception', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    fc.json(),
    // A good line with a hole, a doubling or a stranger in it.
    fc.tuple(readings, fc.nat(), fc.nat(5), fc.string({ maxLength: 4 })).map(([given, where, removed, added]) => {
      const line = encodeReadings(given);
      const at = where % line.length;
      return line.slice(0, at) + added + line.slice(at + removed);
    }),
    fc.tuple(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), fc.jsonValue()).map(([t, web, limits, used]) => {
      return JSON.stringify({ t, groups: { web, __proto__: web }, limits, used });
    }),
  );
  fc.assert(
    fc.property(text, (line) => {
      const parsed = parseRecordingLine(line);
      if (parsed.kind === 'malformed') expect(parsed.reason).toMatch(/^[ -~]{1,250}$/);
      else expect(['header', 'readings', 'blank']).toContain(parsed.kind);
    }),
    { numRuns: 2000 },
  );
});

test('a byte order mark before a line is no part of it', () => {
  const header = encodeHeader({ intervalSeconds: 20, source: 'web.1' });
  expect(parseRecordingLine(`\ufeff${header}`)).toEqual(parseRecordingLine(header));
  expect(parseRecordingLine('\ufeff')).toEqual({ kind: 'blank' });
});

test.each([
  [[], undefined],
  [[5], undefined],
  [[5, 5, 4, 4.0001], undefined],
  [[0, 20, 40], 20],
  [[0, 20.1, 39.95, 60, 600, 620], 20],
  [[0, 0.25, 0.5], 0.25],
  [[10, 25.5, 41], 15.5],
])('samples at %j have an interval of %s s', (times, seconds) => {
  expect(inferInterval(times)).toBe(seconds);
});
