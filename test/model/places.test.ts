/** Who has a place under its own name: for any arrivals and weights, and for neighbours that want all of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Tracker } from '../../src/model/tracker.ts';
import { type ProcessSpec, snapshot } from './snapshots.ts';

const MB = 1 << 20;
const CALM = 15;

/** One process for each program; the number of its process is its place in the list of all names. */
interface Program extends Partial<ProcessSpec> {
  readonly name: string;
}

interface Follow {
  readonly maxGroups: number;
  readonly configured?: readonly string[];
  readonly told?: readonly string[];
}

/** @returns names of the groups with a place after each snapshot, sorted */
function follow({ maxGroups, configured = [], told = [] }: Follow) {
  const patterns = configured.map((name) => ({ name, pattern: new RegExp(`^${name}$`) }));
  const tracker = new Tracker({ patterns, maxGroups });
  tracker.keep(maxGroups, (group) => told.includes(group));
  const pids = new Map<string, number>();
  let t = 0;
  return (programs: readonly Program[]): string[] => {
    const processes = programs.map(({ name, ...spec }): ProcessSpec => {
      if (!pids.has(name)) pids.set(name, 100 + pids.size);
      return { pid: pids.get(name)!, ppid: 1, argv: name, comm: name, anonBytes: MB, ...spec };
    });
    t += 20;
    const { readings } = tracker.track(snapshot(processes, { t }));
    return [...readings.groups.keys()].filter((name) => name !== 'other').sort();
  };
}

const programs = (prefix: string, count: number, spec: Partial<ProcessSpec> = {}): Program[] =>
  Array.from({ length: count }, (_, at) => ({
    name: `${prefix}-${String.fromCharCode(97 + (at % 26), 97 + at / 26)}`,
    ...spec,
  }));

const of = (prefix: string, names: readonly string[]): number => names.filter((name) => name.startsWith(prefix)).length;

describe('by weight', () => {
  const SLEEPERS = programs('sleeper', 120, { uid: 1001 });

  test('a heavier group takes the place of a lighter one, once it has been there for five snapshots', () => {
    for (const app of [{ anonBytes: 100 * MB }, { threads: 200 }, { fds: 900 }]) {
      const see = follow({ maxGroups: 50 });
      see(SLEEPERS);
      const present = [...SLEEPERS, { name: 'app', uid: 1002, ...app }];
      for (let i = 0; i < 4; i++) expect(see(present)).not.toContain('app');
      expect(see(present)).toContain('app');
    }
  });

  test('jobs of a minute take no places, however heavy they are', () => {
    const see = follow({ maxGroups: 50 });
    const services = programs('service', 50);
    const before = see(services);
    for (let i = 0; i < 60; i++)
      expect(see([...services, { ...programs('job', 26)[Math.floor(i / 4)]!, anonBytes: 900 * MB }])).toEqual(before);
  });

  test('a group in `other` whose zombies stay has its place', () => {
    const see = follow({ maxGroups: 10 });
    const heavy = programs('heavy', 20, { anonBytes: 500 * MB, threads: 20 });
    const dead = programs('dead', 3, { state: 'Z', ppid: 120, anonBytes: 0 });
    for (let i = 0; i < 4; i++) expect(see([...heavy, { name: 'parent' }, ...dead])).not.toContain('parent');
    expect(see([...heavy, { name: 'parent' }, ...dead])).toContain('parent');
  });

  test('sleepers that come later take no place of a group that weighs as much', () => {
    const see = follow({ maxGroups: 50 });
    const services = programs('service', 50, { uid: 0 });
    const before = see(services);
    expect(before).toHaveLength(50);
    for (let i = 0; i < 40; i++) expect(see([...services, ...SLEEPERS])).toEqual(before);
  });

  test.each([
    ['threads', (at: number) => ({ threads: 1 + at })],
    ['descriptors', (at: number) => ({ fds: 3 + 4 * at })],
    ['memory', (at: number) => ({ anonBytes: MB + at * MB })],
  ])('a group in `other` that gets more and more %s has its place before it weighs as much', (_, leak) => {
    const see = follow({ maxGroups: 10 });
    const heavy = programs('heavy', 20, { anonBytes: 500 * MB, threads: 200, fds: 900 });
    let at = 0;
    for (; at < 60 && !see([...heavy, { name: 'leak', ...leak(at) }]).includes('leak'); at++);
    expect(at).toBeLessThan(30);
    for (let i = 0; i < 60; i++) expect(see([...heavy, { name: 'leak', ...leak(at + i) }])).toContain('leak');
  });

  test('a group in `other` near a limit of its descriptors has its place', () => {
    const see = follow({ maxGroups: 10 });
    const heavy = programs('heavy', 20, { anonBytes: 500 * MB, fds: 300 });
    expect(see([...heavy, { name: 'near', fds: 40, nofileLimit: 64 }])).not.toContain('near');
    for (let i = 0; i < 4; i++) see([...heavy, { name: 'near', fds: 60, nofileLimit: 64 }]);
    expect(see([...heavy, { name: 'near', fds: 60, nofileLimit: 64 }])).toContain('near');
  });

  test('a program in `other` that restarts again and again has its place', () => {
    const see = follow({ maxGroups: 10 });
    const heavy = programs('heavy', 20, { anonBytes: 500 * MB });
    const seen = Array.from({ length: 8 }, (_, at) => see([...heavy, { name: 'loop', startTicks: 9000 + at }]));
    expect(seen.at(-1)).toContain('loop');
  });
});

