/** What grows with the host: how long the event loop is held, memory, own tasks, CPU, and memory of the kernel. */
import { Daemon, shortInterval, sleep } from '../daemon.js';
import { startHerd } from '../herd.js';
import { countKept, kernelKiB, listProcesses, roomForTasks } from '../kernel.js';
import { progress } from '../progress.js';
import { digits } from '../tables.js';
import { INTERVAL_MS, QUICK_INTERVAL_MS } from './small-host.js';

const SIZES = { quick: [100, 1000], full: [100, 2000, 10_000, 20_000] };
const MOST_HOLD_MS = 20;
const MOST_TASKS = 6;
/** MB, not MiB; of the sizes for which something is promised. */
const MOST_MEMORY = new Map([
  [2000, { rss: 55, anon: 16 }],
  [20_000, { rss: 90, anon: Number.POSITIVE_INFINITY }],
]);
/** A process more may not cost more, the more there are; the rest is for caches, which they outgrow. */
const MOST_RISE = 1.25;
/** Descriptors, of which the kernel's memory shows among all else on the host. */
const LEAST_KEPT = 1000;
/** After which the kernel has freed what nobody uses. */
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
      outcomes.push({ what: name, measured: 'this host does not allow so many tasks' });
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

/** The probe costs some itself, so nothing else is measured here. @param {string} name @param {{ processes: number, entry: string }} options */
async function measureHold(name, { processes, entry }) {
  progress(`sizes: event loop, ${name}`);
  const daemon = await Daemon.start({ entry, intervalMs: shortInterval(processes), preload: 'probe.cjs' });
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
      measured: `${digits(first.startMs)} ms before the loop begins, then ${digits(first.holdMs)} ms`,
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

/** Ticks that follow each other at once, and a rest as there is one after each at the real pace. @param {string} name @param {{ processes: number, entry: string, quick: boolean }} options */
async function measureFootprint(name, { processes, entry, quick }) {
  progress(`sizes: memory and CPU, ${name}`);
  const last = ticksFor(processes);
  const intervalMs = quick ? QUICK_INTERVAL_MS : INTERVAL_MS;
  const daemon = await Daemon.startHurrying({ entry, intervalMs, rests: [last] });
  const middle = { ticks: await daemon.waitForTicks(last / 2), cpuUs: daemon.cpuUs };
  const end = { ticks: await daemon.waitForTicks(last), cpuUs: daemon.cpuUs };
  await daemon.rest();
  const { rssMiB, highestMiB, anonMiB, fileMiB, tasks } = daemon.footprint();
  const kept = countKept(daemon.pid);
  const kernelBefore = kernelKiB();
  await daemon.stop();
  await sleep(KERNEL_SETTLES_MS);
  const freed = kernelBefore - kernelKiB();
  const most = MOST_MEMORY.get(processes);
  const anonTarget = most && Number.isFinite(most.anon) ? `, anonymous <= ${most.anon} MB` : '';
  return {
    cpuUs: (end.cpuUs - middle.cpuUs) / (end.ticks - middle.ticks) / listProcesses().length,
    outcomes: [
      {
        what: `memory after ${last} ticks, ${name}`,
        ...(most && {
          target: `rss <= ${most.rss} MB${anonTarget}`,
          met: inMegabytes(rssMiB) <= most.rss && inMegabytes(anonMiB) <= most.anon,
        }),
        measured: `rss ${digits(inMegabytes(rssMiB))}, anonymous ${digits(inMegabytes(anonMiB))}, file ${digits(inMegabytes(fileMiB))} MB`,
        note: `at most ever ${digits(inMegabytes(highestMiB))}`,
      },
      { what: `own tasks, ${name}`, target: `<= ${MOST_TASKS}`, measured: String(tasks), met: tasks <= MOST_TASKS },
      ...(kept < LEAST_KEPT
        ? []
        : [
            {
              what: `kernel memory that goes with its ${digits(kept)} kept descriptors, ${name}`,
              measured:
                freed > 0 ? `${digits(freed / 1024)} MiB, ${digits(freed / kept)} KiB each` : 'lost in the noise',
              note: 'Slab of the whole host, before and after its end',
            },
          ]),
    ],
  };
}

/** More where there are few, for the compiler. @param {number} processes */
function ticksFor(processes) {
  return Math.max(60, 40_000 / processes);
}

/** @param {readonly { processes: number, cpuUs: number }[]} costs @returns {import('../targets.js').Outcome} */
function judgeCosts(costs) {
  const rises = costs.flatMap(({ cpuUs }, at) => costs.slice(at + 1).map((later) => later.cpuUs / cpuUs));
  const rise = Math.max(0, ...rises);
  return {
    what: 'CPU us per process and tick, from few to many processes',
    target: `linear: never ${MOST_RISE} x that of fewer`,
    measured: costs.map(({ processes, cpuUs }) => `${digits(processes)}: ${digits(cpuUs)}`).join(', '),
    met: rises.length > 0 ? rise <= MOST_RISE : undefined,
    note: `at most ${digits(rise)} x`,
  };
}

/** @param {number} mebibytes */
function inMegabytes(mebibytes) {
  return (mebibytes * 2 ** 20) / 1e6;
}
