/** Scrapes while the daemon samples: how long they wait, how many a second it answers, and that they read nothing of /proc. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDirectory, start } from '../cleanup.js';
import { Daemon } from '../daemon.js';
import { startHerd } from '../herd.js';
import { fetchText } from '../http.js';
import { progress } from '../progress.js';
import { digits } from '../tables.js';

const GROUPS = 50;
const MOST_MS = 3;
const LEAST_PER_SECOND = 3000;
/** Scrapes under strace. */
const TRACED = 200;

/** @param {import('../targets.js').Place} place @returns {Promise<import('../targets.js').Outcome[]>} */
export async function measureScrapes(place) {
  const outcomes = [];
  for (const each of place.quick ? [2] : [4, 40]) outcomes.push(...(await measureLoad(each, place)));
  outcomes.push(await countReads(place));
  return outcomes;
}

/** @param {number} each processes in a group @param {import('../targets.js').Place} place @returns {Promise<import('../targets.js').Outcome[]>} */
async function measureLoad(each, { entry, native, quick }) {
  const names = Array.from({ length: GROUPS }, (_, at) => `app${String(at).padStart(2, '0')}`);
  progress(`scrapes: ${GROUPS} groups of ${each} processes`);
  const herds = await Promise.all(names.map((name) => startHerd({ processes: each, name }, native)));
  const args = names.flatMap((name) => ['--group', `${name}=${name}`]);
  const daemon = await Daemon.start({ entry, intervalMs: 1000, args: [...args, '--max-groups', String(GROUPS + 10)] });
  const seconds = quick ? 2 : 10;
  const load = (/** @type {number} */ connections, /** @type {number} */ rate, duration = seconds) => {
    const words = [daemon.port, '/metrics', connections, duration, rate].map(String);
    const driver = join(import.meta.dirname, '../drivers/load.js');
    return answerOf(start(process.execPath, [driver, ...words], { stdio: ['ignore', 'pipe', 'inherit'] }));
  };
  await load(1, 0, 2);
  progress(`scrapes: ${GROUPS} groups of ${each} processes: 100 a second`);
  const paced = await load(1, 100);
  progress(`scrapes: ${GROUPS} groups of ${each} processes: as many as possible`);
  const full = await load(4, 0);
  await daemon.stop();
  for (const herd of herds) await herd.stop();
  const perSecond = full.answers / full.seconds;
  const where = `${GROUPS} groups, ${digits(each * GROUPS)} processes, sampled every second`;
  return [
    {
      what: `scrapes at 100 a second: ${where}`,
      target: `p99 <= ${MOST_MS} ms`,
      measured: `p50 ${digits(paced.p50)}, p99 ${digits(paced.p99)}, longest ${digits(paced.max)} ms${failures(paced)}`,
      met: paced.p99 <= MOST_MS && paced.failures === 0,
    },
    {
      what: `scrapes over 4 connections: ${where}`,
      target: `>= ${digits(LEAST_PER_SECOND)} a second, p99 <= ${MOST_MS} ms`,
      measured: `${digits(perSecond)} a second, p99 ${digits(full.p99)}, longest ${digits(full.max)} ms${failures(full)}`,
      met: perSecond >= LEAST_PER_SECOND && full.p99 <= MOST_MS && full.failures === 0,
      note: 'the load generator runs on the same machine',
    },
  ];
}

/** @param {import('../drivers/load.js').Load} load */
function failures(load) {
  return load.failures > 0 ? `, ${load.failures} failed` : '';
}

/** @param {import('../targets.js').Place} place @returns {Promise<import('../targets.js').Outcome>} */
async function countReads({ entry }) {
  const what = `calls on files of /proc caused by ${TRACED} scrapes`;
  if (spawnSync('strace', ['-c', 'true']).status !== 0) return { what, measured: 'strace does not run here' };
  progress('scrapes: tracing system calls');
  const output = join(makeDirectory(), 'strace.txt');
  // -y prints the paths of descriptors: reads through files that were opened before count too.
  const under = ['strace', '-f', '-qq', '-y', '-e', 'trace=%file,%desc', '-o', output];
  const daemon = await Daemon.start({ entry, intervalMs: 3_600_000, under });
  await fetchText(daemon.port, '/metrics');
  await sleep(500);
  const lines = () => readFileSync(output, 'latin1').split('\n');
  const before = lines().length;
  for (let scrape = 0; scrape < TRACED; scrape++) await fetchText(daemon.port, '/metrics');
  await sleep(500);
  const during = lines().slice(before - 1);
  await daemon.stop();
  const calls = during.filter((line) => line.includes('/proc')).length;
  return { what, target: '0', measured: `${calls} (of ${digits(during.length)} traced calls)`, met: calls === 0 };
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<import('../drivers/load.js').Load>} the JSON that load.js prints */
async function answerOf(child) {
  let text = '';
  child.stdout?.on('data', (part) => {
    text += part;
  });
  await once(child, 'close');
  return JSON.parse(text);
}
