/**
 * One daemon, programs that leak beside it, and a busy one that does not: each leak must be found and blamed on the
 * right process. What a test reads of them, and the tests that hold for a leak of any kind.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import { METRICS } from '../../src/model/metrics.ts';
import { Daemon } from './daemon.ts';
import { temporaryDirectory } from './files.ts';
import { writeKnownLives } from './known-lives.ts';
import { Puppet, type PuppetCommand } from './puppet.ts';
import { reportProblems } from './report-schema.ts';
import { uniqueName } from './unique.ts';
import { until } from './until.ts';

export const MB = 1 << 20;

export interface Leak {
  readonly kind: string;
  /** Several if they share the code: the alert names the one that is certain first. */
  readonly metrics: readonly string[];
  readonly code: string;
  readonly desc: string;
  /** What the program takes more of at every third sample. */
  readonly step: PuppetCommand;
}

const STEP_EVERY = 3;

/** A busy program that gives back what it takes: threads, descriptors, memory, children. */
const CHORES: readonly PuppetCommand[] = [
  { threads: 2, fds: 30, memory: 24 * MB },
  { memory: 24 * MB },
  { release: 'threads' },
  { release: 'fds' },
  { release: 'memory' },
  { processes: 2, release: 'processes' },
];
const CHORE_EVERY = 2;

const INTERVAL_SECONDS = 0.1;
/** What a puppet has when it starts, roughly. */
const AT_START = { zombies: 0, threads: 11, fds: 30, processes: 1, rss: 60 * MB, anon: 30 * MB };

export class LeakingHost {
  readonly #directory = temporaryDirectory('leakwatch-leaks-');
  readonly leaks: readonly Leak[];
  readonly #puppets = new Map<string, Puppet>();
  #daemon: Daemon | undefined;
  #pace: NodeJS.Timeout | undefined;
  #begun = 0;

  constructor(leaks: readonly Leak[]) {
    this.leaks = leaks;
  }

