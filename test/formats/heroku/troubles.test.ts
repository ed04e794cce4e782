import { describe, expect, test } from 'vitest';
import { AppReader } from '../../../src/formats/heroku/troubles.ts';

const readAppMessage = (line: string) => new AppReader().read(line, 'web.1');

const troubleOf = (line: string): string | undefined => {
  const event = readAppMessage(line);
  return event?.kind === 'trouble' ? event.trouble : undefined;
};

test.each([
  '[FATAL] Failed to create timer thread (errno: 11)',
  "ThreadError: can't create Thread: Resource temporarily unavailable",
  "/app/vendor/ruby/thread.rb:71:in `new': can't create Thread (11) (ThreadError)",
  "ThreadError (can't alloc thread):",
  'Errno::EAGAIN: Resource temporarily unavailable - fork(2)',
  'unicorn worker: Cannot fork: Resource temporarily unavailable',
  'sh: 1: Cannot fork',
  'bash: fork: retry: Resource temporarily unavailable',
  '-bash: fork: Resource temporarily unavailable',
  "RuntimeError: can't start new thread",
  'java.lang.OutOfMemoryError: unable to create new native thread',
  'java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached',
  '[warning][os,thread] Failed to start thread "Unknown thread" with pthread_create (EAGAIN) for attributes: stacksize: 1024k',
  'runtime: failed to create new OS thread (have 256 already; errno=11)',
  'runtime: may need to increase max user processes (ulimit -u)',
  'Error: spawn /usr/bin/convert EAGAIN',
  'Error: spawn EAGAIN',
  'OpenBLAS blas_thread_init: pthread_create failed for thread 3 of 4: Resource temporarily unavailable',
  'OpenBLAS blas_thread_init: RLIMIT_NPROC 256 current, 256 max',
  'libgomp: Thread creation failed: Resource temporarily unavailable',
  "thread 'main' panicked at 'failed to spawn thread: Os { code: 11, kind: WouldBlock, message: \"Resource temporarily unavailable\" }'",
  'WARNING: [pool www] fork() failed: Resource temporarily unavailable (11)',
  'fork() failed while spawning "worker process" (11: Resource temporarily unavailable)',
  'could not fork new process for connection: Resource temporarily unavailable',
  'Failed to create thread: Resource temporarily unavailable (11)',
  "ERROR: GThread: creating thread 'gmain': Error creating thread: Resource temporarily unavailable",
])('no thread and no process: %s', (line) => {
  expect(troubleOf(line)).toBe('threads');
});

test.each([
  ['OpenBLAS blas_thread_init: RLIMIT_NPROC 256 current, 256 max', 256],
  ['runtime: failed to create new OS thread (have 254 already; errno=11)', 254],
])('the limit is read from %s', (line, limit) => {
  expect(readAppMessage(line)).toMatchObject({ limit });
});

test.each([
  ['Errno::EMFILE: Too many open files @ rb_sysopen', 'fds'],
  ['Error: EMFILE, open /app/x', 'fds'],
  ['accept4(): Too many open files in system', 'fds'],
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', 'memory'],
  ['Errno::ENOMEM: Cannot allocate memory - fork(2)', 'memory'],
  ['java.lang.OutOfMemoryError: Java heap space', 'memory'],
  ['NoMemoryError: failed to allocate memory', 'memory'],
  ['Errno::EAGAIN: Resource temporarily unavailable', 'perhaps'],
  ['BlockingIOError: [Errno 11] Resource temporarily unavailable', 'perhaps'],
])('%s is of %s', (line, trouble) => {
  expect(troubleOf(line)).toBe(trouble);
});

describe('harmless', () => {
  test.each([
    'Completed 200 OK in 12ms',
    'Started GET "/threads/12" for 1.2.3.4',
    'thread pool: 5 threads, 3 idle',
    'IO::EAGAINWaitReadable: Resource temporarily unavailable - read would block',
    'recvfrom: Resource temporarily unavailable',
    'SSL_connect EAGAIN',
    'Forked child 12',
    'forked 3 repositories',
    'failed to spawn task: invalid configuration',
    'memory usage is 300 MB',
    'errno: 110 connection timed out',
    'failed to clone git repository',
    'worker=1 PID:12 timeout (61s > 60s), killing',
  ])('%s', (line) => {
    expect(troubleOf(line)).toBeUndefined();
  });
});

test.each<readonly [line: string, event: object]>([
  ['I, [2026-11-20T18:00:20 #7]  INFO -- : worker=2 ready', { id: '2' }],
  ['[4] - Worker 1 (PID: 12) booted in 0.01s, phase: 0', { id: '1' }],
  ['[2026-11-20 18:00:00 +0000] [10] [INFO] Booting worker with pid: 10', { id: '10' }],
  ['[4] *      Workers: 2', { count: 2 }],
  ['Recommending WEB_CONCURRENCY=2', { count: 2 }],
  [' -- ******* ---- .> concurrency: 4 (prefork)', { count: 4 }],
])('a worker starts: %s', (line, event) => {
  expect(readAppMessage(line)).toMatchObject({ kind: 'worker', ...event });
});

test('a line that is made to slow down the expressions is read within milliseconds', () => {
  const begun = performance.now();
  for (const word of ['thread ', 'fork ', 'EAGAIN ', 'spawn ', 'pthread_create ', 'could not '])
    readAppMessage(word.repeat(1500));
  expect(performance.now() - begun).toBeLessThan(1000);
});
