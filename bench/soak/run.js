/**
 * `npm run soak`: a week of ticks in some minutes. The built daemon runs with hurried clocks (drivers/hurry.cjs) on a
 * busy host, is scraped, records and keeps its state, and writes a diary of its own threads, descriptors and memory
 * (drivers/diary.cjs), which its own detector judges. Status 1 if anything was ever suspected of a leak, or a sample is
 * unaccounted for.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDirectory } from '../cleanup.js';
import { Daemon } from '../daemon.js';
import { fetchText } from '../http.js';
import { enterPidNamespace } from '../pid-namespace.js';
import { clearProgress, progress } from '../progress.js';
import { table } from '../tables.js';
import { startCrowd } from './crowd.js';
import { FIGURES, judge } from './judge.js';
import { startVisitors } from './visitors.js';

const INTERVAL_MS = 20_000;
const WEEK_TICKS = (7 * 86_400_000) / INTERVAL_MS;
/** Ticks whose figures are shown, beside the last. Each is the least of as many ticks as garbage may take to be collected. */
const LOOKS = /** @type {const} */ ([200, 1000, 5000]);
const LOOK_SPAN = 100;
/** So names come back in a soak of any length, and a week has more than are remembered (1000, model/learned.ts). */
const TICKS_PER_NAME = 20;
const PROGRESS_TICKS = 1000;
const MEBIBYTE = 1024 * 1024;

const HELP = `Usage: npm run soak -- [OPTIONS]

  --ticks NUMBER   instead of a week's ${WEEK_TICKS.toLocaleString('en-US')}
  --plant NAMES    leaks to be found: heap, fds, threads, with commas between
  --dist DIR       this build instead of dist/
  --help
`;

const { values: options } = parseArgs({
  options: {
    ticks: { type: 'string', default: String(WEEK_TICKS) },
    plant: { type: 'string', default: '' },
    dist: { type: 'string', default: join(dirname(dirname(import.meta.dirname)), 'dist') },
    help: { type: 'boolean', default: false },
  },
});

const ticks = Number(options.ticks);
if (options.help) {
  process.stdout.write(HELP);
} else if (!Number.isInteger(ticks) || ticks <= LOOKS[0]) {
  process.stderr.write(`--ticks takes a whole number above ${LOOKS[0]}, not ${options.ticks}\n`);
  process.exit(64);
} else {
  await enterPidNamespace();
  process.exit((await soak(resolve(options.dist))) ? 0 : 1);
}

/** @param {string} dist @returns {Promise<boolean>} whether all is well */
async function soak(dist) {
  const directory = makeDirectory();
  const diaryFile = join(directory, 'diary.ndjson');
  const crowd = startCrowd({ names: Math.ceil(ticks / TICKS_PER_NAME) });
  const daemon = await Daemon.start({
    entry: join(dist, 'leakwatch.cjs'),
    intervalMs: INTERVAL_MS,
    args: ['--record', join(directory, 'recording.ndjson'), '--state', join(directory, 'state.json')],
    preload: ['hurry.cjs', 'diary.cjs'],
    env: { BENCH_HURRY: String(ticks), BENCH_DIARY: diaryFile, BENCH_PLANT: options.plant },
  });
  const visitors = startVisitors(daemon.port);
  for (let until = PROGRESS_TICKS; until < ticks; until += PROGRESS_TICKS)
    progress(`${await daemon.waitForTicks(until)} ticks of ${ticks}`);
  await daemon.waitForTicks(ticks);
  const visits = await visitors.stop();
  // After the last tick the daemon really waits: this is what it says of that tick.
  const metrics = await fetchText(daemon.port, '/metrics');
  await daemon.stop();
  await crowd.stop();
  clearProgress();

  /** @type {import('./judge.js').Entry[]} */
  const diary = readFileSync(diaryFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const judgements = await judge(diary, dist);
  const looks = [...LOOKS.filter((tick) => tick < ticks), ticks];
  const rows = judgements.map(({ name, verdicts }) => [
    name,
    ...looks.map((tick) => shown(name, Math.min(...diary.slice(tick - LOOK_SPAN, tick).map((entry) => entry[name])))),
    verdicts.join(', '),
  ]);
  const counted = samplesOf(metrics);
  const due = diary[ticks - 1]?.due;
  const tried = counted.taken + counted.failed;
  // One that counts as late was skipped, or begun late and taken all the same.
  const isAccounted = due !== undefined && tried <= due && due <= tried + counted.late;
  process.stdout.write(
    [
      table(['least of 100 ticks', ...looks.map((tick) => `tick ${tick}`), 'verdicts, each from tick'], rows),
      `samples: ${due} due, ${counted.taken} taken, ${counted.late} late, ${counted.failed} failed`,
      `visits: ${visits.answers} requests, ${visits.listens} listeners; alerts told: ${counted.events}; ${counted.dropped || 'nothing'} dropped`,
      '',
    ].join('\n'),
  );
  return isAccounted && judgements.every(({ isGood }) => isGood);
}

/** @param {import('./judge.js').Figure} name @param {number} value */
function shown(name, value) {
  const { unit } = /** @type {(typeof FIGURES)[number]} */ (FIGURES.find((figure) => figure.name === name));
  return unit === 'bytes' ? `${(value / MEBIBYTE).toFixed(1)} MB` : String(value);
}

/** @param {string} metrics */
function samplesOf(metrics) {
  const sum = (/** @type {string} */ name) =>
    [...metrics.matchAll(new RegExp(`^leakwatch_${name}_total(?:\\{.*\\})? (.*)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return {
    taken: sum('samples'),
    late: sum('samples_late'),
    failed: sum('samples_failed'),
    events: sum('events'),
    dropped: metrics.match(/^leakwatch_dropped_total\{.*\} [1-9].*$/gm)?.join(', '),
  };
}
