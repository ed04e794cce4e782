/** Messages of runtimes and servers with EAGAIN and its like, in pairs: a thread or process was refused, or something else. */
import { describe, expect, test } from 'vitest';
import { readRefusal } from '../../../src/formats/heroku/refusals.ts';
import { AppReader } from '../../../src/formats/heroku/troubles.ts';

interface Row {
  readonly refused: readonly string[];
  readonly other: readonly string[];
}

const UNAVAILABLE = 'Resource temporarily unavailable';

const MESSAGES: Readonly<Record<string, Row>> = {
  Ruby: {
    refused: [
      `Errno::EAGAIN: ${UNAVAILABLE} - fork(2)`,
      `/app/lib/job.rb:12:in \`fork': ${UNAVAILABLE} - fork(2) (Errno::EAGAIN)`,
      `/app/lib/job.rb:12:in 'Process.spawn': ${UNAVAILABLE} - /bin/sh (Errno::EAGAIN)`,
      `ThreadError: can't create Thread: ${UNAVAILABLE}`,
      `warning: pthread_create failed for timer: ${UNAVAILABLE}, scheduling broken`,
      '[FATAL] Failed to create timer thread (errno: 11)',
    ],
    other: [
      `Errno::EAGAIN: ${UNAVAILABLE} - Timeout reading from the socket`,
      `IO::EAGAINWaitReadable: ${UNAVAILABLE} - read would block`,
      `Errno::EAGAIN: ${UNAVAILABLE} - connect(2) for /tmp/mysql.sock`,
      `Errno::EAGAIN (${UNAVAILABLE} - recvfrom(2) would block)`,
      `/app/lib/lock.rb:7:in \`flock': ${UNAVAILABLE} (Errno::EAGAIN)`,
    ],
  },
  puma: {
    refused: [`#<Thread:0x1 puma srv> error: can't create Thread: ${UNAVAILABLE} (ThreadError)`],
    other: [
      `Error reached top of thread-pool: ${UNAVAILABLE} - accept(2) would block (IO::EAGAINWaitReadable)`,
      `[puma srv tp 003-spawn] write error: ${UNAVAILABLE}`,
    ],
  },
  Python: {
    refused: [
      "RuntimeError: can't start new thread",
      `os.fork() failed: [Errno 11] ${UNAVAILABLE}`,
      `{"exc_info": "Traceback (most recent call last):\\n  File \\"/app/a.py\\", line 3, in run\\n    pid = os.fork()\\nBlockingIOError: [Errno 11] ${UNAVAILABLE}"}`,
    ],
    other: [
      `socket.error: [Errno 11] ${UNAVAILABLE} in recv`,
      `{"exc_info": "Traceback (most recent call last):\\n  File \\"/app/spawn.py\\", line 3, in spawn\\n    self.sock.accept()\\nBlockingIOError: [Errno 11] ${UNAVAILABLE}"}`,
    ],
  },
  gunicorn: {
    refused: [`[2026-01-08 08:55:11 +0000] [4] [ERROR] Unable to fork worker: [Errno 11] ${UNAVAILABLE}`],
    other: [`[2026-01-08 08:55:11 +0000] [9] [ERROR] sendfile() failed: [Errno 11] ${UNAVAILABLE}`],
  },
  uwsgi: {
    refused: [`fork(): ${UNAVAILABLE} [core/master_utils.c line 792]`, `pthread_create(): ${UNAVAILABLE}`],
    other: [
      `accept(): ${UNAVAILABLE} [core/socket.c line 70]`,
      `uwsgi_response_sendfile_do() ${UNAVAILABLE} [core/writer.c line 655] during GET /forks/thread`,
    ],
  },
  JVM: {
    refused: [
      'java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached',
      'java.lang.OutOfMemoryError: unable to create new native thread',
      '[0.9s][warning][os,thread] Failed to start thread "Unknown thread" with pthread_create (EAGAIN) for attributes: stacksize: 1024k',
      'Failed to start the native thread for java.lang.Thread "Thread-4288"',
      '# Cannot create worker GC thread. Out of system resources.',
      `java.io.IOException: Cannot run program "read-lock" (in directory "/app/accept"): error=11, ${UNAVAILABLE}`,
    ],
    other: [
      `[http-nio-8080-exec-3] java.net.SocketException: ${UNAVAILABLE} (Read failed)`,
      `java.io.IOException: ${UNAVAILABLE} at sun.nio.ch.FileDispatcherImpl.read0(Native Method)`,
      `Exception in thread "fork-pool-3" java.nio.channels.OverlappingFileLockException: lock: ${UNAVAILABLE}`,
    ],
  },
  'Node and libuv': {
    refused: [
      'Error: spawn /usr/bin/convert EAGAIN',
      'Error: spawn EAGAIN',
      'Error: spawnSync /app/bin/read-lock EAGAIN',
      "node: ../src/node_platform.cc:68: Assertion `(0) == (uv_thread_create(t.get(), start_thread, this))' failed.",
      'Error [ERR_WORKER_INIT_FAILED]: Worker initialization failure: EAGAIN',
      'browserType.launch: Failed to launch: Error: spawn /app/chrome-linux/chrome EAGAIN',
    ],
    other: [
      'Error: write EAGAIN',
      'Error: read EAGAIN at TTY.onStreamRead (node:internal/stream_base_commons:217:20)',
      'Error: EAGAIN: resource temporarily unavailable, write',
      "Error: EAGAIN: resource temporarily unavailable, open '/dev/tty'",
      'Error: connect EAGAIN /tmp/app.sock - Local (undefined:undefined)',
      'getaddrinfo EAI_AGAIN db.example.com',
    ],
  },
  Go: {
    refused: [
      'runtime: failed to create new OS thread (have 241 already; errno=11)',
      'fatal error: newosproc',
      'runtime: may need to increase max user processes (ulimit -u)',
      'fork/exec /usr/local/bin/read-lock: resource temporarily unavailable',
    ],
    other: [
      'read tcp 10.1.2.3:443: read: resource temporarily unavailable',
      'goroutine 7 [IO wait]: write unix @->/run/fork.sock: write: resource temporarily unavailable',
      'flock /app/spawn.lock: resource temporarily unavailable',
    ],
  },
  Rust: {
    refused: [
      "thread 'http.worker3' panicked at 'failed to spawn worker thread: Os { code: 11, kind: WouldBlock, message: \"Resource temporarily unavailable\" }'",
      "thread 'main' panicked at 'failed to spawn thread: Os { code: 11, kind: WouldBlock, message: \"Resource temporarily unavailable\" }', src/main.rs:4:5",
      `OS can't spawn worker thread: ${UNAVAILABLE} (os error 11)`,
      `The global thread pool has not been initialized.: ThreadPoolBuildError { kind: IOError(Os { code: 11, kind: WouldBlock, message: "${UNAVAILABLE}" }) }`,
    ],
    other: [
      "thread 'main' panicked at 'send_to failed: Os { code: 11, kind: WouldBlock, message: \"Resource temporarily unavailable\" }'",
      "thread 'spawner' panicked at 'called `Result::unwrap()` on an `Err` value: could not lock database: Os { code: 11, kind: WouldBlock }'",
      `HTTP transport: read: ${UNAVAILABLE} (os error 11)`,
    ],
  },
  PHP: {
    refused: [
      `PHP Warning:  proc_open(): fork failed - ${UNAVAILABLE} in /app/a.php on line 3`,
      'PHP Warning:  exec(): Unable to fork [/usr/bin/convert a b] in /app/a.php on line 3',
      `[pool www] fork() failed: ${UNAVAILABLE} (11)`,
      'pcntl_fork(): Error 11',
    ],
    other: [
      `PHP Notice:  fwrite(): send of 12 bytes failed with errno=11 ${UNAVAILABLE} in /app/a.php`,
      `PHP Warning: stream_socket_client(): unable to connect to unix:///tmp/fork.sock (${UNAVAILABLE})`,
    ],
  },
  Perl: {
    refused: [
      `Can't fork: ${UNAVAILABLE} at /app/bin/job.pl line 12.`,
      "Can't fork, trying again in 5 seconds at /app/bin/job.pl line 12.",
      'Thread creation failed: pthread_create returned 11 at /app/bin/job.pl line 3.',
    ],
    other: [`sysread failed: ${UNAVAILABLE} at /app/bin/fork.pl line 9.`, `flock: ${UNAVAILABLE} at lock.pl line 2.`],
  },
  Erlang: {
    refused: [
      '{eagain,[{erlang,open_port,[{spawn,"bash"},[exit_status,binary]],[]},{job,run,4,[]}]}',
      'Failed to create aux thread',
      'erl_child_setup: failed with error 11',
      `Failed to create thread: ${UNAVAILABLE} (11)`,
    ],
    other: ['{error,eagain} from gen_tcp:send', 'gen_udp:recv failed: eagain'],
  },
  '.NET': {
    refused: [
      `System.ComponentModel.Win32Exception (11): An error occurred trying to start process '/usr/bin/read' with working directory '/app'. ${UNAVAILABLE}`,
      'System.Threading.ThreadStartException: Thread failed to start.',
    ],
    other: [
      `System.Net.Sockets.SocketException (11): ${UNAVAILABLE} at System.Net.Sockets.Socket.Receive(Byte[] buffer)`,
    ],
  },
  'C, C++ and shells': {
    refused: [
      `bash: fork: retry: ${UNAVAILABLE}`,
      `-bash: fork: ${UNAVAILABLE}`,
      'sh: 1: Cannot fork',
      `sh: can't fork: ${UNAVAILABLE}`,
      `libgomp: Thread creation failed: ${UNAVAILABLE}`,
      'OMP: Error #34: System unable to allocate necessary resources for OMP thread:',
      `OpenBLAS blas_thread_init: pthread_create failed for thread 3 of 4: ${UNAVAILABLE}`,
      'OpenBLAS blas_thread_init: RLIMIT_NPROC 256 current, 256 max',
      `what(): thread constructor failed: ${UNAVAILABLE}`,
      `clone: ${UNAVAILABLE}`,
      `failed to start child process: ${UNAVAILABLE}`,
      `Could not create a new process: error=11, ${UNAVAILABLE}`,
      `Thread creation error: ${UNAVAILABLE}`,
      `su: cannot set user id: ${UNAVAILABLE}`,
      `posix_spawn: ${UNAVAILABLE}`,
      `vfork: ${UNAVAILABLE}`,
      `error: cannot fork() for rev-list: ${UNAVAILABLE}`,
      `fatal: unable to create threaded lstat: ${UNAVAILABLE}`,
      `GLib-ERROR: creating thread 'gmain': Error creating thread: ${UNAVAILABLE}`,
      `failed to create OS thread: ${UNAVAILABLE}`,
    ],
    other: [
      `recvfrom: ${UNAVAILABLE}`,
      `cat: -: ${UNAVAILABLE} while reading stdin`,
      `ffmpeg: av_interleaved_write_frame(): ${UNAVAILABLE}`,
      `[thread 7] ffmpeg: av_read_frame: ${UNAVAILABLE}`,
      `mlock: ${UNAVAILABLE}`,
      `failed to start process manager: bind: ${UNAVAILABLE}`,
      `spawned thread 9: recvfrom: ${UNAVAILABLE}`,
      `Unable to acquire exclusive lock: ${UNAVAILABLE}; another process is running`,
      `flock: 9: ${UNAVAILABLE}`,
      `SSL_connect: EAGAIN`,
      `dpkg: error: dpkg frontend lock is locked: ${UNAVAILABLE}`,
      `E: Could not get lock /var/lib/dpkg/lock - open (11: ${UNAVAILABLE})`,
    ],
  },
  Chrome: {
    refused: [
      `[1:1:0108/085511:ERROR:platform_thread_posix.cc(147)] pthread_create: ${UNAVAILABLE} (11)`,
      `[1:1:0108/085511:FATAL:zygote_host_impl_linux.cc(201)] Failed to fork: ${UNAVAILABLE}`,
    ],
    other: [`[1:7:0108/085511:ERROR:socket_posix.cc(93)] sendmsg: ${UNAVAILABLE} (11)`],
  },
  nginx: {
    refused: [
      `2026/01/08 08:55:11 [alert] 4#4: fork() failed while spawning "worker process" (11: ${UNAVAILABLE})`,
      `[alert] 4#4: pthread_create() failed (11: ${UNAVAILABLE})`,
    ],
    other: [
      `connect() to unix:/tmp/app.sock failed (11: ${UNAVAILABLE}) while connecting to upstream`,
      `[error] 4#4: accept4() failed (11: ${UNAVAILABLE})`,
      `[info] 4#4: *1 sendfile() failed (11: ${UNAVAILABLE}) while sending to client, request: "GET /fork"`,
      `[alert] worker process 7: recv() failed (11: ${UNAVAILABLE})`,
    ],
  },
  postgres: {
    refused: [
      `LOG:  could not fork new process for connection: ${UNAVAILABLE}`,
      `LOG:  could not fork autovacuum worker process: ${UNAVAILABLE}`,
    ],
    other: [
      `could not receive data from client: ${UNAVAILABLE}`,
      `could not connect to server: ${UNAVAILABLE} Is the server running locally?`,
      `FATAL: could not lock file "postmaster.pid": ${UNAVAILABLE}`,
    ],
  },
  mongod: {
    refused: [
      `[initandlisten] pthread_create failed: errno:11 ${UNAVAILABLE}`,
      "can't create new thread, closing connection",
      `std::exception::what(): thread constructor failed: ${UNAVAILABLE}`,
    ],
    other: [
      `[thread 7] mongod: Unable to lock the lock file: /data/db/mongod.lock (${UNAVAILABLE}). Another instance may be running`,
      `[thread1] recv(): ${UNAVAILABLE}`,
    ],
  },
  redis: {
    refused: [
      `4:M 08 Jan 08:55:11.100 # Can't save in background: fork: ${UNAVAILABLE}`,
      `Can't rewrite append only file in background: fork: ${UNAVAILABLE}`,
    ],
    other: [
      `Error writing to client: ${UNAVAILABLE}`,
      `Accepting client connection: accept: ${UNAVAILABLE}`,
      `redis.exceptions.ConnectionError: Error 11 connecting to cache:6379. ${UNAVAILABLE}.`,
    ],
  },
};

