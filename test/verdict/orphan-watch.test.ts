/** Processes that lost their parent, from snapshots to events: who counts as one, and when it is told. */
import { describe, expect, test } from 'vitest';
import { encodeReadings, parseRecordingLine } from '../../src/formats/recording.ts';
import { Tracker } from '../../src/model/tracker.ts';
import { createState, step } from '../../src/step.ts';
import { OrphanWatch } from '../../src/verdict/orphan-watch.ts';
import type { Event } from '../../src/verdict/report.ts';
import { HOST, type ProcessSpec, snapshot } from '../model/snapshots.ts';
import { evidenceOf } from '../support/readings.ts';
import { EPOCH, HOUR, INTERVAL_SECONDS, MINUTE } from '../support/synthetic.ts';

const TICKS_PER_SECOND = 100;
const OPTIONS = { intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 };

/** A process and when it is there, in seconds since the first sample; what is adopted goes to pid 1, or to `reaper`. */
interface Life extends ProcessSpec {
  readonly born?: number;
  readonly dies?: number;
  readonly reaper?: number;
}

/** The processes that live at a time, with the parents that they have then. */
function at(seconds: number, lives: readonly Life[]): ProcessSpec[] {
  const isThere = ({ born = -3600, dies = Number.POSITIVE_INFINITY }: Life) => born <= seconds && seconds < dies;
  const there = lives.filter(isThere);
  return there.map(({ born = -3600, dies: _, reaper = 1, ...spec }) => ({
    ...spec,
    startTicks: Math.max(0, Math.round((born + 7200) * TICKS_PER_SECOND)) + spec.pid,
    ppid: (spec.ppid ?? 1) <= 1 || there.some(({ pid }) => pid === spec.ppid) ? (spec.ppid ?? 1) : reaper,
  }));
}

interface Run {
  readonly events: Event[];
  /** Orphans of each group in the last sample. */
  readonly orphans: Readonly<Record<string, number>>;
  readonly tracker: Tracker;
}

/** The same through a recording says the same. */
function run(
  lives: readonly Life[],
  { slots = HOUR, patterns = {} as Record<string, RegExp>, hasClock = true } = {},
): Run {
  const tracker = new Tracker({
    patterns: Object.entries(patterns).map(([name, pattern]) => ({ name, pattern })),
    maxGroups: 50,
  });
  const live = createState(OPTIONS);
  const replay = createState(OPTIONS);
  const events: Event[] = [];
  const replayed: Event[] = [];
  const orphans: Record<string, number> = {};
  for (let slot = 0; slot < slots; slot++) {
    const seconds = slot * INTERVAL_SECONDS;
    const made = snapshot([...HOST, ...at(seconds, lives)], { t: EPOCH + seconds });
    const clock = hasClock && { clockSeconds: seconds + 7200, ticksPerSecond: TICKS_PER_SECOND };
    const { readings } = tracker.track({ ...made, ...clock });
    events.push(...step(live, readings).events);
    const line = parseRecordingLine(encodeReadings(readings));
    if (line.kind === 'readings') replayed.push(...step(replay, line.readings).events);
    if (slot < slots - 1) continue;
    for (const [group, reading] of readings.groups) if (reading.orphans) orphans[group] = reading.orphans;
  }
  expect(replayed).toEqual(events);
  return { events: events.filter(({ code }) => code === 'W31'), orphans, tracker };
}

const inShort = (event: Event): string => `${event.at} ${event.group} ${evidenceOf(event).orphans ?? ''}`.trim();

const DIED = 10 * 60;
const master: Life = { pid: 10, comm: 'puma', argv: 'puma', dies: DIED };
const workers = (count: number, spec: Partial<Life> = {}): Life[] =>
  Array.from({ length: count }, (_, number) => ({ pid: 20 + number, ppid: 10, comm: 'puma', ...spec }));

