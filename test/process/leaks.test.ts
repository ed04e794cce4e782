/** One daemon, five leaks and a busy healthy program beside them: each leak is found, and laid at the right door. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import { foldThreadName } from '../../src/sources/proc/inspect.ts';
import { Daemon } from '../support/daemon.ts';
import { Puppet, type PuppetCommand } from '../support/puppet.ts';
import { until } from '../support/until.ts';

const MIB = 1 << 20;

interface Leak {
  readonly kind: string;
  /** More than one where they carry the same code: the alert speaks of whichever is sure first. */
  readonly metrics: readonly string[];
  readonly code: string;
  readonly desc: string;
  readonly step: PuppetCommand;
  readonly everyMs: number;
}

/** The memory leak has no --group: its group is named after what it runs. */
const LEAKS: readonly Leak[] = [
  { kind: 'zombies', metrics: ['zombies'], code: 'W11', desc: 'zombie_leak', step: { zombies: 1 }, everyMs: 300 },
  { kind: 'threads', metrics: ['threads'], code: 'W10', desc: 'thread_leak', step: { threads: 1 }, everyMs: 350 },
  {
    kind: 'memory',
    metrics: ['rss', 'anon'],
    code: 'W12',
    desc: 'memory_leak',
    step: { memory: 3 * MIB },
    everyMs: 300,
  },
  { kind: 'fds', metrics: ['fds'], code: 'W13', desc: 'fd_leak', step: { fds: 3 }, everyMs: 300 },
  {
    kind: 'processes',
    metrics: ['processes'],
    code: 'W14',
    desc: 'process_leak',
    step: { processes: 1 },
    everyMs: 300,
  },
];

/** One command after another while it lives, at a steady pace. */
class Actor {
  readonly puppet: Puppet;
  #timer: NodeJS.Timeout | undefined;

  constructor(puppet: Puppet) {
    this.puppet = puppet;
  }

  repeat(everyMs: number, command: (count: number) => PuppetCommand): void {
    let count = 0;
    // A command may outlast its turn on a busy host; the answer of a puppet that is being stopped never comes.
    this.#timer = setInterval(() => void this.puppet.do(command(count++)).catch(() => {}), everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.puppet.stop();
  }
}

const titleOf = (kind: string): string => `app-${kind}`;

let daemon: Daemon;
const actors = new Map<string, Actor>();

async function start(kind: string): Promise<Actor> {
  const actor = new Actor(await Puppet.start({ title: titleOf(kind) }));
  actors.set(kind, actor);
  return actor;
}

const groupOf = (kind: string): string => (kind === 'memory' ? titleOf(kind) : kind);
const eventsOf = (group: string): Map<string, string>[] =>
  daemon.lines.map(decodeLine).filter((line) => line.get('group') === group && line.has('at'));

