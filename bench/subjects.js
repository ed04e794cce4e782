/**
 * The programs that are compared. A subject is opened once per population and then asked for passes; a pass reads every
 * process once. It answers with the CPU and wall time of all passes together, one row of the table each. A subject that
 * cannot run here returns the reason.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { end, makeDirectory, start } from './cleanup.js';
import { Coprocess } from './coprocess.js';
import { Daemon, shortInterval } from './daemon.js';
import { fetchText, freePort, until } from './http.js';
import { cpuOf, footprintOf, reapedChildrenCpu } from './kernel.js';
import { hasModules } from './modules.js';

/**
 * @typedef {{ cpuUs: number, wallUs?: number | undefined }} Cost
 * @typedef {{ passes: number, rows: Readonly<Record<string, Cost>> }} Measurement
 * @typedef {{
 *   measure(passes: number): Promise<Measurement>,
 *   footprint?(): import('./kernel.js').Footprint,
 *   stop(): Promise<void>,
 *   passes?: number,
 * }} Opened `passes` = passes per round, for a subject that sets its own pace
 * @typedef {{ native: import('./native.js').Native | undefined, entry: string, processes: number, quick: boolean }} Setting
 * @typedef {{ name: string, what: string, open(setting: Setting): Promise<Opened | string> }} Subject
 */

export const C_OPEN = 'C: open, read, close';
export const LEAKWATCH = 'leakwatch, whole tick';
export const PS = 'ps';
export const PS_LIST = 'ps-list + pidusage';
export const NODE_EXPORTER = 'node_exporter, processes';
export const PROCESS_EXPORTER = 'process-exporter';

/** @type {readonly Subject[]} */
export const SUBJECTS = [
  {
    name: 'c-open',
    what: 'a C loop that opens, reads and closes every stat',
    open: ({ native }) => openFloor(native, { how: 'open', row: C_OPEN }),
  },
  {
    name: 'c-kept',
    what: 'a C loop that reads every stat through a descriptor kept open',
    open: ({ native }) => openFloor(native, { how: 'kept', row: 'C: pread, kept open' }),
  },
  {
    name: 'leakwatch',
    what: 'the daemon, by its executable',
    open: openDaemon,
  },
  { name: 'parts', what: 'the parts of a tick, in one process', open: openParts },
  { name: 'ps', what: 'ps -eo pid,ppid,stat,nlwp,rss', open: openPs },
  { name: 'ps-list', what: 'ps-list, then pidusage of all', open: openPsList },
  { name: 'node-exporter', what: "node_exporter's processes collector alone, a scrape", open: openNodeExporter },
  { name: 'process-exporter', what: 'process-exporter, everything matched, a scrape', open: openProcessExporter },
];

/** @param {import('./native.js').Native | undefined} native @param {{ how: string, row: string }} options */
async function openFloor(native, { how, row }) {
  if (!native) return 'no C compiler';
  return openCoprocess(new Coprocess(native.floor, [how]), row);
}

/** @param {Setting} _ */
async function openPsList(_) {
  return openCoprocess(new Coprocess(process.execPath, [join(import.meta.dirname, 'drivers/ps-list.js')]), PS_LIST);
}

/** @param {Coprocess} coprocess @param {string} row @returns {Opened} */
function openCoprocess(coprocess, row) {
  const cpu = () => cpuOf(coprocess.pid, { children: true });
  return {
    async measure(passes) {
      return timed({ row, passes, cpu, run: async () => void (await coprocess.ask(passes)) });
    },
    footprint: () => footprintOf(coprocess.pid),
    stop: () => coprocess.stop(),
  };
}

/** @param {Setting} setting @returns {Promise<Opened>} */
async function openDaemon({ entry, processes, quick }) {
  const daemon = await Daemon.start({ entry, intervalMs: shortInterval(processes) });
  await daemon.waitForTicks(warmUpTicks(quick, processes));
  // From now on it runs only while it is measured.
  daemon.pause();
  return {
    passes: quick || processes > 5000 ? 4 : 8,
    async measure(passes) {
      await daemon.resume();
      const { ticks, cpuUs } = await daemon.measure(passes);
      const wallUs = (await daemon.sampleMs()) * 1000 * ticks;
      daemon.pause();
      return { passes: ticks, rows: { [LEAKWATCH]: { cpuUs, wallUs } } };
    },
    footprint: () => daemon.footprint(),
    stop: () => daemon.stop(),
  };
}

