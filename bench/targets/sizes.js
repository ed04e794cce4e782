/** Costs that grow with the number of processes: longest hold of the event loop, memory, tasks, CPU, kernel memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon, shortInterval } from '../daemon.js';
import { startHerd } from '../herd.js';
import { countKept, kernelKilobytes, listProcesses, roomForTasks } from '../kernel.js';
import { progress } from '../progress.js';
import { digits } from '../tables.js';
import { INTERVAL_MS, QUICK_INTERVAL_MS } from './small-host.js';

const SIZES = { quick: [100, 1000], full: [100, 2000, 10_000, 20_000] };
const MOST_HOLD_MS = 20;
const MOST_TASKS = 6;
/** In MB, for the sizes that have a target. */
const MOST_MEMORY = new Map([
  [2000, { rss: 55, anon: 16 }],
  [20_000, { rss: 90, anon: Number.POSITIVE_INFINITY }],
]);
/** CPU per process may rise by this factor at most from one size to a larger one: the processor's caches become too small. */
const MOST_RISE = 1.25;
/** The kernel's memory of fewer descriptors is lost among the other changes on the host. */
const LEAST_KEPT = 1000;
/** The kernel has freed the memory of a process this long after its end. */
const KERNEL_SETTLES_MS = 1500;

/** @param {import('../targets.js').Place} place @returns {Promise<import('../targets.js').Outcome[]>} */
export async function measureSizes({ entry, native, quick }) {
  /** @type {import('../targets.js').Outcome[]} */
  const outcomes = [];
  /** @type {{ processes: number, cpuUs: number }[]} */
  const costs = [];
  for (const processes of SIZES[quick ? 'quick' : 'full']) {
    const name = `${digits(processes)} processes`;
    if (processes > roomForTasks()) {
      outcomes.push({ what: name, measured: 'the limits of this host do not allow so many tasks' });
      continue;
    }
    progress(`sizes: making ${name}`);
    const herd = await startHerd({ processes }, native);
    outcomes.push(...(await measureHold(name, { processes, entry })));
    const { cpuUs, outcomes: others } = await measureFootprint(name, { processes, entry, quick });
    outcomes.push(...others);
    costs.push({ processes, cpuUs });
    progress(`sizes: ending ${name}`);
    await herd.stop();
  }
  outcomes.push(judgeCosts(costs));
  return outcomes;
}

/** Nothing else is measured in this run, because the probe itself costs CPU and memory. @param {string} name @param {{ processes: number, entry: string }} options */
async function measureHold(name, { processes, entry }) {
  progress(`sizes: event loop, ${name}`);
  const daemon = await Daemon.start({ entry, intervalMs: shortInterval(processes), preload: ['probe.cjs'] });
  const first = await daemon.probe();
  await daemon.waitForTicks(3);
  await daemon.probe();
  await daemon.waitForTicks(20);
  const later = await daemon.probe();
  await daemon.stop();
  return [
    {
      what: `event loop held at most: start and first tick, ${name}`,
      target: `<= ${MOST_HOLD_MS} ms`,
      measured: `${digits(first.startMs)} ms before the loop starts, then ${digits(first.holdMs)} ms`,
      met: Math.max(first.startMs, first.holdMs) <= MOST_HOLD_MS,
    },
    {
      what: `event loop held at most: ticks 4 to 20, ${name}`,
      target: `<= ${MOST_HOLD_MS} ms`,
      measured: `${digits(later.holdMs)} ms`,
      met: later.holdMs <= MOST_HOLD_MS,
    },
  ];
}

/** Hurried ticks, then a pause like the one after each real tick. @param {string} name @param {{ processes: number, entry: string, quick: boolean }} options */
async function measureFootprint(name, { processes, entry, quick }) {
  progress(`sizes: memory and CPU, ${name}`);
  const last = ticksFor(processes);
  const intervalMs = quick ? QUICK_INTERVAL_MS : INTERVAL_MS;
  const daemon = await Daemon.startHurrying({ entry, intervalMs, rests: [last] });
  const middle = { ticks: await daemon.waitForTicks(last / 2), cpuUs: daemon.cpuUs };
  const end = { ticks: await daemon.waitForTicks(last), cpuUs: daemon.cpuUs };
  await daemon.rest();
  const { rssMegabytes, highestMegabytes, anonMegabytes, fileMegabytes, tasks } = daemon.footprint();
  const kept = countKept(daemon.pid);
  const kernelBefore = kernelKilobytes();
  await daemon.stop();
  await sleep(KERNEL_SETTLES_MS);
  const freed = kernelBefore - kernelKilobytes();
  const most = MOST_MEMORY.get(processes);
  const anonTarget = most && Number.isFinite(most.anon) ? `, anonymous <= ${most.anon} MB` : '';
  return {
    cpuUs: (end.cpuUs - middle.cpuUs) / (end.ticks - middle.ticks) / listProcesses().length,
    outcomes: [
      {
        what: `memory after ${last} ticks, ${name}`,
        ...(most && {
          target: `rss <= ${most.rss} MB${anonTarget}`,
          met: rssMegabytes <= most.rss && anonMegabytes <= most.anon,
        }),
        measured: `rss ${digits(rssMegabytes)}, anonymous ${digits(anonMegabytes)}, file ${digits(fileMegabytes)} MB`,
        note: `peak ${digits(highestMegabytes)}`,
      },
      { what: `own tasks, ${name}`, target: `<= ${MOST_TASKS}`, measured: String(tasks), met: tasks <= MOST_TASKS },
      ...(kept < LEAST_KEPT
        ? []
        : [
            {
              what: `kernel memory of ${digits(kept)} open descriptors, ${name}`,
              measured: freed > 0 ? `${digits(freed / 1024)} MB, ${digits(freed / kept)} KB each` : 'lost in the noise',
              note: 'Slab of the host, before and after the end of the daemon',
            },
          ]),
    ],
  };
}

/** V8 needs more ticks to compile the code when each has few processes. @param {number} processes */
function ticksFor(processes) {
  return Math.max(60, 40_000 / processes);
}

/** @param {readonly { processes: number, cpuUs: number }[]} costs @returns {import('../targets.js').Outcome} */
function judgeCosts(costs) {
  const rises = costs.flatMap(({ cpuUs }, at) => costs.slice(at + 1).map((later) => later.cpuUs / cpuUs));
  const rise = Math.max(0, ...rises);
  return {
    what: 'CPU us per process and tick, by number of processes',
    target: `<= ${MOST_RISE} x that of fewer`,
    measured: costs.map(({ processes, cpuUs }) => `${digits(processes)}: ${digits(cpuUs)}`).join(', '),
    met: rises.length > 0 ? rise <= MOST_RISE : undefined,
    note: `at most ${digits(rise)} x`,
  };
}
