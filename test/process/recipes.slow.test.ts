/**
 * The recipes of CONTRIBUTING.md, followed in a copy of the checkout: a made-up metric, alert code and sink, added in the
 * files that the recipe names and in no other, reach every output and break no test, and what is forgotten is reported by
 * name.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { ProjectCopy } from '../support/project-copy.ts';

const INTERVAL_SECONDS = 20;
const HOUR_SLOTS = 180;

/** The tests that know of metrics, alerts and sinks. */
const ABOUT_ROWS = [
  ...['docs.test.ts', 'architecture.test.ts', 'doc-examples.test.ts', 'index.test.ts', 'commands/snapshot.test.ts'],
  ...['formats/', 'logs/counted-leaks.test.ts', 'logs/told-alerts.test.ts', 'model/'],
  ...['sinks/prometheus/', 'sinks/push/alertmanager.test.ts', 'verdict/sentence.test.ts', 'web/'],
].map((name) => `test/${name}`);

/** A recording of one group in which a value is calm for two hours, then grows by one each sample, for twelve hours. */
function recordingOf(metric: string): string {
  const line = (slot: number) => {
    const values = { [metric]: 40 + Math.max(0, slot - 2 * HOUR_SLOTS) };
    return { t: 1_700_000_000 + INTERVAL_SECONDS * slot, groups: { app: { start: '1:1', processes: 2, ...values } } };
  };
  const header = { leakwatch: 1, intervalSeconds: INTERVAL_SECONDS, source: 'made' };
  return [header, ...Array.from({ length: 14 * HOUR_SLOTS }, (_, slot) => line(slot))]
    .map((one) => JSON.stringify(one))
    .join('\n');
}

