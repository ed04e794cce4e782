/** What it usually means that a process has ever more descriptors of a kind: the first row that matches its name. */
import type { Meaning } from '../../model/look.ts';

export const DESCRIPTOR_MEANINGS: readonly Meaning[] = [
  {
    pattern: /^TCP in CLOSE_WAIT\b/,
    says: 'The other end has closed these connections and the program has not: it keeps them in a pool or variable and never finds out, or forgets them on an error path.',
    source: 'RFC 9293, 3.3.2',
  },
  {
    pattern: /^TCP accepted on .* in CLOSE_WAIT$/,
    says: 'The clients have gone and the program has not closed their connections: handlers hang, or end without closing.',
    source: 'RFC 9293, 3.3.2',
  },
  {
    pattern: /^TCP in SYN_SENT /,
    says: 'The other end does not answer: it is down, or a firewall drops what is sent there. Unless the program has a timeout of its own, each attempt lasts two minutes.',
    source: 'tcp(7), tcp_syn_retries',
  },
  {
    pattern: /^TCP .*\b(?:FIN_WAIT1|FIN_WAIT2|CLOSING|LAST_ACK)\b/,
    says: 'The program has ended its half of these connections with shutdown and waits for the other end, without a close that would end the wait.',
    source: 'shutdown(2); RFC 9293, 3.6',
  },
  {
    pattern: /^TCP in ESTABLISHED to .*(?::|port )(?:1433|1521|3306|5432|6379|6432|9042|11211|27017)$/,
    says: 'Connections to a database or cache stay open: a pool or client is made for each job or request, or connections that were borrowed from a pool are not given back.',
    source: 'https://github.com/brettwooldridge/HikariCP, leakDetectionThreshold',
  },
  {
    pattern: /^TCP in ESTABLISHED to .*(?::|port )(?:80|443|3128|8080|8443)$/,
    says: 'HTTP connections stay open: answers are not read to their end or not closed, or a client with connections of its own is made for each request.',
    source: 'https://pkg.go.dev/net/http#Client.Do',
  },
  {
    pattern: /^TCP in ESTABLISHED to /,
    says: 'Connections to this service stay open: a client is made anew for each use, or is not closed on an error path.',
    source: 'tcp(7)',
  },
  {
    pattern: /^TCP in ESTABLISHED, made or accepted$/,
    says: 'Connections stay open. Which end asked for them is not known: nobody listens on their ports any more, so they may be clients of a server that is about to end.',
    source: 'tcp(7)',
  },
  {
    pattern: /^TCP accepted on /,
    says: 'Clients stay connected: requests do not end, or idle connections are kept without a timeout. Where clients have vanished without a word, only keep-alive or a timeout finds out.',
    source: 'tcp(7), tcp_keepalive_time',
  },
  {
    pattern: /^TCP listening on /,
    says: 'A server is started again and again, and the one before is not closed.',
    source: 'listen(2)',
  },
  {
    pattern: /^UDP to .*(?::|port )53$/,
    says: 'Sockets of name lookups stay open: a resolver is made for each lookup, or its lookups get no answer and never end.',
    source: 'resolver(3), res_nclose',
  },
  {
    pattern: /^UDP\b/,
    says: 'UDP has no connection that the other end could close: a client of metrics, logs, tracing or names is made for each message and never closed.',
    source: 'udp(7)',
  },
  {
    pattern: /^socket without an address$/,
    says: 'Sockets that were never connected, or whose connection is over on both sides, were not closed: look at what follows a failed connect, and a reset by the other end.',
    source: 'socket(2), connect(2)',
  },
  {
    pattern: /^netlink socket$/,
    says: 'The kernel is asked for network interfaces, routes or events, each time by a socket that is not closed.',
    source: 'netlink(7)',
  },
  {
    pattern: /^unix socket /,
    says: 'Connections that this local service has accepted stay open: handlers hang, or end without closing.',
    source: 'unix(7)',
  },
  {
    pattern: /^unix socket$/,
    says: 'Ends of socket pairs, or clients of local services. Node connects standard input and output of children by such pairs, so look for children that have ended or hang, too.',
    source: 'socketpair(2), unix(7)',
  },
  {
    pattern: /^pipe to its child /,
    says: 'The children at the other end still run: they hang, or wait for input or for somebody to read their output.',
    source: 'pipe(7)',
  },
  {
    pattern: /^pipe to itself$/,
    says: 'The program holds both ends: event loops wake themselves by such pipes, so one is made again and again and never closed; or the end that a child was given is not closed here.',
    source: 'pipe(7)',
  },
  {
    pattern: /^pipe$/,
    says: 'Pipes to children that have ended, or that are not known: the program does not close what it opened to read their output (popen without pclose).',
    source: 'popen(3)',
  },
  {
    pattern: /^deleted file .*\blogs?\b/,
    says: 'The log was rotated or deleted and the program still holds it: a logger is opened anew without closing the one before, or was not told of the rotation. The disk space is not free until then.',
    source: 'unlink(2), logrotate(8)',
  },
  {
    pattern: /^deleted file /,
    says: 'The files are deleted and the program still holds them: their disk space is not free until it closes them or ends.',
    source: 'unlink(2)',
  },
  {
    pattern: /^file .*\.(?:jar|war|zip|so)\b/,
    says: 'An archive or library is opened again and again: a class loader or plug-in is made for each use and never closed.',
    source: 'https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/net/URLClassLoader.html',
  },
  {
    pattern: /^file \/(?:proc|sys)\//,
    says: 'Figures of the kernel are read again and again, each time without a close.',
    source: 'close(2)',
  },
  {
    pattern: /^file /,
    says: 'The same file, or files of the same sort, are opened again and again and not closed, often on an error path only.',
    source: 'close(2)',
  },
  {
    pattern: /^device \/dev\/(?:pts\/|ptmx)/,
    says: 'Terminals that were opened for children or sessions are not closed after these have ended.',
    source: 'pty(7)',
  },
  {
    pattern: /^device /,
    says: 'The device is opened again and again and not closed.',
    source: 'close(2)',
  },
  {
    pattern: /^epoll$/,
    says: 'Each event loop has one: event loops are made again and again, by a client, executor or runtime that is started for each use and not shut down.',
    source: 'epoll(7)',
  },
  {
    pattern: /^(?:eventfd|io_uring)$/,
    says: 'Event loops and asynchronous clients have one each, to be woken or to submit their work: one is started for each use and not shut down.',
    source: 'eventfd(2), io_uring(7)',
  },
  {
    pattern: /^(?:timerfd|signalfd)$/,
    says: 'Timers or signal handlers of an event loop are made again and again and not closed.',
    source: 'timerfd_create(2), signalfd(2)',
  },
  {
    pattern: /^(?:inotify|fanotify)$/,
    says: 'File watchers are made again and again, for each request or reload, and not closed. A user may have 128 of them, unless the host says otherwise; then nobody can watch files any more.',
    source: 'inotify(7), max_user_instances',
  },
  {
    pattern: /^memfd /,
    says: 'Buffers of memory that are shared with other processes or mapped for code are not closed, and keep their memory.',
    source: 'memfd_create(2)',
  },
  {
    pattern: /^pidfd$/,
    says: 'Handles of children or other processes are not closed after these have ended.',
    source: 'pidfd_open(2)',
  },
  {
    pattern: /^\w+ namespace$/,
    says: 'Namespaces of containers are opened and not closed, and live on for as long as they are held.',
    source: 'namespaces(7)',
  },
  {
    pattern: /^(?:bpf|perf)/,
    says: 'Programs, maps or counters in the kernel are made again and again and not closed, by something that traces or measures.',
    source: 'bpf(2), perf_event_open(2)',
  },
];