describe('a master is killed and its workers live on', () => {
  test('several of them are an alert, after ten minutes', () => {
    const { events, orphans, tracker } = run([master, ...workers(4)]);
    expect(orphans).toEqual({ puma: 4 });
    expect(events.map(inShort)).toEqual(['alert puma 4']);
    expect(events[0]).toMatchObject({
      t: EPOCH + DIED + 30 * INTERVAL_SECONDS,
      desc: 'orphaned_processes',
      metric: 'processes',
      verdict: 'leak',
      previous: 'ok',
      value: 4,
      evidence: { since: EPOCH + DIED, orphans: 4, oldestOrphanSeconds: 600 },
    });
    expect(tracker.oldestOrphan('puma')).toMatchObject({
      process: { sample: { pid: 20 } },
      parent: { pid: 10, comm: 'puma' },
    });
  });

  test('one of them is a warning', () => {
    expect(run([master, ...workers(1)]).events.map(inShort)).toEqual(['warn puma 1']);
  });

  test('and more come: a warning becomes an alert', () => {
    const second: Life = { pid: 40, comm: 'puma', argv: 'puma', born: DIED + 10, dies: DIED + 1800 };
    const others = workers(2, { born: DIED + 20 }).map((worker, at) => ({ ...worker, pid: 50 + at, ppid: 40 }));
    const { events } = run([master, ...workers(1), second, ...others], { slots: 2 * HOUR });
    expect(events.map(inShort)).toEqual(['warn puma 1', 'alert puma 3']);
    expect(events[1]).toMatchObject({ previous: 'suspect', verdict: 'leak', t: EPOCH + DIED + 1800 + 600 });
  });

  test('whatever adopts them', () => {
    const reaper: Life = { pid: 5, comm: 'systemd', argv: 'systemd --user' };
    expect(run([reaper, master, ...workers(3, { reaper: 5 })]).orphans).toEqual({ puma: 3 });
  });

  test('each tree counts once, by its top', () => {
    const helpers = workers(3).map(({ pid }): Life => ({ pid: pid + 10, ppid: pid, comm: 'helper' }));
    expect(run([master, ...workers(3), ...helpers]).orphans).toEqual({ puma: 3 });
  });

  test('in a unit', () => {
    const unit = { cgroup: '/system.slice/shop.service' };
    expect(run([{ ...master, ...unit }, ...workers(3, unit)]).orphans).toEqual({ 'shop.service': 3 });
  });

  test('in a group of a pattern', () => {
    const patterns = { shop: /puma/ };
    expect(run([master, ...workers(3, { argv: 'puma: worker' })], { patterns }).orphans).toEqual({ shop: 3 });
  });

  test('where the source has no clock of starts', () => {
    expect(run([master, ...workers(3)], { hasClock: false }).orphans).toEqual({ puma: 3 });
  });

  test('and it has been a zombie in between', () => {
    const dying: Life = { ...master, dies: DIED };
    const dead: Life = { ...master, state: 'Z', born: DIED, dies: DIED + 60 };
    // The kernel gives its children away when it dies, and not when it is waited for.
    const left = workers(3).map((worker): Life => ({ ...worker, dies: DIED }));
    const lives = [dying, ...left];
    const after = [dead, ...workers(3).map((worker): Life => ({ ...worker, ppid: 1 }))];
    const tracker = new Tracker({ patterns: [], maxGroups: 50 });
    let last: number | undefined;
    for (let slot = 0; slot < 40; slot++) {
      const seconds = slot * INTERVAL_SECONDS;
      const processes = (seconds < DIED ? at(seconds, lives) : at(seconds, after)).map((spec) => ({
        ...spec,
        startTicks: spec.pid,
      }));
      const { readings } = tracker.track(snapshot([...HOST, ...processes], { t: EPOCH + seconds }));
      last = readings.groups.get('puma')?.orphans;
    }
    expect(last).toBe(3);
  });

  test('a manager of processes as well', () => {
    const manager: Life = { pid: 10, comm: 'supervisord', argv: 'python /usr/bin/supervisord', dies: DIED };
    const programs: Life[] = ['web', 'mail', 'cache'].map((name, at) => ({
      pid: 20 + at,
      ppid: 10,
      comm: 'node',
      argv: `node ${name}.js`,
    }));
    const { events } = run([manager, ...programs]);
    expect(events.map(inShort).toSorted()).toEqual(['warn cache 1', 'warn mail 1', 'warn web 1']);
  });

  test('a manager whose program has workers of its own', () => {
    const manager: Life = { pid: 9, comm: 'ruby', argv: 'ruby /usr/bin/foreman start', dies: DIED };
    const web: Life = { pid: 10, ppid: 9, comm: 'ruby', argv: ['puma 6.4.2'] };
    const { events } = run([manager, web, ...workers(2, { comm: 'ruby' })]);
    expect(events.map(inShort)).toEqual(['warn puma 1']);
  });

  test('a script that started a herd', () => {
    const script: Life = { pid: 10, comm: 'bash', argv: ['bash', '-c', 'work & work & work & wait'], dies: DIED };
    expect(run([script, ...workers(3, { comm: 'work', argv: 'work' })]).orphans).toEqual({ work: 3 });
  });

  test('commands of an application that were given up and did not end', () => {
    const shop: Life = { pid: 9, comm: 'node', argv: 'node shop.js' };
    const given = [0, 1, 2].flatMap((number): Life[] => [
      { pid: 30 + number, ppid: 9, comm: 'sh', born: number * 900, dies: number * 900 + 120 },
      { pid: 40 + number, ppid: 30 + number, comm: 'ffmpeg', born: number * 900 },
    ]);
    const { events } = run([shop, ...given], { slots: 2 * HOUR });
    expect(events.map(inShort)).toEqual(['warn shop 3', 'alert shop 3']);
  });
});