function run(program: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', input });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe('a metric', () => {
  const copy = new ProjectCopy();
  const ROW = `
  {
    name: 'made_up',
    resource: 'threads',
    code: 'W10',
    unit: 'count',
    title: 'Made up',
    noun: { one: 'invention', many: 'inventions' },
    ofProcess: ({ pid }) => pid,
    looksAt: 'threads',
    againstLimit: 'part',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    hasTeeth: false,
    perProcess: false,
    logName: 'group_made_up',
    hostLog: { name: 'made_up', place: 6 },
    prometheusName: 'leakwatch_group_made_up',
    help: 'Sum of the pids of the group.',
  },
] as const satisfies readonly Row[];`;
  let program: string;
  let daemon: Daemon;

  beforeAll(async () => {
    copy.edit('src/model/metrics.ts', '\n] as const satisfies readonly Row[];', ROW);
    program = copy.build();
    daemon = await Daemon.start(['--interval', '500ms'], { program });
    await daemon.line((line) => line.includes('group='), { what: 'a line of a group' });
  });
  afterAll(async () => {
    await daemon?.stop();
    copy.remove();
  });

  test('that sums a value of each process is one row', () => {
    expect(copy.uncompiled()).toEqual([]);
  });

  test('reaches the log, /metrics, the report and the page', async () => {
    expect(daemon.lines.find((line) => line.includes('sample#made_up='))).toBeDefined();
    expect(daemon.lines.find((line) => line.includes('sample#group_made_up='))).toBeDefined();
    expect((await daemon.metrics()).text).toMatch(/^leakwatch_group_made_up\{group=/m);
    const { groups } = await daemon.report();
    expect(groups[0].series.map(({ metric }: { metric: string }) => metric)).toContain('made_up');
    expect(await (await daemon.get('/')).text()).toContain('Made up');
  });

  test('reaches snapshot and the reports on logs', () => {
    expect(run(program, ['snapshot'])).toMatch(/^group .*made_up/);
    const header = 'source=web.1 dyno=heroku.1.2';
    const lines = Array.from(
      { length: 3 },
      (_, at) => `2026-11-20T00:0${at}:00Z app[web.1]: ${header} sample#made_up=${at + 5}`,
    );
    expect(run(program, ['logs', '-'], lines.join('\n'))).toContain('made_up');
  });

  test('is judged, and its leak is told in its own words', () => {
    const events = run(program, ['replay', '-', '--json'], recordingOf('made_up'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const alert = events.find(({ at, metric }) => at === 'alert' && metric === 'made_up');
    expect(alert).toMatchObject({ code: 'W10', verdict: 'leak' });
    expect(alert.text).toMatch(/^app leaks threads: [\d,]+ inventions, \+1[78]\d an hour$/);
  });

  test('that has no line in the documentation is named by its test', () => {
    expect(copy.failedTests('test/docs.test.ts')).toEqual([
      'docs/metrics.md has every family, with its type and its labels',
      "the metric 'made_up' is in every list of docs/metrics.md and docs/recording.md",
    ]);
  });

  test('that is documented fails no test but those of golden files, which can be renewed', () => {
    const family = '| `leakwatch_group_oldest_zombie_seconds`';
    copy.edit(
      'docs/metrics.md',
      family,
      `| \`leakwatch_group_made_up\` | gauge | \`group\` | sum of its pids |\n${family}`,
    );
    copy.edit('docs/metrics.md', '`metric` is one of', '`metric` is one of `made_up`,');
    for (const [line, name] of [
      ['- each group, for each sample:', 'group_made_up'],
      ['- the host, for each sample:', 'made_up'],
    ] as const)
      copy.edit('docs/metrics.md', line, `${line} \`sample#${name}\`,`);
    copy.edit('docs/recording.md', '| `threads`, `zombies`,', '| `threads`, `made_up`, `zombies`,');
    copy.edit('docs/report.schema.json', '"anon", "shmem"]', '"anon", "shmem", "made_up"]');
    expect(copy.failedTests(...ABOUT_ROWS)).toEqual(['the text format', 'the OpenMetrics format']);
    copy.renewGoldenFiles('test/sinks/prometheus/');
    expect(copy.failedTests('test/sinks/prometheus/')).toEqual([]);
  });

  test('that counts processes by their state does not compile before it is said how, and whom to blame', () => {
    copy.edit('src/model/metrics.ts', '    ofProcess: ({ pid }) => pid,\n', '');
    expect(copy.uncompiled()).toEqual(['src/daemon/name-culprit.ts', 'src/model/members.ts']);
  });
});

describe('an alert code', () => {
  const copy = new ProjectCopy();
  const ROW = `
  W99: {
    name: 'made_up_alert',
    title: 'Made up',
    about: 'processes',
    severity: 'critical',
    evidence: 'orphans',
    says: { alert: 'has invented something', warn: 'may be inventing', resolved: 'has stopped inventing' },
  },
} as const satisfies`;
  const WATCH = `/** Tells of every group once: a made-up rule. */
import type { GroupReading, Instant } from '../model/reading.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import type { Event } from './report.ts';
import { turnOf } from './turn.ts';
import { NO_EVENTS, type Watch } from './watch.ts';

export class MadeUpWatch implements Watch {
  readonly seesExtra = false;
  readonly #told = new Set<string>();

  see({ name }: Pick<GroupVerdicts, 'name'>, { values }: GroupReading, { t }: Instant): readonly Event[] {
    if (this.#told.has(name)) return NO_EVENTS;
    this.#told.add(name);
    const evidence = { since: t, orphans: 3, oldestOrphanSeconds: 5 };
    return turnOf('W99', ['quiet', 'leak'], { group: name, t, value: values.processes, evidence });
  }

  settle(): readonly Event[] {
    return NO_EVENTS;
  }
}
`;
  const TODO = 'What to do: Ask those without a parent who invented them.';
  let program: string;
  let daemon: Daemon;

  beforeAll(async () => {
    copy.write('src/verdict/made-up-watch.ts', WATCH);
    copy.edit('src/step.ts', 'const watches = [', 'const watches = [new MadeUpWatch(), ');
    copy.edit(
      'src/step.ts',
      'import { OrphanWatch }',
      "import { MadeUpWatch } from './verdict/made-up-watch.ts';\nimport { OrphanWatch }",
    );
    // The code of an event is not in the table yet, and the watch not in the list.
    expect(copy.uncompiled()).toEqual(['src/verdict/made-up-watch.ts']);
    copy.edit('src/model/alerts.ts', '\n} as const satisfies', ROW);
    // Nobody has said what to do.
    expect(copy.uncompiled()).toEqual(['src/verdict/remedies.ts']);
    copy.edit(
      'src/verdict/remedies.ts',
      '  W50: (',
      "  W99: ({ orphans }) => 'Ask '.concat(orphans, ' who invented them.'),\n  W50: (",
    );
    program = copy.build();
    daemon = await Daemon.start(['--interval', '500ms'], { program });
    await daemon.line((line) => line.includes('code=W99'), { what: 'a made-up alert' });
  });
  afterAll(async () => {
    await daemon?.stop();
    copy.remove();
  });

  test('is one row, a watch of its own and its line in the list', () => {
    expect(copy.uncompiled()).toEqual([]);
  });

  test('reaches the log, /metrics, the report and the page', async () => {
    const line = daemon.lines.find((text) => text.includes('code=W99'))!;
    expect(line).toMatch(
      / at=alert code=W99 desc=made_up_alert .* orphans=3 oldest_orphan_seconds=5 .* count#leak_alerts=1$/,
    );
    expect((await daemon.metrics()).value('leakwatch_events_total{code="W99"}')).toBeGreaterThan(0);
    const [standing] = (await daemon.report()).standing.filter(({ code }: { code: string }) => code === 'W99');
    expect(standing.text).toContain(' has invented something: 3 processes live on without their parent');
    expect(standing.todo).toBe('Ask the 3 processes without a parent who invented them.');
    expect(await (await daemon.get('/')).text()).toContain('has invented something');
  });

  test('reaches replay in words', () => {
    expect(run(program, ['replay', '-'], recordingOf('threads'))).toMatch(
      /Z alert W99 app has invented something: 3 processes live on/,
    );
  });

  test('that has no section in the documentation is named by its test', () => {
    expect(copy.failedTests('test/docs.test.ts')).toEqual([
      'W99 has a section in docs/alerts.md with a line of its own',
      'W99 is told what to do about in the words of the alerts',
      'W99 is in the table of README.md',
    ]);
  });

  test('that is documented fails no test but those of golden files, which can be renewed', () => {
    const line = daemon.lines.find((text) => text.includes('code=W99'))!;
    copy.edit(
      'docs/alerts.md',
      '## W40\n',
      `## W99\n\n\`made_up_alert\`\n\n\`\`\`\n${line}\n\`\`\`\n\n${TODO}\n\n## W40\n`,
    );
    copy.edit('README.md', '| W40 |', '| W99 | `made_up_alert` | something was invented |\n| W40 |');
    copy.edit('docs/report.schema.json', '"W50"]', '"W50", "W99"]');
    expect(copy.failedTests(...ABOUT_ROWS)).toEqual(['the text format', 'the OpenMetrics format']);
    copy.renewGoldenFiles('test/sinks/prometheus/');
    expect(copy.failedTests('test/sinks/prometheus/')).toEqual([]);
  });

  test('whose watch is missing in the list is named by a test', () => {
    copy.edit('src/step.ts', 'new MadeUpWatch(), ', '');
    copy.edit('src/step.ts', "import { MadeUpWatch } from './verdict/made-up-watch.ts';\n", '');
    expect(copy.failedTests('test/architecture.test.ts')).toEqual(["every 'watch' is imported by its list, 'step.ts'"]);
  });

  test('with a new kind of evidence does not compile before every place has a case for it', () => {
    copy.edit('src/model/alerts.ts', 'export type EvidenceKind = ', "export type EvidenceKind = 'invention' | ");
    copy.edit(
      'src/verdict/evidence.ts',
      'readonly orphans: OrphansEvidence;',
      'readonly orphans: OrphansEvidence;\n  readonly invention: OrphansEvidence;',
    );
    expect(copy.uncompiled()).toEqual([
      'src/daemon/name-culprit.ts',
      'src/sinks/log/log-lines.ts',
      'src/verdict/present-event.ts',
      'src/verdict/remedies.ts',
      'src/verdict/sentence.ts',
      'src/web/page/cards.ts',
      'src/web/page/standing.ts',
      'test/process/page.slow.test.ts',
      'test/verdict/sentence.test.ts',
    ]);
  });
});

describe('a sink', () => {
  const copy = new ProjectCopy();
  const SINK = `/** Writes how many samples there were to standard error, then fails. */
import type { Publication } from '../verdict/publication.ts';
import type { Sink } from './sink.ts';

export class MadeUp implements Sink {
  readonly name = 'made_up';

  publish({ self }: Publication): void {
    if (self.samplesTotal > 1) throw new Error('made up');
    process.stderr.write('the first sample was taken\\\\n');
  }

  dropped() {
    return [['made_up_lines', 7]] as const;
  }
}
`.replace('\\\\n', '\\n');
  let daemon: Daemon;

  beforeAll(async () => {
    copy.write('src/sinks/made-up.ts', SINK);
    copy.edit('src/commands/sinks.ts', '  openRecording,', '  () => new MadeUp(),\n  openRecording,');
    copy.edit(
      'src/commands/sinks.ts',
      'import type { Sink }',
      "import { MadeUp } from '../sinks/made-up.ts';\nimport type { Sink }",
    );
    daemon = await Daemon.start(['--interval', '200ms'], { program: copy.build() });
    await daemon.logged(({ sink }) => sink === 'made_up', { what: 'the failure of the sink' });
  });
  afterAll(async () => {
    await daemon?.stop();
    copy.remove();
  });

  test('is one file and one line of the list', () => {
    expect(copy.uncompiled()).toEqual([]);
  });

  test('is given samples, is counted where it drops or fails, and stops no other', async () => {
    expect(daemon.log).toContain('the first sample was taken');
    const before = daemon.lines.length;
    await daemon.line((line) => daemon.lines.indexOf(line) > before, { what: 'more lines' });
    const metrics = await daemon.metrics();
    expect(metrics.value('leakwatch_dropped_total{what="made_up_lines"}')).toBe(7);
    expect(metrics.value('leakwatch_sink_failures_total{sink="made_up"}')).toBeGreaterThan(0);
    expect(metrics.value('leakwatch_sink_failures_total{sink="log"}')).toBe(0);
    expect(metrics.value('leakwatch_samples_failed_total')).toBe(0);
  });

  test('fails no test, and one that is missing in the list is named', () => {
    expect(copy.failedTests(...ABOUT_ROWS)).toEqual([]);
    copy.edit('src/commands/sinks.ts', '  () => new MadeUp(),\n', '');
    copy.edit('src/commands/sinks.ts', "import { MadeUp } from '../sinks/made-up.ts';\n", '');
    expect(copy.failedTests('test/architecture.test.ts')).toEqual([
      "every 'sink' is imported by its list, 'commands/sinks.ts'",
    ]);
  });
});
