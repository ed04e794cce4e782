/**
 * The parts of a tick, in one process: `parts.js MODULES` imports the built modules, and for each line of standard
 * input, a number of passes, answers with a JSON line: microseconds of CPU by part, of all passes together. Its clock
 * is virtual and beats every 20 seconds, so that series fill as they do in a day.
 */
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const INTERVAL_SECONDS = 20;

const [modules] = process.argv.slice(2);
/** @param {string} path @returns {Promise<any>} a module of the program; its types are not known here */
const load = (path) => import(pathToFileURL(`${modules}/${path}`).href);

const { ProcSource } = await load('sources/proc/proc-source.js');
const { Tracker } = await load('model/tracker.js');
const { createState, step } = await load('step.js');
const { renderL2met } = await load('sinks/log-lines.js');
const { PrometheusSink } = await load('sinks/prometheus.js');

let t = 1_767_225_600;
const source = new ProcSource({ procfs: '/proc', clock: () => t });
const tracker = new Tracker({ patterns: [], maxGroups: 50 });
const state = createState({ intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 });
const prometheus = new PrometheusSink({ version: '0.0.0' });
const identity = { source: 'web.1', dyno: undefined };

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

/** @param {any} report @param {any} tracked @param {any} snapshot */
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
      failedTotal: 0,
      sampleDurationSeconds: 0.01,
      intervalSeconds: INTERVAL_SECONDS,
      droppedTotal: new Map(),
      unreadable: snapshot.misses,
    },
  };
}
