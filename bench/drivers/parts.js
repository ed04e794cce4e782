/**
 * The parts of a tick, in one process: `parts.js DIST` loads modules of that build. For each line of standard input, a
 * number of passes, it answers with a JSON line: microseconds of CPU by part, summed over all passes. Its clock is
 * virtual and advances 20 seconds a pass, so that series fill as they do in the daemon.
 */
import { createInterface } from 'node:readline';
import { loadModule } from '../modules.js';

const INTERVAL_SECONDS = 20;

const [dist = 'dist'] = process.argv.slice(2);
const { ProcSource } = await loadModule(dist, 'sources/proc/proc-source.js');
const { Tracker } = await loadModule(dist, 'model/tracker.js');
const { createState, step } = await loadModule(dist, 'step.js');
const { renderL2met } = await loadModule(dist, 'sinks/log/log-lines.js');
const { PrometheusSink } = await loadModule(dist, 'sinks/prometheus/prometheus.js');

let t = 1_767_225_600;
const source = new ProcSource({ procfs: '/proc', clock: () => ({ t, wall: t }) });
const tracker = new Tracker({ patterns: [], maxGroups: 50 });
const state = createState({ intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 });
const identity = { source: 'web.1', dyno: 'web.1', host: 'web', app: 'web' };
const prometheus = new PrometheusSink({ version: '0.0.0', identity });

for await (const line of createInterface({ input: process.stdin })) {
  /** @type {Record<string, number>} */
  const parts = {};
  for (let pass = 0; pass < Number(line); pass++) await tick(parts);
  console.log(JSON.stringify(parts));
}

/** @param {Record<string, number>} parts added to */
async function tick(parts) {
  t += INTERVAL_SECONDS;
  let last = process.cpuUsage();
  const note = (/** @type {string} */ part) => {
    const { user, system } = process.cpuUsage(last);
    parts[part] = (parts[part] ?? 0) + user + system;
    last = process.cpuUsage();
  };
  const snapshot = await source.sample();
  note('read /proc');
  const tracked = tracker.track(snapshot);
  note('tree and groups');
  const report = step(state, tracked.readings);
  note('series and verdicts');
  const publication = publish(report, tracked, snapshot);
  prometheus.publish(publication);
  renderL2met(publication, identity);
  note('log lines');
  await prometheus.render(undefined);
  note('metrics, if scraped');
}

/**
 * @param {import('../../src/verdict/report.ts').Report} report
 * @param {import('../../src/model/tracker.ts').TrackedSnapshot} tracked
 * @param {import('../../src/model/snapshot.ts').Snapshot} snapshot
 * @returns {import('../../src/verdict/publication.ts').Publication}
 */
function publish(report, tracked, snapshot) {
  return {
    report,
    details: tracked.details,
    events: [],
    standing: [],
    eventsTotal: new Map(),
    tasks: tracked.tasks,
    self: {
      samplesTotal: 1,
      lateTotal: 0,
      leftOutTotal: 0,
      failedTotal: 0,
      sampleDurationSeconds: 0.01,
      intervalSeconds: INTERVAL_SECONDS,
      presentIntervalSeconds: INTERVAL_SECONDS,
      droppedTotal: new Map(),
      sinkFailuresTotal: new Map(),
      unreadable: snapshot.misses,
    },
  };
}