describe.each(Object.entries(MESSAGES))('%s', (_, { refused, other }) => {
  test.each(refused)('is refused a thread or process: %s', (message) => {
    expect(readRefusal(message)).toBe('threads');
  });
  test.each(other)('is not: %s', (message) => {
    expect(readRefusal(message)).not.toBe('threads');
  });
});

test('there are at least ten of them, both ways', () => {
  const rows = Object.values(MESSAGES);
  expect(rows.filter(({ refused, other }) => refused.length > 0 && other.length > 0).length).toBeGreaterThanOrEqual(10);
});

describe('EAGAIN alone', () => {
  test.each([
    `Errno::EAGAIN: ${UNAVAILABLE}`,
    `BlockingIOError: [Errno 11] ${UNAVAILABLE}`,
    `[fork-pool-3] ${UNAVAILABLE}`,
    `what():  ${UNAVAILABLE}`,
    "  code: 'EAGAIN',",
  ])('may be anything: %s', (message) => {
    expect(readRefusal(message)).toBe('perhaps');
  });
});

describe('threads and forks of people', () => {
  test.each([
    'DiscordAPIError[50001]: Missing Access: could not create thread',
    'Failed to create thread in channel #general',
    'OpenAI: unable to create thread',
    'Could not fork repository octocat/hello',
    'failed to fork chain at block 17',
  ])('are none: %s', (message) => {
    expect(readRefusal(message)).toBeUndefined();
  });
});

