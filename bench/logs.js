/**
 * `npm run bench:logs`: how fast `leakwatch logs` reads three kinds of log, compared with npm's logfmt parsing the same
 * lines. CPU time, user and system, of whole processes; the two take turns, and the median of several rounds counts.
 *
 *   node bench/logs.js [--rounds 5] [--megabytes 200]
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDirectory } from './cleanup.js';
import { reapedChildrenCpu } from './kernel.js';
import { clearProgress, progress } from './progress.js';
import { quantile } from './statistics.js';
import { digits, table } from './tables.js';

const ROOT = dirname(import.meta.dirname);
const PROGRAM = join(ROOT, 'dist/leakwatch.cjs');
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, megabytes: { type: 'string', default: '200' } },
});
const rounds = Number(values.rounds);
const bytes = Number(values.megabytes) * 1e6;

/** Parses every line and does nothing else. */
const LOGFMT = `
const logfmt = require(${JSON.stringify(join(ROOT, 'node_modules/logfmt'))});
let lines = 0;
require('node:readline')
  .createInterface({ input: require('node:fs').createReadStream(process.argv[1]), crlfDelay: Infinity })
  .on('line', (line) => { logfmt.parse(line); lines++; });`;

/** @type {readonly (readonly [name: string, line: (i: number) => string])[]} */
const KINDS = [
  ['requests (97 in 100 lines)', (i) => (i % 40 === 0 ? appLine(i) : i % 400 === 1 ? sampleLine(i) : routerLine(i))],
  ['measurements', sampleLine],
  ['lines of an app', appLine],
];

const directory = makeDirectory();
const rows = KINDS.map(([name, line]) => {
  const whole = join(directory, 'log');
  write(whole, line, bytes);
  // logfmt is slow: a tenth of the log is enough to measure it.
  const part = join(directory, 'part');
  write(part, line, bytes / 10);
  const ours = [];
  const theirs = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`${name}: round ${round} of ${rounds}`);
    ours.push(speed(whole, [PROGRAM, 'logs', whole]));
    theirs.push(speed(part, ['-e', LOGFMT, part]));
  }
  const [a, b] = [quantile(ours, 0.5), quantile(theirs, 0.5)];
  return [name, `${digits(a)} MB/s`, `${digits(b)} MB/s`, digits(a / b)];
});
clearProgress();
console.log(`${values.megabytes} MB each, ${rounds} rounds, CPU time of whole processes; node ${process.version}\n`);
console.log(table(['log', 'leakwatch logs', 'npm logfmt, its lines only', 'ratio'], rows));

/** MB (1,000,000 bytes) per second of CPU time. @param {string} file @param {readonly string[]} words */
function speed(file, words) {
  const before = reapedChildrenCpu(process.pid);
  const { status, stderr } = spawnSync(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status} ${stderr}`);
  return statSync(file).size / (reapedChildrenCpu(process.pid) - before);
}

/** @param {string} file @param {(i: number) => string} line @param {number} size in bytes */
function write(file, line, size) {
  const fd = openSync(file, 'w');
  let text = '';
  for (let i = 0, written = 0; written < size; i++) {
    text += `${line(i)}\n`;
    if (text.length < 1 << 20) continue;
    written += writeSync(fd, text);
    text = '';
  }
  closeSync(fd);
}

/** @param {number} i */
function time(i) {
  return `${new Date(1_795_197_600_000 + i * 50).toISOString().slice(0, 23)}456+00:00`;
}

/** @param {number} i */
function routerLine(i) {
  const id = `6b0a2a60-7d1c-4f0e-9a51-${String(i).padStart(12, '0')}`;
  const end = i % 997 === 0 ? 'at=error code=H12 desc="Request timeout"' : 'at=info';
  return `${time(i)} heroku[router]: ${end} method=GET path="/api/v1/items/${i}?page=2" host=shop.example.com request_id=${id} fwd="203.0.113.${i % 250}" dyno=web.${(i % 4) + 1} connect=1ms service=${i % 300}ms status=200 bytes=${i % 9000} protocol=https`;
}

/** @param {number} i */
function sampleLine(i) {
  const source = `source=web.${(i % 4) + 1} dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b45${i % 4}`;
  return i % 2 === 0
    ? `${time(i)} heroku[web.${(i % 4) + 1}]: ${source} sample#load_avg_1m=${(i % 300) / 100} sample#load_avg_5m=1.06 sample#load_avg_15m=0.99`
    : `${time(i)} heroku[web.${(i % 4) + 1}]: ${source} sample#memory_total=${300 + (i % 99)}.50MB sample#memory_rss=${300 + (i % 99)}.25MB sample#memory_cache=0.25MB sample#memory_swap=0.00MB sample#memory_pgpgin=348836pages sample#memory_pgpgout=343403pages sample#memory_quota=512.00MB`;
}

/** @param {number} i */
function appLine(i) {
  return `${time(i)} app[web.${(i % 4) + 1}]: I, [2026-11-20T21:22:00.123456 #4]  INFO -- : [6b0a2a60-${i}] Completed 200 OK in ${i % 300}ms (Views: 3.1ms | ActiveRecord: 1.2ms | Allocations: ${i})`;
}
