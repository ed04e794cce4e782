/** The programs that are watched, each with the alert that it must cause. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * @typedef {object} Program
 * @property {string} name also that of its group
 * @property {string} text
 * @property {string | undefined} code of the alert that it must cause; undefined: none
 * @property {string} needs an executable; if it is not installed, the program is skipped
 * @property {readonly string[]} command
 */

const SCRIPTS = join(import.meta.dirname, 'programs');
/** @param {string} name */
const script = (name) => join(SCRIPTS, name);

/** A small JVM with few threads of its own. */
const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const REDIS = 'redis-server';
/** `exit` keeps the shell from becoming stress-ng: only the shell's command line has the mark of watch.js. */
const STRESS = 'nice -n 19 stress-ng --quiet --malloc 1 --malloc-bytes 1m --malloc-max 64; exit';

/**
 * @param {string} name
 * @param {string | undefined} code
 * @param {readonly string[]} command
 * @param {string} text
 * @param {string | undefined} [needs] if it starts another program
 * @returns {Program}
 */
function program(name, code, command, text, needs = command[0]) {
  return { name, text, code, needs: needs ?? '', command };
}

/** @type {readonly Program[]} */
export const PROGRAMS = [
  program(
    'sessions',
    'W12',
    ['node', script('sessions.js')],
    'Node web server, a session for every visit, none expires',
  ),
  program(
    'sessions-expiring',
    undefined,
    ['node', script('sessions.js'), '3'],
    'the same, sessions expire after 10 min',
  ),
  program('cache', 'W12', ['node', script('cache.js')], 'Node, cache without a bound, keys never come again'),
  program('cache-lru', undefined, ['node', script('cache.js'), '100'], 'the same, 100 entries at most'),
  program(
    'garbage',
    undefined,
    ['node', script('garbage.js')],
    'Node, parses and forgets: the sawtooth of garbage collection',
  ),
  program('warm-up', undefined, ['node', script('warm-up.js')], 'Node, loads 120 MB in 50 min, then works'),
  program('files', 'W13', ['node', script('files.js')], 'Node, opens files and forgets to close them'),
  program('files-bounded', undefined, ['node', script('files.js'), '30'], 'the same, 30 of them open at most'),
  program(
    'connections',
    'W13',
    ['node', script('connections.js')],
    'Node, a connection for each question, never closed',
  ),
  program('connections-pool', undefined, ['node', script('connections.js'), '8'], 'the same, 8 of them kept'),
  program('workers-kept', 'W14', ['sh', script('workers.sh')], 'shell, a worker for each job, none ends'),
  program('workers-pool', undefined, ['node', script('workers.js')], 'Node, four workers, replaced as they end'),
  program('jobs', undefined, ['sh', script('jobs.sh')], 'shell, batches of five jobs, all waited for'),
  program('zombies-perl', 'W11', ['perl', script('children.pl')], 'Perl, a child for each request, never waited for'),
  program('zombies-late', undefined, ['perl', script('children.pl'), '0.75'], 'the same, waited for every 2.5 min'),
  program(
    'zombies-python',
    'W11',
    ['python3', script('children.py')],
    'Python, forks and never waits for its children',
  ),
  program('threads-python', 'W10', ['python3', script('threads.py')], 'Python, a thread for each request, none ends'),
  program('threads-pool', undefined, ['python3', script('threads.py'), '16'], 'the same, a pool of 16'),
  program(
    'threads-requests',
    undefined,
    ['python3', script('requests.py')],
    'Python, a thread for each request, ends with it',
  ),
  program('threads-ruby', 'W10', ['ruby', script('threads.rb')], 'Ruby, a background thread for each job, none ends'),
  program('history-ruby', 'W12', ['ruby', script('history.rb')], 'Ruby, every request kept in a global list'),
  program('history-ruby-bounded', undefined, ['ruby', script('history.rb'), '100'], 'the same, the last 100'),
  program(
    'executors-java',
    'W10',
    ['java', ...JVM, script('Executors.java')],
    'Java, an executor for each request, never shut down',
  ),
  program(
    'executors-java-shared',
    undefined,
    ['java', ...JVM, script('Executors.java'), '8'],
    'the same, 8 executors shared',
  ),
  program('redis', 'W12', ['node', script('redis.js')], 'Redis without maxmemory, keys never come again', REDIS),
  program(
    'redis-lru',
    undefined,
    ['node', script('redis.js'), String(16 * 2 ** 20)],
    'the same, maxmemory 16 MB, allkeys-lru',
    REDIS,
  ),
  program(
    'stress-ng',
    undefined,
    ['sh', '-c', STRESS],
    'stress-ng, allocates and frees up to 64 MB at random',
    'stress-ng',
  ),
];

/** @param {string} executable */
export function isInstalled(executable) {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', executable]).status === 0;
}
