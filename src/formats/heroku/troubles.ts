/**
 * Messages of an app that is refused threads, processes, descriptors or memory, in the words of Ruby, Python, Node,
 * the JVM, Go, Rust, PHP, Erlang, shells, OpenBLAS and the C library; and of workers that start. Text in, event out.
 * Cost: other lines are tested against one regular expression.
 */
import { clip, type LogEvent, type Trouble } from './events.ts';

/** Every message below contains one of these words. */
const WORTH_A_LOOK =
  /thread|errno|EAGAIN|unavailable|fork|spawn|code: 11|user processes|NPROC|open files|EM?N?FILE|memory|Memory|ENOMEM|heap limit|[Ww]orker|concurrency|CONCURRENCY|Thread/;

/** In order of precedence. A thread that is refused for lack of memory counts as memory: hence `not`. */
const TROUBLES: readonly (readonly [trouble: Trouble, words: RegExp, not?: RegExp])[] = [
  [
    'threads',
    new RegExp(
      [
        // can't create Thread (Ruby), can't start new thread (Python), unable to create new native thread (JVM)
        /(?:fail(?:ed|ure)? to|can'?t|can ?not|could(?: not|n't)|unable to) (?:create|start|spawn|alloc(?:ate)?)(?: an?| the)?(?: new| native| kernel| OS| timer| worker| background| shared)* ?threads?\b/,
        /(?:creating|creation of|allocating)(?: an?)?(?: new| native| shared| worker)* threads? failed|thread creation failed/,
        /pthread_create\b[^;]*(?:fail|EAGAIN|error|unavailable|\b11\b)|newosproc|uv_thread_create|thread_init.*EAGAIN/,
        /max user processes|RLIMIT_NPROC/,
        // Cannot fork, fork: retry, fork(2) ... EAGAIN, spawn ps EAGAIN
        /(?:fail(?:ed|ure)? to|can'?t|can ?not|could(?: not|n't)|unable to) v?fork\b/,
        /\bfork(?:\(\d?\))?:? (?:failed|retry)|\bfork(?:\(\d?\))? failed/,
        /\b(?:v?fork|posix_spawnp?|spawn(?:Sync)?|clone|execve?)\b.*(?:EAGAIN|temporarily unavailable|[Ee]rrno[:= ]*11\b|code: 11\b)/,
        /(?:EAGAIN|temporarily unavailable|[Ee]rrno[:= ]*11\b).*(?:\b(?:v?fork|posix_spawnp?|spawn|clone)\b|thread)/,
        /thread.*(?:EAGAIN|temporarily unavailable|[Ee]rrno[:= ]*11\b|code: 11\b)/,
      ]
        .map(({ source }) => source)
        .join('|'),
      'i',
    ),
    /Cannot allocate memory|ENOMEM/,
  ],
  ['fds', /too many open files|\bEMFILE\b|\bENFILE\b/i],
  [
    'memory',
    /out of memory|OutOfMemory|cannot allocate memory|\bENOMEM\b|NoMemoryError|failed to allocate memory|\bMemoryError\b|heap limit/i,
  ],
  // A socket without data says the same, so the words of sockets and files rule it out.
  [
    'perhaps',
    /\bEAGAIN\b|resource temporarily unavailable|errno[:=\] ]*11\b|os error 11\b/i,
    /would ?block|\bread|recv|accept|sock|connect|write|writ|send|poll|stdin|stdout|stderr|\bf?lockf?\b|nonblock|ssl|ioctl|AGAINWait/i,
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

/** In UTF-16 units. The expressions take quadratic time at worst, and these messages say it at their beginning. */
const MOST_READ = 2000;

/** @param line of the app, without its header */
export function readAppMessage(line: string): LogEvent | undefined {
  if (!WORTH_A_LOOK.test(line)) return undefined;
  const message = line.slice(0, MOST_READ);
  for (const [trouble, words, not] of TROUBLES) {
    if (!words.test(message) || not?.test(message)) continue;
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
