/**
 * Recognizes two kinds of messages of an app: a thread, process, descriptor or memory was refused (in the words of its
 * runtime), or a worker starts. Text in, event out. Cost: other lines are tested against one regular expression.
 */
import { clip, type LogEvent, type Trouble } from './events.ts';
import { readRefusal } from './refusals.ts';
import { Tracebacks } from './tracebacks.ts';

/** Every message below contains one of these words. `Traceback` begins a message of several lines. */
const WORTH_A_LOOK =
  /thread|[Ee]rrno|EAGAIN|eagain|unavailable|fork|spawn|code: 11|rror=11|rror 11|user processes|NPROC|open files|EM?N?FILE|memory|Memory|ENOMEM|heap limit|[Ww]orker|concurrency|CONCURRENCY|Thread|Traceback/;

/** In order of precedence, after threads and processes. A thread that is refused for lack of memory counts as memory. */
const TROUBLES: readonly (readonly [trouble: Trouble, words: RegExp])[] = [
  ['fds', /too many open files|\bEMFILE\b|\bENFILE\b/i],
  [
    'memory',
    /out of memory|OutOfMemory|cannot allocate memory|\bENOMEM\b|NoMemoryError|failed to allocate memory|\bMemoryError\b|heap limit/i,
  ],
];

const WORKER: readonly RegExp[] = [
  // unicorn: worker=2 ready
  /\bworker=(\d{1,3}) (?:ready|spawned)/,
  // puma: - Worker 1 (PID: 12) booted
  /\bWorker (\d{1,3}) \(PID: \d+\) booted/i,
  // gunicorn: Booting worker with pid: 10
  /\bBooting worker with pid: (\d+)/,
  // node: worker 3 online
  /\bworker #?(\d{1,3}) (?:is )?(?:ready|online|started|up)\b/i,
];
const WORKER_COUNT = /\bWEB_CONCURRENCY=(\d{1,3})\b|\bworkers: (\d{1,3})\s*$|\bconcurrency: (\d{1,3}) \(prefork\)/i;

/** OpenBLAS: `RLIMIT_NPROC 256 current, 256 max`; Go: `have 256 already`. */
const LIMIT = /RLIMIT_NPROC (\d{1,9}) current|\(have (\d{1,9}) already/;

/** In UTF-16 units. The expressions take quadratic time at worst, and a message has their words at its beginning. */
const MOST_READ = 2000;

/** Reads the lines of all processes of a log, in their order. */
export class AppReader {
  readonly #tracebacks = new Tracebacks();

  /**
   * @param line of the app, without its header
   * @param process the process that wrote the line; it keeps errors of several lines apart
   */
  read(line: string, process: string): LogEvent | undefined {
    if (!this.#tracebacks.isOpen && !WORTH_A_LOOK.test(line)) return undefined;
    // A traceback in one line has its error at the end.
    const message = line.includes('Traceback') ? line.slice(-MOST_READ) : line.slice(0, MOST_READ);
    const traceback = this.#tracebacks.take(message, process);
    if (traceback === 'inside') return undefined;
    return WORTH_A_LOOK.test(message) ? readMessage(message, traceback?.place) : undefined;
  }
}

/** @param place where the error happened, if earlier lines named the place */
function readMessage(message: string, place: string | undefined): LogEvent | undefined {
  const trouble = troubleOf(message, place);
  if (trouble !== undefined) {
    const [, nproc, have] = LIMIT.exec(message) ?? [];
    const limit = Number(nproc ?? have);
    return { kind: 'trouble', trouble, text: clip(message), ...(limit > 0 && { limit }) };
  }
  for (const pattern of WORKER) {
    const id = pattern.exec(message)?.[1];
    if (id !== undefined) return { kind: 'worker', id };
  }
  const [, configured, listed, prefork] = WORKER_COUNT.exec(message) ?? [];
  const count = Number(configured ?? listed ?? prefork);
  return count > 0 ? { kind: 'worker', count } : undefined;
}

function troubleOf(message: string, place: string | undefined): Trouble | undefined {
  const refusal = readRefusal(place === undefined ? message : `${place}: ${message}`);
  if (refusal === 'threads') return refusal;
  return TROUBLES.find(([, words]) => words.test(message))?.[0] ?? refusal;
}