/** Until V8 has compiled the code that runs often, which takes more ticks with few processes. @param {boolean} quick @param {number} processes */
function warmUpTicks(quick, processes) {
  return quick ? 30 : processes > 5000 ? 40 : 150;
}

/** @param {Setting} setting @returns {Promise<Opened | string>} */
async function openParts({ entry, quick, processes }) {
  const dist = dirname(entry);
  if (!hasModules(dist)) return `${dist} has no single modules`;
  const coprocess = new Coprocess(process.execPath, [join(import.meta.dirname, 'drivers/parts.js'), dist]);
  await coprocess.ask(warmUpTicks(quick, processes));
  return {
    async measure(passes) {
      const parts = Object.entries(JSON.parse(await coprocess.ask(passes)));
      return { passes, rows: Object.fromEntries(parts.map(([part, cpuUs]) => [`· ${part}`, { cpuUs }])) };
    },
    stop: () => coprocess.stop(),
  };
}

/** @returns {Promise<Opened | string>} */
async function openPs() {
  const args = ['-eo', 'pid,ppid,stat,nlwp,rss'];
  if (spawnSync('ps', args).status !== 0) return 'ps is not installed';
  return {
    // No other child of ours is reaped meanwhile, so the CPU time of reaped children grows by that of `ps`.
    measure: (passes) =>
      timed({
        row: PS,
        passes,
        cpu: () => reapedChildrenCpu(process.pid),
        async run() {
          for (let pass = 0; pass < passes; pass++) spawnSync('ps', args, { stdio: 'ignore' });
        },
      }),
    async stop() {},
  };
}

/** @returns {Promise<Opened | string>} */
async function openNodeExporter() {
  return openExporter({
    row: NODE_EXPORTER,
    programs: ['prometheus-node-exporter', 'node_exporter'],
    args: (port) => [
      `--web.listen-address=127.0.0.1:${port}`,
      '--collector.disable-defaults',
      '--collector.processes',
      '--web.disable-exporter-metrics',
    ],
  });
}

/** @returns {Promise<Opened | string>} */
async function openProcessExporter() {
  const config = join(makeDirectory(), 'all.yml');
  writeFileSync(config, `process_names:\n  - name: "{{.Comm}}"\n    cmdline: ['.+']\n`);
  return openExporter({
    row: PROCESS_EXPORTER,
    programs: ['prometheus-process-exporter', 'process-exporter'],
    args: (port) => [`-web.listen-address=127.0.0.1:${port}`, `-config.path=${config}`],
  });
}

/**
 * @param {{ row: string, programs: readonly string[], args: (port: number) => string[] }} options
 * @returns {Promise<Opened | string>}
 */
async function openExporter({ row, programs, args }) {
  const program = programs.find((name) => spawnSync(name, ['--version']).error === undefined);
  if (!program) return `${programs[0]} is not installed`;
  const port = await freePort();
  const child = start(program, args(port), { stdio: 'ignore' });
  const pid = Number(child.pid);
  await until(() => fetchText(port, '/metrics'), { what: `answer of ${program}`, seconds: 180 });
  return {
    measure: (passes) =>
      timed({
        row,
        passes,
        cpu: () => cpuOf(pid),
        async run() {
          for (let pass = 0; pass < passes; pass++) await fetchText(port, '/metrics');
        },
      }),
    footprint: () => footprintOf(pid),
    stop: () => end(child),
  };
}

/**
 * @param {{ row: string, passes: number, cpu: () => number, run: () => Promise<void> }} options
 * @returns {Promise<Measurement>}
 */
async function timed({ row, passes, cpu, run }) {
  const begun = performance.now();
  const before = cpu();
  await run();
  const cpuUs = cpu() - before;
  return { passes, rows: { [row]: { cpuUs, wallUs: (performance.now() - begun) * 1000 } } };
}