  /** Resolves when the alert of each leak has been printed. */
  async start(): Promise<void> {
    await Promise.all([...this.leaks.map(({ kind }) => kind), 'healthy'].map((kind) => this.startProgram(kind)));
    this.#begun = Date.now() / 1000;
    // The programs that leak have run here before; the healthy one has not.
    const state = join(this.#directory, 'state');
    const groups = this.leaks.map(({ kind }) => [this.groupOf(kind), AT_START]);
    writeKnownLives(state, INTERVAL_SECONDS, Object.fromEntries(groups));
    // The memory leak has no --group: its group is named after its program.
    const named = [...this.leaks.map(({ kind }) => kind).filter((kind) => kind !== 'memory'), 'healthy'];
    this.#daemon = await Daemon.start([
      // A loose budget: the leaks are certain sooner, and the healthy program is accused more easily.
      ...[
        '--interval',
        `${INTERVAL_SECONDS}s`,
        '--state',
        state,
        '--source',
        'web.1',
        '--false-alarms-per-month',
        '1000',
      ],
      ...named.flatMap((kind) => ['--group', `${kind}=^${this.titleOf(kind)}$`]),
    ]);
    this.#leak();
    const found = this.leaks.map(({ kind, code }) =>
      until(() => this.alertLine(kind, code), { what: `${code} of ${kind}`, timeoutMs: 400_000, everyMs: 100 }),
    );
    await Promise.all(found);
  }

  /**
   * Lets the programs do something after so many samples, not after so much time: on a busy machine samples come late,
   * and growth from sample to sample would slow down and quicken with them. A warm-up slows down, a leak does not.
   */
  #leak(): void {
    let read = 0;
    let samples = 0;
    // A puppet that is being stopped does not answer.
    const tell = (kind: string, command: PuppetCommand) =>
      void this.#puppets
        .get(kind)!
        .do(command)
        .catch(() => {});
    this.#pace = setInterval(() => {
      for (; read < this.daemon.lines.length; read++) {
        if (!this.daemon.lines[read]!.includes(' sample#threads=')) continue;
        samples++;
        if (samples % STEP_EVERY === 0) for (const { kind, step } of this.leaks) tell(kind, step);
        if (samples % CHORE_EVERY === 0) tell('healthy', CHORES[(samples / CHORE_EVERY) % CHORES.length]!);
      }
    }, 10);
  }

  get daemon(): Daemon {
    return this.#daemon!;
  }

  /** Seconds since the epoch when the daemon was started. */
  get begun(): number {
    return this.#begun;
  }

  async startProgram(kind: string): Promise<void> {
    this.#puppets.set(kind, await Puppet.start({ title: this.titleOf(kind) }));
  }

  async stopProgram(kind: string): Promise<void> {
    await this.#puppets.get(kind)!.stop();
  }

  /** From now on no program takes anything more. */
  stopLeaking(): void {
    clearInterval(this.#pace);
  }

  async stop(): Promise<void> {
    this.stopLeaking();
    this.#daemon?.kill();
    await Promise.all([...this.#puppets.values()].map((puppet) => puppet.stop()));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  titleOf(kind: string): string {
    return uniqueName(kind);
  }

  pidOf(kind: string): number {
    return this.#puppets.get(kind)!.pid;
  }

  groupOf(kind: string): string {
    return kind === 'memory' ? this.titleOf(kind) : kind;
  }

  eventsOf(kind: string): Map<string, string>[] {
    const group = this.groupOf(kind);
    const lines = this.daemon.lines.filter((line) => line.includes(' at=') && `${line} `.includes(` group=${group} `));
    return lines.map(decodeLine);
  }

  alertLine(kind: string, code: string): Map<string, string> | undefined {
    return this.eventsOf(kind).find((event) => event.get('at') === 'alert' && event.get('code') === code);
  }

  // biome-ignore lint/suspicious/noExplicitAny: JSON whose shape is what is tested
  async standingAlert(kind: string, code: string): Promise<any> {
    const { standing } = await this.daemon.report();
    const group = this.groupOf(kind);
    return standing.find(
      (event: Record<string, unknown>) => event.group === group && event.code === code && event.at === 'alert',
    );
  }
}

/** Starts the host for the tests of a file, with the tests that hold for every kind of leak. */
export function testLeaks(leaks: readonly Leak[]): LeakingHost {
  const host = new LeakingHost(leaks);
  beforeAll(() => host.start(), 420_000);
  afterAll(() => host.stop());

  describe.each(leaks)('a leak of $kind', ({ kind, metrics, code, desc }) => {
    test('is alerted in a line that names its process', () => {
      const isOfParent = kind === 'zombies' || kind === 'processes';
      expect(Object.fromEntries(host.alertLine(kind, code)!)).toMatchObject({
        source: 'web.1',
        at: 'alert',
        code,
        desc,
        verdict: 'leak',
        group: host.groupOf(kind),
        [isOfParent ? 'parent' : 'process']: String(host.pidOf(kind)),
        [isOfParent ? 'parent_comm' : 'process_comm']: host.titleOf(kind),
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        growth_per_hour: expect.stringMatching(kind === 'memory' ? /^\d+\.\d\dMB$/ : /^\d+\.\d\d$/),
        'count#leak_alerts': '1',
      });
    });

    test('has the same alert in /api/v1/report, with its evidence', async () => {
      const event = await host.standingAlert(kind, code);
      expect(metrics).toContain(event.metric);
      expect(event).toMatchObject({
        at: 'alert',
        code,
        desc,
        verdict: 'leak',
        culprit: { pid: host.pidOf(kind), comm: host.titleOf(kind) },
      });
      expect(event.evidence.slopePerSecond).toBeGreaterThan(0);
      expect(event.evidence.since).toBeGreaterThan(host.begun - 1);
      expect(event.evidence.since).toBeLessThan(event.t);
    });

    test('is told with the numbers of now, and the culprit with them', async () => {
      const event = await host.standingAlert(kind, code);
      const { groups, standing } = await host.daemon.report();
      const now = standing.find(
        (one: { code: string; group: string }) => one.code === code && one.group === event.group,
      );
      const group = groups.find(({ name }: { name: string }) => name === event.group);
      const series = group.series.find(({ metric }: { metric: string }) => metric === now.metric);
      expect(now.value).toBe(series.value);
      expect(now.text).toContain(now.culprit.comm);
      if (kind === 'zombies') expect(now.culprit.children).toBe(now.value);
    });

    test('is the verdict in /metrics', async () => {
      const { metric } = await host.standingAlert(kind, code);
      const labels = `group="${host.groupOf(kind)}",metric="${metric}"`;
      const exposed = await host.daemon.metrics();
      expect(exposed.value(`leakwatch_verdict{${labels},verdict="leak"}`)).toBe(1);
      expect(exposed.value(`leakwatch_verdict{${labels},verdict="ok"}`)).toBeUndefined();
      expect(exposed.value(`leakwatch_events_total{code="${code}"}`)).toBeGreaterThanOrEqual(1);
      expect(exposed.value(`leakwatch_growth_per_second{${labels}}`)).toBeGreaterThan(0);
    });
  });

  test('the report keeps to its schema', async () => {
    expect(reportProblems(await host.daemon.report())).toEqual([]);
  });

  test('a busy program that gives back what it takes is not accused', async () => {
    const verdicts = async (): Promise<string[]> => {
      const { groups } = await host.daemon.report();
      const healthy = groups.find(({ name }: { name: string }) => name === 'healthy');
      return healthy.series.map(({ verdict }: { verdict: string }) => verdict);
    };
    // On a busy machine the leaks may be found while this program is still being learned.
    await until(async () => !(await verdicts()).includes('learning'), { what: 'the end of learning' });
    expect(host.eventsOf('healthy').map((event) => Object.fromEntries(event))).toEqual([]);
    expect(await verdicts()).toEqual(METRICS.map(() => 'ok'));
    const lines = host.daemon.lines.map(decodeLine).filter((line) => line.get('group') === 'healthy');
    for (const busy of ['sample#group_threads', 'sample#group_open_fds', 'sample#group_rss'])
      expect(new Set(lines.map((line) => line.get(busy))).size, busy).toBeGreaterThan(1);
  });

  return host;
}