describe('it is over', () => {
  const ended = DIED + 1800;

  test('when the last of them has ended', () => {
    const others: Life = { pid: 60, comm: 'puma', argv: 'puma', born: DIED + 20 };
    const [first, ...rest] = workers(4, { dies: ended });
    const { events } = run([master, others, { ...first!, dies: ended + 600 }, ...rest], { slots: 2 * HOUR });
    expect(events.map(inShort)).toEqual(['alert puma 4', 'resolved puma']);
    expect(events[1]).toMatchObject({
      t: EPOCH + ended + 600,
      verdict: 'ok',
      previous: 'leak',
      evidence: {},
      value: 1,
    });
  });

  test('when nothing is left of the group', () => {
    const { events } = run([master, ...workers(1, { dies: ended })], { slots: 2 * HOUR });
    expect(events.map(inShort)).toEqual(['warn puma 1', 'resolved puma']);
    expect(events[1]).toMatchObject({ t: EPOCH + ended, value: undefined });
  });
});

describe('not told is', () => {
  const shell = (argv: string, spec: Partial<Life> = {}): Life => ({
    pid: 10,
    ppid: 9,
    comm: 'bash',
    argv,
    dies: DIED,
    ...spec,
  });
  const sshd: Life = { pid: 9, comm: 'sshd', argv: 'sshd: me [priv]', dies: DIED };
  const jobs = (spec: Partial<Life> = {}): Life[] => workers(4, { comm: 'python3', argv: 'python3 train.py', ...spec });

  const scenes: Readonly<Record<string, readonly Life[]>> = {
    'who ends within minutes': [master, ...workers(4, { dies: DIED + 9 * 60 })],
    'a daemon, whose parent ended as soon as it was born': [
      { pid: 10, comm: 'memcached', argv: 'memcached -d', born: 100, dies: 121 },
      ...workers(4, { comm: 'memcached', born: 101 }),
    ],
    'a daemon whose parent waited until it was ready': [
      { pid: 10, comm: 'pg_ctl', argv: 'pg_ctl start', born: 90, dies: 130 },
      { pid: 20, ppid: 10, comm: 'postgres', argv: 'postgres', born: 101 },
    ],
    'what an init has started': workers(4, { ppid: 1, argv: 'puma' }),
    'what nobody has seen with its parent': workers(4, { ppid: 3, argv: 'puma' }),
    'a job that outlives its session': [sshd, shell('-bash'), ...jobs()],
    'a job that outlives a terminal': [
      { ...sshd, comm: 'tmux: server', argv: 'tmux new', dies: Number.POSITIVE_INFINITY },
      shell('zsh', { comm: 'zsh' }),
      ...jobs(),
    ],
    'a terminal that outlives what it was opened in': [
      sshd,
      shell('-bash', { dies: DIED }),
      { pid: 20, ppid: 10, comm: 'tmux: client', argv: 'tmux', born: 100, dies: 101 },
      { pid: 21, ppid: 20, comm: 'tmux: server', argv: 'tmux', born: 100 },
      { pid: 22, ppid: 21, comm: 'bash', argv: '-bash', born: 101 },
    ],
    'sessions whose daemon was restarted': [
      { ...sshd, argv: '/usr/sbin/sshd -D' },
      ...workers(4, { ppid: 9, comm: 'sshd', argv: 'sshd: me' }),
    ],
    'what a script has started before it went': [
      { pid: 10, comm: 'deploy', argv: 'bash deploy.sh', dies: DIED },
      { pid: 20, ppid: 10, comm: 'node', argv: 'node shop.js' },
    ],
    'a master that has taken over from another': [
      { pid: 10, comm: 'nginx', argv: ['nginx: master process'], dies: DIED },
      { pid: 20, ppid: 10, comm: 'nginx', born: 100 },
      ...workers(4, { comm: 'nginx', born: 101 }).map(
        (worker): Life => ({ ...worker, pid: worker.pid + 10, ppid: 20 }),
      ),
    ],
    'workers that their master replaces': [
      { pid: 10, comm: 'nginx', argv: ['nginx: master process'] },
      ...workers(4, { comm: 'nginx', dies: DIED }),
      ...workers(4, { comm: 'nginx', born: DIED }).map((worker): Life => ({ ...worker, pid: worker.pid + 10 })),
    ],
    'a container and its shim': [
      { pid: 10, comm: 'containerd-shim', argv: 'containerd-shim-runc-v2 start', born: 100, dies: 101 },
      { pid: 20, ppid: 10, comm: 'containerd-shim', argv: 'containerd-shim-runc-v2 -id x', born: 100 },
      { pid: 21, ppid: 20, comm: 'runc', born: 101, dies: 102 },
      { pid: 22, ppid: 21, comm: 'node', argv: 'node shop.js', born: 101, reaper: 20 },
    ],
    'a user manager and what it starts': [
      { pid: 10, comm: 'systemd', argv: '/usr/lib/systemd/systemd --user' },
      { pid: 20, ppid: 10, comm: 'dbus-daemon', argv: 'dbus-daemon --session', born: 100 },
    ],
    'who is dead already': [master, ...workers(4, { dies: DIED })],
  };

  test.each(Object.entries(scenes))('%s', (_, lives) => {
    expect(run(lives, { slots: 2 * HOUR }).events).toEqual([]);
  });
});

