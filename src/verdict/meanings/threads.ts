/**
 * What it usually means that a process has ever more threads of a family: the first row that matches its name. The kernel
 * cuts names to 15 bytes. Of Go, and of lookups by glibc's getaddrinfo_a, all threads have the name of their program: there
 * is no row for them.
 */
import type { Meaning } from '../../model/look.ts';

export const THREAD_MEANINGS: readonly Meaning[] = [
  {
    pattern: /^puma .*tp /,
    says: 'Workers of Puma, one for each request that runs, up to its maximum: they stay because requests wait for a lock, a database or another service.',
    source: 'https://github.com/puma/puma/blob/master/lib/puma/thread_pool.rb',
  },
  {
    pattern: /^puma /,
    says: 'Puma itself has one thread of each such name for a server: servers are started again and again without a stop.',
    source: 'https://github.com/puma/puma/blob/master/lib/puma/server.rb',
  },
  {
    pattern: /^sidekiq/,
    says: 'Sidekiq has as many threads for jobs as its concurrency, and a new one only after a job broke its thread: look for jobs that never end and for a second Sidekiq in the process.',
    source: 'https://github.com/sidekiq/sidekiq/blob/main/lib/sidekiq/component.rb',
  },
  {
    pattern: /^$/,
    says: 'Threads with an empty name. Before Ruby 3.2 each Timeout.timeout starts one, which lives for as long as its block: the blocks hang.',
    source: 'https://github.com/ruby/timeout/blob/v0.2.0/lib/timeout.rb',
  },
  {
    pattern: /\.rb(?::|$)/,
    says: 'Ruby threads without a name have the file and line that start them: Thread.new there, for each job or request, without an end.',
    source: 'https://docs.ruby-lang.org/en/master/Thread.html#method-i-name',
  },
  {
    pattern: /^HttpClient-/,
    says: 'Each HttpClient of the JDK has such a thread: a client is made for each request. One can serve all; since Java 21 it can be closed.',
    source: 'https://docs.oracle.com/en/java/javase/21/docs/api/java.net.http/java/net/http/HttpClient.html',
  },
  {
    pattern: /^HikariPool-/,
    says: 'Each connection pool has a few such threads: a data source is made for each use, and not closed.',
    source: 'https://github.com/brettwooldridge/HikariCP',
  },
  {
    pattern: /^OkHttp /,
    says: 'Each OkHttpClient has threads and connections of its own: a client is made for each request. One should serve all.',
    source: 'https://square.github.io/okhttp/5.x/okhttp/okhttp3/-ok-http-client/',
  },
  {
    pattern: /^(?:nioEventLoop|epollEventLoop|multiThreadIoE|reactor-)/,
    says: 'Threads of Netty: an event loop group is made for each client, and never shut down.',
    source: 'https://netty.io/wiki/user-guide-for-4.x.html',
  },
  {
    pattern: /^(?:kafka-producer|kafka-admin-cli|kafka-coordinat)/,
    says: 'Each Kafka client has such a thread: clients are made again and again, and not closed.',
    source: 'https://kafka.apache.org/documentation/#producerapi',
  },
  {
    pattern: /^rdk:/,
    says: 'A client of librdkafka has a thread of its own and one for each broker: clients are made again and again, and not destroyed.',
    source: 'https://github.com/confluentinc/librdkafka/blob/master/INTRODUCTION.md#threads-and-callbacks',
  },
  {
    pattern: /^(?:grpc|default-executo|resolver-execut|event_engine)/,
    says: 'Threads of gRPC: a channel or server is made for each call, or calls do not end. Channels should be used again.',
    source: 'https://grpc.io/docs/what-is-grpc/core-concepts/#channels',
  },
  {
    pattern: /^(?:BatchSpanProc|OtelBatch|opentelemetry-e)/,
    says: 'An exporter of traces has such a thread: tracing is set up again and again, and not shut down.',
    source: 'https://opentelemetry.io/docs/specs/otel/trace/sdk/#batching-processor',
  },
  {
    pattern: /^(?:http-nio-|http-apr-|https-jsse-|qtp)/,
    says: 'Threads for the requests of Tomcat or Jetty, up to their maximum: requests hang, or more come than are answered.',
    source: 'https://tomcat.apache.org/tomcat-10.1-doc/config/executor.html',
  },
  {
    pattern: /^SimpleAsyncTask/,
    says: 'This executor of Spring starts a thread for each task, without a bound: tasks hang, or more come than end.',
    source:
      'https://docs.spring.io/spring-framework/docs/current/javadoc-api/org/springframework/core/task/SimpleAsyncTaskExecutor.html',
  },
  {
    pattern: /^(?:ForkJoinPool|DefaultDispatch|boundedElastic|CompletableFutu)/,
    says: 'A shared pool of the JVM adds threads where its tasks block: they wait for a network, a database or a lock.',
    source: 'https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/concurrent/ForkJoinPool.html',
  },
  {
    pattern: /^pool-/,
    says: 'Threads of a Java executor without a name of its own: an executor is made for each use and not shut down, or a cached pool has no bound and its tasks hang.',
    source:
      'https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/concurrent/Executors.html#defaultThreadFactory()',
  },
  {
    pattern: /^Timer-/,
    says: 'Each java.util.Timer has a thread, which ends only with cancel(): a timer is made for each use, where one could serve all.',
    source: 'https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Timer.html',
  },
  {
    pattern: /^(?:GC Thread|G1 |C[12] Compiler|VM |Reference Handl|Finalizer|Sweeper)/,
    says: 'Threads of the JVM itself: their number depends on the processors, and does not leak.',
    source: 'https://docs.oracle.com/en/java/javase/21/gctuning/',
  },
  {
    pattern: /^\.NET (?:TP|ThreadPool)/,
    says: 'The thread pool of .NET adds a thread or two each second while its work blocks: code waits for tasks (.Result, .Wait()), or for a lock, where it should await.',
    source: 'https://learn.microsoft.com/dotnet/core/diagnostics/debug-threadpool-starvation',
  },
  {
    pattern: /^\.NET Long/,
    says: 'Each task with TaskCreationOptions.LongRunning has a thread of its own: they are started again and again, and do not end.',
    source: 'https://learn.microsoft.com/dotnet/api/system.threading.tasks.taskcreationoptions',
  },
  {
    pattern: /^tokio-/,
    says: 'Threads of tokio: blocking work (spawn_blocking) hangs, for which there are up to 512, or a runtime is made for each use.',
    source: 'https://docs.rs/tokio/latest/tokio/runtime/struct.Builder.html#method.max_blocking_threads',
  },
  {
    pattern: /^(?:libuv-worker|V8Worker|DelayedTaskSche|SignalInspector)/,
    says: 'Node has a fixed number of these: more of them come with more instances of Node or of libuv in one process.',
    source: 'https://docs.libuv.org/en/v1.x/threadpool.html',
  },
  {
    pattern: /^(?:node|MainThread|WorkerThread)$/,
    says: 'Threads of Node: workers (worker_threads) are started for each task, and not terminated.',
    source: 'https://nodejs.org/api/worker_threads.html#workerterminate',
  },
  {
    pattern: /^(?:ThreadPoolExecu|asyncio_)/,
    says: 'Threads of a Python executor: it is made for each job and not shut down, or its jobs hang.',
    source: 'https://docs.python.org/3/library/concurrent.futures.html',
  },
  {
    pattern: /^python/,
    says: 'Before 3.14 Python does not tell the kernel the names of its threads. They are started (threading.Thread, Timer, an executor) for each job or request, and wait for something that does not come.',
    source: 'https://docs.python.org/3/library/threading.html#threading.Thread.name',
  },
  {
    pattern: /^Thread-/,
    says: 'Threads that nobody named (Java, Python since 3.14): one is started for each job or request, and does not end.',
    source: 'https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Thread.html',
  },
  {
    pattern: /^iou-(?:wrk|sqp)/,
    says: 'Workers of io_uring, which the kernel makes: operations that block, such as reads of pipes and sockets. Their number can be bounded.',
    source: 'io_uring_register(2), IORING_REGISTER_IOWQ_MAX_WORKERS',
  },
  {
    pattern: /^(?:Chrome_|CrRenderer|CrBrowser|ThreadPoolForeg|ThreadPoolServi|chrome|chromium)/,
    says: 'Threads of a browser: pages are opened and not closed.',
    source: 'https://pptr.dev/api/puppeteer.page.close',
  },
  {
    pattern: /^jemalloc_bg_thd/,
    says: 'Threads of the allocator jemalloc, at most one for each processor: they do not leak.',
    source: 'https://jemalloc.net/jemalloc.3.html#background_thread',
  },
  {
    pattern: /^(?:erts_|#_scheduler|\d+_scheduler|#_dirty_|\d+_dirty_)/,
    says: 'Threads of the Erlang VM, whose number is set when it starts: they do not leak.',
    source: 'https://www.erlang.org/doc/apps/erts/erl_cmd.html',
  },
];

/** What it means that threads wait so: the first row that matches what they do (`in futex_wait`). */
export const WAIT_MEANINGS: readonly Meaning[] = [
  {
    pattern: /^in futex_wait$/,
    says: 'They wait for a lock, for work from a queue, or for another thread.',
    source: 'futex(2)',
  },
  {
    pattern: /^in (?:recv|poll|select|read of a pipe|connect)/,
    says: 'They wait for an answer. If none comes, nothing but a timeout ends that.',
    source: 'recv(2), poll(2)',
  },
  { pattern: /^in nanosleep$/, says: 'They sleep, and look again from time to time.', source: 'nanosleep(2)' },
  {
    pattern: /^in uninterruptible wait/,
    says: 'They wait in the kernel for a disk or a file system, and cannot be ended until it answers.',
    source: 'proc_pid_stat(5)',
  },
  { pattern: /^in wait for a child$/, says: 'They wait for a process that does not end.', source: 'waitpid(2)' },
];
