/** Runs programs and the built daemon, and collects what the daemon's log lines say of each program. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, hasEnded, makeDirectory, outputOf, start } from '../cleanup.js';
import { fetchText, freePort, until } from '../http.js';
import { clearProgress, progress } from '../progress.js';

/** Below 5 s an hour is as many samples as at 20 s (src/series/scale.ts): everything happens 200 times as fast. */
const INTERVAL_MS = 100;
const SAMPLES_AN_HOUR = 180;
export const SECONDS_AN_HOUR = (SAMPLES_AN_HOUR * INTERVAL_MS) / 1000;
/** The default, one a month, on that clock. */
const FALSE_ALARMS_PER_MONTH = 3600 / SECONDS_AN_HOUR;
/** Between two starts of programs: Java and others compile first, and should not all do it at once. */
const STAGGER_MS = 250;
const PROGRESS_MS = 5000;
/** If we are killed without a PID namespace, programs end by themselves this long after their time. */
const GRACE_SECONDS = 60;
/** Codes of a single program: W2x and W4x depend on all programs of the host together, W50 is about the daemon. */
const CODE_OF_PROGRAM = /^W[13]/;

/**
 * @typedef {import('./programs.js').Program} Program
 * @typedef {{ at: string, code: string, minutes: number }} Said `at` = warn, alert or resolved; minutes since the program's start
 * @typedef {{ program: Program, said: readonly Said[], ended: boolean }} Course
 * @typedef {{ courses: readonly Course[], samples: number, late: number }} Watched
 */

/**
 * @param {string} entry of the daemon
 * @param {readonly Program[]} programs
 * @param {number} seconds after the start of the last program
 * @returns {Promise<Watched>}
 */
export async function watch(entry, programs, seconds) {
  const port = await freePort();
  const daemon = start(entry, argsOf(programs, port), { stdio: ['ignore', 'pipe', 'inherit'] });
  const courses = programs.map((program) => ({
    program,
    said: /** @type {Said[]} */ ([]),
    ended: false,
    begun: Number.NaN,
  }));
  const byName = new Map(courses.map((course) => [course.program.name, course]));
  createInterface({ input: outputOf(daemon) }).on('line', (line) => {
    const { group = '', at, code = '' } = fieldsOf(line);
    const course = byName.get(group);
    if (!course || !at || !CODE_OF_PROGRAM.test(code)) return;
    course.said.push({ at, code, minutes: ((performance.now() - course.begun) / 1000 / SECONDS_AN_HOUR) * 60 });
  });
  await until(() => fetchText(port, '/readyz'), { what: 'first sample of the daemon' });

  const directory = makeDirectory();
  const lifeSeconds = programs.length * (STAGGER_MS / 1000) + seconds + GRACE_SECONDS;
  const children = [];
  for (const course of courses) {
    const child = startProgram(course.program, lifeSeconds, directory);
    course.begun = performance.now();
    child.on('exit', () => {
      course.ended = true;
    });
    children.push(child);
    await sleep(STAGGER_MS);
  }
  const deadline = performance.now() + seconds * 1000;
  for (let left = seconds * 1000; left > 0; left = deadline - performance.now()) {
    if (hasEnded(daemon)) throw new Error('the daemon has ended');
    const alerted = courses.filter(({ said }) => said.some(({ at }) => at === 'alert')).length;
    progress(`alerts for ${alerted} of ${courses.length} programs, ${Math.ceil(left / 1000)} s left`);
    await sleep(Math.min(PROGRESS_MS, left));
  }
  clearProgress();
  const metrics = await fetchText(port, '/metrics');
  const counter = (/** @type {string} */ name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(metrics)?.[1]);
  const watched = {
    courses: courses.map(({ program, said, ended }) => ({ program, said: [...said], ended })),
    samples: counter('leakwatch_samples_total'),
    late: counter('leakwatch_samples_late_total'),
  };
  await end(daemon);
  await Promise.all(children.map(end));
  return watched;
}

/** @param {readonly Program[]} programs @param {number} port */
function argsOf(programs, port) {
  return [
    ...[
      'watch',
      '--max-cpu',
      '100%',
      '--interval',
      `${INTERVAL_MS}ms`,
      '--listen',
      `127.0.0.1:${port}`,
      '--log-level',
      'error',
    ],
    ...['--false-alarms-per-month', String(FALSE_ALARMS_PER_MONTH)],
    ...programs.flatMap(({ name }) => ['--group', `${name}=${markOf(name)}$`]),
  ];
}

/** The last word of a program's command line, by which the daemon puts it into its group. @param {string} name */
function markOf(name) {
  return `live=${name}`;
}

/** @param {Program} program @param {number} seconds after which it is killed @param {string} directory for its files */
function startProgram({ name, command }, seconds, directory) {
  // The shell leads a process group, which cleanup.js kills as a whole, and becomes the program by `exec`.
  const words = ['timeout', '--signal=KILL', String(Math.ceil(seconds)), ...command, markOf(name)];
  const env = { ...process.env, TMPDIR: directory };
  return start('sh', ['-c', 'exec "$@"', 'sh', ...words], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
}

/** @param {string} line of the daemon: every token is key=value @returns {Record<string, string>} */
function fieldsOf(line) {
  return Object.fromEntries(line.split(' ').map((token) => token.split(/=(.*)/s, 2)));
}