test('a script counts as one where it is not known what it was told', () => {
  const shell: Life = { pid: 10, ppid: 8, comm: 'bash', dies: DIED };
  const terminal: Life = { pid: 8, comm: 'terminal', argv: 'terminal' };
  expect(run([terminal, shell, ...workers(2, { comm: 'job' })]).orphans).toEqual({});
  expect(run([terminal, shell, ...workers(3, { comm: 'job' })]).orphans).toEqual({ terminal: 3 });
});

test('a recording that does not say for how long has what is seen of it', () => {
  const state = createState(OPTIONS);
  const events: Event[] = [];
  for (let slot = 0; slot < 20 * MINUTE; slot++) {
    const reading = { start: '1:1', values: {}, bounds: {}, orphans: slot < 10 ? 0 : 1 };
    const readings = { t: EPOCH + slot * INTERVAL_SECONDS, groups: new Map([['web', reading]]), bounds: {} };
    events.push(...step(state, readings).events);
  }
  expect(events.map(inShort)).toEqual(['warn web 1']);
  expect(events[0]).toMatchObject({ t: EPOCH + 40 * INTERVAL_SECONDS, evidence: { oldestOrphanSeconds: 600 } });
});

describe('at the edges', () => {
  /** Orphans as they are seen from sample to sample; @returns how they are told, with the sample. */
  function follow(counts: readonly number[]): string[] {
    const watch = new OrphanWatch({ intervalSeconds: INTERVAL_SECONDS });
    return counts.flatMap((orphans, at) =>
      watch
        .see({ name: 'app' }, { start: '1:1', values: {}, bounds: {}, orphans }, { t: at * INTERVAL_SECONDS })
        .map((event) => `${event.at} ${at}`),
    );
  }
  const times = (count: number, orphans: number): number[] => Array.from({ length: count }, () => orphans);

  test('one must have lived on for 30 intervals, three for as long together', () => {
    expect(follow(times(60, 2))).toEqual(['warn 30']);
    expect(follow(times(60, 3))).toEqual(['alert 30']);
    expect(follow([...times(10, 2), ...times(60, 3)])).toEqual(['warn 30', 'alert 40']);
  });
});
