/**
 * What is promised besides the cost of a tick, each measured on its own: start, scrapes, how long the event loop is
 * held, memory, own tasks, a small host, replay, growth over time.
 */
import { once } from 'node:events';
import { createWriteStream, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { end, makeDirectory, start } from './belongings.js';
import { Daemon, sleep } from './daemon.js';
import { startHerd } from './herd.js';
import { freePort } from './http.js';
import { cpuOf, listProcesses, roomForTasks } from './kernel.js';
import { progress } from './progress.js';
import { quantile } from './statistics.js';
import { digits } from './tables.js';

/**
 * @typedef {{ native: import('./native.js').Native | undefined, entry: string, quick: boolean }} Place
 * @typedef {{ what: string, target: string, measured: string, met: boolean | undefined, note?: string }} Outcome
 * @typedef {{ name: string, notQuick?: boolean, run(place: Place): Promise<readonly Outcome[]> }} Target
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  { name: 'start', run: measureStart },
  { name: 'small-host', notQuick: true, run: measureSmallHost },
  { name: 'scrapes', run: measureScrapes },
  { name: 'many', notQuick: true, run: measureMany },
  { name: 'replay', run: measureReplay },
  { name: 'growth', notQuick: true, run: measureGrowth },
];

/** From the start of the program to its first line, without a herd. @param {Place} place */
async function measureStart({ entry, quick }) {
  const runs = quick ? 3 : 15;
  const tookMs = [];
  const cpuMs = [];
  for (let run = 0; run < runs; run++) {
    progress(`start to first sample: run ${run + 1} of ${runs}`);
    const port = await freePort();
    const begun = performance.now();
    const child = start(process.execPath, [entry, 'watch', '--listen', `127.0.0.1:${port}`, '--log-level', 'error'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      untied: true,
    });
    if (child.stdout) await once(child.stdout, 'data');
    tookMs.push(performance.now() - begun);
    cpuMs.push(cpuOf(Number(child.pid)) / 1000);
    await end(child);
  }
  const median = quantile(tookMs, 0.5);
  return [
    {
      what: `start to first sample, ${listProcesses().length} processes`,
      target: '<= 250 ms',
      measured: `${digits(median)} ms (slowest of ${runs}: ${digits(Math.max(...tookMs))}), ${digits(quantile(cpuMs, 0.5))} ms of CPU`,
      met: median <= 250,
    },
  ];
}

/** At the default interval, where caches are cold and compilers slow to be convinced. @param {Place} place */
async function measureSmallHost({ entry, native }) {
  const intervalMs = 20_000;
  const ticks = 6;
  const herd = await startHerd({ processes: Math.max(1, 100 - listProcesses().length) }, native);
  const daemon = await Daemon.start({ entry, intervalMs });
  progress(`a small host: ${ticks} ticks of 20 s`);
  await sleep(intervalMs / 2);
  const [cpu, begun] = [daemon.cpuUs, performance.now()];
  await sleep(ticks * intervalMs);
  const share = (daemon.cpuUs - cpu) / 1000 / (performance.now() - begun);
  const processes = listProcesses().length;
  await daemon.stop();
  await herd.stop();
  return [
    {
      what: `a small host: ${processes} processes, every 20 s, ${ticks} ticks after the first`,
      target: '<= 0.02 % of one core',
      measured: `${(share * 100).toFixed(4)} %`,
      met: share <= 0.0002,
    },
  ];
}

/** @param {Place} place */
async function measureScrapes(place) {
  const outcomes = [];
  for (const each of place.quick ? [2] : [4, 40]) outcomes.push(...(await measureScrapesOf(each, place)));
  return outcomes;
}

/** 50 groups of so many processes each. @param {number} each @param {Place} place @returns {Promise<Outcome[]>} */
async function measureScrapesOf(each, { entry, native, quick }) {
  const names = Array.from({ length: 50 }, (_, at) => `app${String(at).padStart(2, '0')}`);
  progress(`scrapes: 50 groups of ${each} processes`);
  const herds = await Promise.all(names.map((name) => startHerd({ processes: each, name }, native)));
  const args = names.flatMap((name) => ['--group', `${name}=${name}`]);
  const daemon = await Daemon.start({ entry, intervalMs: 1000, args: [...args, '--max-groups', '60'] });
  const seconds = quick ? 2 : 15;
  const load = (/** @type {number} */ connections, /** @type {number} */ rate, duration = seconds) => {
    const words = [daemon.port, '/metrics', connections, duration, rate].map(String);
    const driver = join(import.meta.dirname, 'drivers/load.js');
    return answerOf(start(process.execPath, [driver, ...words], { stdio: ['ignore', 'pipe', 'inherit'] }));
  };
  await load(1, 0, 2);
  progress(`scrapes: 50 groups of ${each} processes: 100 a second`);
  const paced = await load(1, 100);
  progress(`scrapes: 50 groups of ${each} processes: as many as go`);
  const full = await load(4, 0);
  await daemon.stop();
  for (const herd of herds) await herd.stop();
  const perSecond = full.answers / full.seconds;
  const where = `50 groups, ${each * 50} processes, sampled every second`;
  return [
    {
      what: `scrapes at 100 a second: ${where}`,
      target: 'p99 <= 3 ms',
      measured: `p50 ${digits(paced.p50)}, p99 ${digits(paced.p99)}, longest ${digits(paced.max)} ms${failures(paced)}`,
      met: paced.p99 <= 3,
    },
    {
      what: `scrapes over 4 connections: ${where}`,
      target: '>= 3,000 a second, p99 <= 3 ms',
      measured: `${digits(perSecond)} a second, p99 ${digits(full.p99)}, longest ${digits(full.max)} ms${failures(full)}`,
      met: perSecond >= 3000 && full.p99 <= 3,
      note: 'the load runs on the same machine',
    },
  ];
}

/** @param {{ failures: number }} load */
function failures(load) {
  return load.failures > 0 ? `, ${load.failures} failed` : '';
}

/** How long the event loop is held, memory, and cost as the host grows. @param {Place} place @returns {Promise<Outcome[]>} */
async function measureMany({ entry, native }) {
  const outcomes = [];
  for (const processes of [2000, 10_000, 20_000]) {
    if (processes > roomForTasks()) {
      outcomes.push({
        what: `${processes} processes`,
        target: '',
        measured: 'this host does not allow so many tasks',
        met: undefined,
      });
      continue;
    }
    progress(`event loop and memory: making ${processes} processes`);
    const herd = await startHerd({ processes }, native);
    outcomes.push(...(await measureHold(processes, entry)));
    progress(`event loop and memory: ending ${processes} processes`);
    await herd.stop();
  }
  return outcomes;
}

/** @param {number} processes @param {string} entry @returns {Promise<Outcome[]>} */
async function measureHold(processes, entry) {
  const name = digits(processes);
  const nodeArgs = ['--require', join(import.meta.dirname, 'drivers/probe.cjs')];
  const intervalMs = 2000;
  // The probe costs some itself, so cost and memory are taken from a daemon without.
  const probed = await Daemon.start({ entry, intervalMs, nodeArgs });
  const first = await askProbe(probed);
  progress(`event loop, ${name} processes`);
  await probed.waitForTicks(3);
  await askProbe(probed);
  await probed.waitForTicks(20);
  const steady = await askProbe(probed);
  await probed.stop();
  const plain = await Daemon.start({ entry, intervalMs });
  progress(`memory, ${name} processes`);
  await plain.waitForTicks(20);
  const { ticks, cpuUs } = await plain.measure(5);
  const all = listProcesses().length;
  const { rssMiB, anonMiB, fileMiB, tasks } = plain.footprint();
  await plain.stop();
  const memoryTarget = processes >= 20_000 ? { rss: 90 } : processes <= 2000 ? { rss: 55, anon: 16 } : undefined;
  const target =
    memoryTarget && `rss <= ${memoryTarget.rss} MB${memoryTarget.anon ? `, anonymous <= ${memoryTarget.anon} MB` : ''}`;
  return [
    {
      what: `event loop held at most, ${name} processes, ticks 4 to 20`,
      target: '<= 20 ms',
      measured: `${digits(steady.holdMs)} ms`,
      met: steady.holdMs <= 20,
      note: `start and first tick: ${digits(first.holdMs)} ms`,
    },
    {
      what: `memory after 25 ticks, ${name} processes`,
      target: target ?? '',
      measured: `rss ${digits(rssMiB)}, anonymous ${digits(anonMiB)}, file ${digits(fileMiB)} MiB`,
      met:
        memoryTarget &&
        inMegabytes(rssMiB) <= memoryTarget.rss &&
        inMegabytes(anonMiB) <= (memoryTarget.anon ?? Number.POSITIVE_INFINITY),
    },
    { what: `own tasks, ${name} processes`, target: '<= 6', measured: String(tasks), met: tasks <= 6 },
    {
      what: `CPU of a tick, ${name} processes`,
      target: 'linear',
      measured: `${digits(cpuUs / ticks / all)} us a process`,
      met: undefined,
    },
  ];
}

/** @param {number} mebibytes */
function inMegabytes(mebibytes) {
  return (mebibytes * 2 ** 20) / 1e6;
}

/** @param {Daemon} daemon @returns {Promise<{ holdMs: number, heapBytes: number, collections: number }>} */
export async function askProbe(daemon) {
  const answer = daemon.nextComplaint();
  daemon.signal('SIGUSR2');
  return JSON.parse(await answer);
}

/** @param {Place} place @returns {Promise<Outcome[]>} */
async function measureReplay({ entry, quick }) {
  const ticks = quick ? 500 : 5000;
  const runs = quick ? 1 : 5;
  const points = ticks * 50 * 6;
  const path = join(makeDirectory(), 'recording.ndjson');
  progress(`replay: writing ${digits(points)} points`);
  await writeRecording(path, ticks);
  const perSecond = [];
  for (let run = 0; run < runs; run++) {
    progress(`replay: run ${run + 1} of ${runs}`);
    const begun = performance.now();
    const child = start(process.execPath, [entry, 'replay', '--json', path], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout?.resume();
    await once(child, 'close');
    perSecond.push((points * 1000) / (performance.now() - begun));
  }
  rmSync(path);
  const median = quantile(perSecond, 0.5);
  return [
    {
      what: `replay of 50 groups x 6 metrics x ${digits(ticks)} ticks, program start included`,
      target: '>= 300,000 points a second',
      measured: `${digits(median)} a second`,
      met: median >= 300_000,
    },
  ];
}

/** Groups that are busy and leak nothing, but for one. @param {string} path @param {number} ticks */
async function writeRecording(path, ticks) {
  const file = createWriteStream(path);
  file.write('{"leakwatch":1,"intervalSeconds":20,"source":"web.1"}\n');
  let state = 1;
  const noise = (/** @type {number} */ most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  for (let tick = 0; tick < ticks; tick++) {
    /** @type {Record<string, object>} */
    const groups = {};
    for (let group = 0; group < 50; group++) {
      const rss = 400_000_000 + noise(4000) * 4096;
      groups[`app${group}`] = {
        start: `${4711 + group}:881234`,
        processes: 4 + noise(3),
        threads: 43 + noise(4) + (group === 0 ? Math.floor(tick / 15) : 0),
        zombies: noise(2),
        fds: 88 + noise(9),
        rss,
        anon: Math.floor(rss * 0.7),
      };
    }
    const line = { t: 1_767_225_600 + tick * 20, groups, limits: { threads: 32_000, memory: 64e9 } };
    if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

/** Ticks as fast as they go: what grows with them shows. @param {Place} place @returns {Promise<Outcome[]>} */
async function measureGrowth({ entry, native }) {
  const herd = await startHerd({ processes: 100 }, native);
  const daemon = await Daemon.start({ entry, intervalMs: 100 });
  const sights = [];
  for (const ticks of [200, 1000, 2000]) {
    progress(`growth: until tick ${ticks}`);
    await daemon.waitForTicks(ticks);
    sights.push({ ticks, ...daemon.footprint(), fds: readdirSync(`/proc/${daemon.pid}/fd`).length });
  }
  await daemon.stop();
  await herd.stop();
  const [early, , late] = sights;
  const grown = (late?.rssMiB ?? Number.NaN) - (early?.rssMiB ?? Number.NaN);
  return [
    {
      what: 'memory after 200, 1,000 and 2,000 ticks, 100 processes and this host',
      target: 'flat (within 5 MiB)',
      measured: sights.map(({ rssMiB, anonMiB }) => `${digits(rssMiB)} (${digits(anonMiB)} anonymous)`).join(', '),
      met: grown <= 5,
      note: `descriptors ${sights.map(({ fds }) => fds).join(', ')}`,
    },
  ];
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<any>} the JSON it prints */
async function answerOf(child) {
  let text = '';
  child.stdout?.on('data', (part) => {
    text += part;
  });
  await once(child, 'close');
  return JSON.parse(text);
}