function alertLine(kind: string, code: string): Map<string, string> {
  return eventsOf(groupOf(kind)).find((event) => event.get('at') === 'alert' && event.get('code') === code)!;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON whose shape is what is tested
async function standingAlert(kind: string, code: string): Promise<any> {
  const { standing } = await daemon.report();
  return standing.find(
    (event: Record<string, unknown>) => event.group === groupOf(kind) && event.code === code && event.at === 'alert',
  );
}

beforeAll(async () => {
  const named = ['zombies', 'threads', 'fds', 'processes', 'healthy'];
  await Promise.all([...LEAKS.map(({ kind }) => kind), 'healthy'].map(start));
  daemon = await Daemon.start([
    // A loose budget: sooner sure of the leaks, and readier to accuse the healthy.
    ...['--interval', '100ms', '--source', 'web.1', '--false-alarms-per-month', '1000'],
    ...named.flatMap((kind) => ['--group', `${kind}=^${titleOf(kind)}$`]),
  ]);
  for (const { kind, step, everyMs } of LEAKS) actors.get(kind)!.repeat(everyMs, () => step);
  const chores: PuppetCommand[] = [
    { threads: 2, fds: 30, memory: 24 * MIB },
    { memory: 24 * MIB },
    { release: 'threads' },
    { release: 'fds' },
    { release: 'memory' },
    { processes: 2, release: 'processes' },
  ];
  actors.get('healthy')!.repeat(150, (count) => chores[count % chores.length]!);
  await Promise.all(
    LEAKS.map(({ kind, code }) =>
      until(() => eventsOf(groupOf(kind)).find((event) => event.get('at') === 'alert' && event.get('code') === code), {
        what: `${code} of ${kind}`,
        timeoutMs: 220_000,
      }),
    ),
  );
}, 240_000);

afterAll(async () => {
  daemon?.kill();
  await Promise.all([...actors.values()].map((actor) => actor.stop()));
});

describe.each(LEAKS)('a leak of $kind', ({ kind, metrics, code, desc }) => {
  const group = groupOf(kind);
  test('is told in a line that names it', () => {
    const { pid } = actors.get(kind)!.puppet;
    const isOfParent = kind === 'zombies' || kind === 'processes';
    expect(Object.fromEntries(alertLine(kind, code))).toMatchObject({
      source: 'web.1',
      at: 'alert',
      code,
      desc,
      verdict: 'leak',
      group,
      [isOfParent ? 'parent' : 'process']: String(pid),
      [isOfParent ? 'parent_comm' : 'process_comm']: titleOf(kind),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      growth_per_hour: expect.stringMatching(kind === 'memory' ? /^\d+\.\d\dMB$/ : /^\d+\.\d\d$/),
      'count#leak_alerts': '1',
    });
  });

  test('has the same in /api/v1/report, in full', async () => {
    const event = await standingAlert(kind, code);
    expect(metrics).toContain(event.metric);
    expect(event).toMatchObject({
      at: 'alert',
      code,
      desc,
      verdict: 'leak',
      culprit: { pid: actors.get(kind)!.puppet.pid, comm: titleOf(kind) },
    });
    expect(event.evidence.slopePerSecond).toBeGreaterThan(0);
    expect(event.evidence.since).toBeGreaterThan(event.t - 120);
    expect(event.evidence.since).toBeLessThan(event.t);
  });

  test('is the verdict in /metrics', async () => {
    const { metric } = await standingAlert(kind, code);
    const exposed = await daemon.metrics();
    expect(exposed.value(`leakwatch_verdict{group="${group}",metric="${metric}",verdict="leak"}`)).toBe(1);
    expect(exposed.value(`leakwatch_verdict{group="${group}",metric="${metric}",verdict="ok"}`)).toBeUndefined();
    expect(exposed.value(`leakwatch_events_total{code="${code}"}`)).toBeGreaterThanOrEqual(1);
    expect(exposed.value(`leakwatch_growth_per_second{group="${group}",metric="${metric}"}`)).toBeGreaterThan(0);
  });
});

describe('an alert', () => {
  test('of threads names the family that grew, as the kernel names its threads', async () => {
    const { pid } = actors.get('threads')!.puppet;
    const names = readdirSync(`/proc/${pid}/task`).map((tid) =>
      foldThreadName(readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trimEnd()),
    );
    const line = alertLine('threads', 'W10');
    expect(names.map((name) => name.replace(/[^\w.:/@+-]/g, '_'))).toContain(foldThreadName(line.get('thread_name')!));
    expect(Number(line.get('thread_name_count'))).toBeGreaterThan(10);
    const { culprit } = await standingAlert('threads', 'W10');
    const family = { name: expect.any(String), count: expect.any(Number), growth: expect.any(Number) };
    expect(culprit.inspection.threadFamilies).toContainEqual(family);
  });

  test('of descriptors names their kind', async () => {
    expect(Object.fromEntries(alertLine('fds', 'W13'))).toMatchObject({ fd_kind: 'device' });
    expect(Number(alertLine('fds', 'W13').get('fd_kind_count'))).toBeGreaterThan(20);
    expect((await standingAlert('fds', 'W13')).culprit).toMatchObject({
      inspection: { fdKinds: { device: expect.any(Number) } },
    });
  });

  test('of memory names its kinds', async () => {
    expect((await standingAlert('memory', 'W12')).culprit).toMatchObject({
      inspection: { memory: expect.any(Object) },
    });
  });

  test('of zombies names the dead', async () => {
    const line = alertLine('zombies', 'W11');
    expect(line.get('zombie_comm')).toBe('true');
    expect(Number(line.get('oldest_zombie_seconds'))).toBeGreaterThanOrEqual(1);
    expect((await standingAlert('zombies', 'W11')).culprit).toMatchObject({
      children: expect.any(Number),
      zombies: { oldestSeconds: expect.any(Number), names: [{ name: 'true', count: expect.any(Number) }] },
    });
  });

  test('of processes counts the living children', async () => {
    expect(Number(alertLine('processes', 'W14').get('children'))).toBeGreaterThan(10);
  });
});

test('a busy program that gives back what it takes is left alone', async () => {
  expect(eventsOf('healthy').map((event) => Object.fromEntries(event))).toEqual([]);
  const { groups } = await daemon.report();
  const healthy = groups.find(({ name }: { name: string }) => name === 'healthy');
  expect(healthy.series.map(({ verdict }: { verdict: string }) => verdict)).toEqual(Array(6).fill('ok'));
  const lines = daemon.lines.map(decodeLine).filter((line) => line.get('group') === 'healthy');
  for (const busy of ['sample#group_threads', 'sample#group_open_fds', 'sample#group_rss'])
    expect(new Set(lines.map((line) => line.get(busy))).size, busy).toBeGreaterThan(1);
});

test('a leaking program that is restarted has its alerts resolved', async () => {
  const leaking = actors.get('zombies')!;
  await leaking.stop();
  await start('zombies');
  const resolved = (await until(
    () => eventsOf('zombies').find((event) => event.get('at') === 'resolved' && event.get('code') === 'W11'),
    { what: 'the zombie leak to be resolved' },
  ))!;
  expect(Object.fromEntries(resolved)).toMatchObject({ desc: 'zombie_leak', verdict: 'learning' });
  expect(resolved.has('count#leak_alerts')).toBe(false);
  const metrics = (await until(
    async () => {
      const now = await daemon.metrics();
      return now.value('leakwatch_group_zombies{group="zombies"}') === 0 ? now : undefined;
    },
    { what: 'the new process in /metrics' },
  ))!;
  expect(metrics.value('leakwatch_verdict{group="zombies",metric="zombies",verdict="leak"}')).toBeUndefined();
  const { standing } = await daemon.report();
  expect(
    standing.filter(
      ({ group, metric }: { group: string; metric: string }) => group === 'zombies' && metric === 'zombies',
    ),
  ).toEqual([]);
});

test('the daemon stops as it is told', async () => {
  await daemon.stop();
});