describe('by user', () => {
  test('120 heavy programs of one user leave the others their shares, whoever came first', () => {
    const greedy = programs('greedy', 120, { uid: 1001, anonBytes: 200 * MB, threads: 100 });
    const services = programs('service', 40, { uid: 0, anonBytes: 2 * MB });
    const web = programs('web', 3, { uid: 33 });
    const late = follow({ maxGroups: 50 });
    late([...services, ...web]);
    for (let i = 0; i < 40; i++) {
      const names = late([...services, ...web, ...greedy]);
      expect([names.length, of('web', names)]).toEqual([50, 3]);
      expect(of('service', names)).toBeGreaterThanOrEqual(23);
    }
    const early = follow({ maxGroups: 50 });
    early(greedy);
    let grown: string[] = [];
    for (let i = 0; i < 40; i++) grown = early([...greedy, ...services, { name: 'web', uid: 33, threads: 1 + i }]);
    expect(grown).toContain('web');
  });

  test('growing programs of one user take no place of others within their share', () => {
    const see = follow({ maxGroups: 50 });
    const services = programs('service', 20, { uid: 0 });
    see(services);
    for (let i = 0; i < 60; i++) {
      const growing = programs('greedy', 120, { uid: 1001, threads: 1 + 3 * i, fds: 3 + 9 * i });
      expect(of('service', see([...services, ...growing]))).toBe(20);
    }
  });

  test('what is told of the programs of one user holds no place above its share', () => {
    const told = programs('told', 50, { uid: 1001, fds: 10, nofileLimit: 10 });
    const see = follow({ maxGroups: 50, told: told.map(({ name }) => name) });
    expect(of('told', see(told))).toBe(50);
    const services = programs('service', 40, { uid: 0, anonBytes: 30 * MB });
    for (let i = 0; i < 4; i++) see([...told, ...services]);
    expect(of('service', see([...told, ...services]))).toBe(25);
  });

  test('the uids of a user namespace are one user', () => {
    const see = follow({ maxGroups: 50 });
    const services = programs('service', 40, { uid: 0, anonBytes: 2 * MB });
    const many = programs('many', 120).map((program, at) => ({ ...program, uid: 100_000 + at, anonBytes: 200 * MB }));
    see(services);
    for (let i = 0; i < 20; i++) expect(of('service', see([...services, ...many]))).toBeGreaterThanOrEqual(25);
  });

  test('a program of another user that joins a group does not cost it its place', () => {
    const see = follow({ maxGroups: 50 });
    const greedy = programs('greedy', 120, { uid: 1001, anonBytes: 200 * MB });
    const web = [{ name: 'web', uid: 33 }];
    see(web);
    for (let i = 0; i < 40; i++)
      expect(see([...web, ...greedy, { name: 'spy', argv: 'web', uid: 1001, threads: 50 }])).toContain('web');
  });
});

describe('for any arrivals and weights', () => {
  const program = fc.record({
    name: fc.integer({ min: 0, max: 29 }).map((at) => programs('p', 30)[at]!.name),
    uid: fc.integer({ min: 0, max: 3 }),
    threads: fc.integer({ min: 1, max: 300 }),
    anonBytes: fc.integer({ min: 0, max: 500 }).map((mb) => mb * MB),
    fds: fc.integer({ min: 0, max: 64 }),
    nofileLimit: fc.constantFrom(64, 1 << 20),
  });
  const crowd = fc.uniqueArray(program, { selector: ({ name }) => name, maxLength: 30 });
  const history = fc.array(fc.tuple(crowd, fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 12 });
  const snapshots = (all: readonly (readonly [readonly Program[], number])[]): (readonly Program[])[] =>
    all.flatMap(([one, times]) => Array<readonly Program[]>(times).fill(one));

  test('there are no more groups than places, and names that are configured have one', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 2, max: 20 }), (all, maxGroups) => {
        const configured = programs('p', 2).map(({ name }) => name);
        const see = follow({ maxGroups, configured });
        for (const present of snapshots(all)) {
          const names = see(present);
          expect(names.length).toBeLessThanOrEqual(maxGroups);
          for (const name of configured) if (present.some((one) => one.name === name)) expect(names).toContain(name);
        }
      }),
    );
  });

  test('a group loses its place at most once in 15 snapshots', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 10 }), (all, maxGroups) => {
        const see = follow({ maxGroups });
        const lost = new Map<string, number>();
        let before: readonly string[] = [];
        for (const [at, present] of snapshots(all).entries()) {
          const names = see(present);
          for (const name of before) {
            if (names.includes(name) || !present.some((one) => one.name === name)) continue;
            expect(at - (lost.get(name) ?? Number.NEGATIVE_INFINITY), name).toBeGreaterThanOrEqual(CALM);
            lost.set(name, at);
          }
          before = names;
        }
      }),
    );
  });

  test('the places of a user within its share stay, whatever another one runs', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 2, max: 10 }), (all, maxGroups) => {
        const see = follow({ maxGroups });
        const quiet = programs('quiet', Math.floor(maxGroups / 2), { uid: 5, anonBytes: 0, fds: 0 });
        for (const present of snapshots(all)) {
          const greedy = present.map((one) => ({ ...one, uid: 6 }));
          expect(see([...greedy, ...quiet])).toEqual(expect.arrayContaining(quiet.map(({ name }) => name)));
        }
      }),
    );
  });

  test('the same snapshots give the same places', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 10 }), (all, maxGroups) => {
        const run = () => snapshots(all).map(follow({ maxGroups }));
        expect(run()).toEqual(run());
      }),
    );
  });

  test('places that nobody contends for are given at once, and go 15 snapshots after the group', () => {
    const see = follow({ maxGroups: 3 });
    expect(see(programs('p', 3))).toHaveLength(3);
    const later = [{ name: 'later' }, { name: 'too' }];
    for (let i = 0; i < 15; i++) expect(see(later)).toEqual([]);
    expect(see(later)).toEqual(['later', 'too']);
  });
});