describe('a traceback', () => {
  const LAST = `BlockingIOError: [Errno 11] ${UNAVAILABLE}`;
  const readAll = (lines: readonly (string | readonly [process: string, line: string])[]) => {
    const reader = new AppReader();
    return lines.flatMap((line) => {
      const event = typeof line === 'string' ? reader.read(line, 'web.1') : reader.read(line[1], line[0]);
      return event?.kind === 'trouble' ? event.trouble : [];
    });
  };
  const traceback = (name: string, code: string, ...more: string[]): string[] => [
    'Traceback (most recent call last):',
    '  File "/app/spawn_threads.py", line 7, in spawn_worker',
    '    self.fork(self.worker_thread)',
    `  File "/usr/lib/python3.12/x.py", line 501, in ${name}`,
    `    ${code}`,
    ...more,
    LAST,
  ];

  test.each([
    ['_execute_child', 'self.pid = _posixsubprocess.fork_exec('],
    ['_execute_child', 'self.pid = _fork_exec('],
    ['_launch', 'self.pid = os.fork()'],
    ['spawn_worker', 'pid = os.fork()'],
    ['run', 'os.posix_spawn(path, args, env)'],
  ])('that ends in %s, %s is of processes', (name, code) => {
    expect(readAll(traceback(name, code))).toEqual(['threads']);
    expect(readAll(traceback(name, code, '    ^^^^^^~~~^^^^'))).toEqual(['threads']);
    expect(readAll(traceback(name, code).map((line) => line.trim()))).toEqual(['threads']);
  });

  test.each([
    ['sendfile', 'return os.sendfile(self.fd, fd, offset, count)'],
    ['accept', 'fd, addr = self._accept()'],
    ['recv', 'return self._sock.recv(n)'],
    ['acquire', 'fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)'],
    ['_fill', 'if error.errno == errno.EAGAIN: raise'],
  ])('that ends in %s, %s is not', (name, code) => {
    expect(readAll(traceback(name, code))).not.toContain('threads');
  });

  test('may be without the lines of the program, or be interrupted by five others', () => {
    const [begin = '', ...rest] = traceback('fork', 'x');
    expect(readAll([begin, rest[2]!, LAST])).toEqual(['threads']);
    const others = (count: number): string[] => Array.from({ length: count }, (_, at) => `GET /${at}`);
    expect(readAll([begin, rest[2]!, 'pid = os.fork()', ...others(5), LAST])).toEqual(['threads']);
    expect(readAll([begin, rest[2]!, 'pid = os.fork()', ...others(6), LAST])).toEqual(['perhaps']);
  });

  test('is of one process', () => {
    const lines = traceback('_launch', 'self.pid = os.fork()');
    const other = traceback('accept', 'fd, addr = self._accept()');
    const mixed = lines.flatMap((line, at) => [['web.1', line] as const, ['web.2', other[at]!] as const]);
    expect(readAll(mixed)).toEqual(['threads']);
  });

  test('is kept for the 100 processes whose tracebacks began last', () => {
    const reader = new AppReader();
    const [begin = '', ...rest] = traceback('_launch', 'self.pid = os.fork()');
    for (let at = 0; at <= 100; at++) for (const line of [begin, ...rest.slice(0, -1)]) reader.read(line, `web.${at}`);
    const kindsOf = [0, 1].map((at) => reader.read(LAST, `web.${at}`));
    expect(kindsOf).toMatchObject([{ trouble: 'perhaps' }, { trouble: 'threads' }]);
  });
});
