/**
 * Was a thread or a process refused? Text in, a kind of trouble out. What failed decides, and not a word that stands
 * anywhere: EAGAIN is also what a socket without data, a lock of somebody else and a full pipe give, and many loggers begin
 * a line with the name of a thread. Either the words say that no thread or process could be made, or EAGAIN stands beside
 * the operation that failed: of several, the last one before it. EAGAIN alone is `perhaps`. Source: fork(2),
 * pthread_create(3), clone(2), execve(2), setuid(2); messages of runtimes and servers in the test.
 */

/** EAGAIN in the words of the C library, of Node, Python, Rust, Java and nginx. */
const AGAIN =
  /\bEAGAIN\b|resource temporarily unavailable|errno[:=\]( ]*-?11\b|\berror[ :=#]*11\b|\bcode: 11\b|returned 11\b|\(11:/i;

const NOT = "(?:fail(?:ed|ure|s)?(?: to)?|can'?t|can ?not|could(?: not|n't)|unable to|(?<!\\w)error)";
const KINDS =
  '(?:(?:an?|the|any|more|another|new|native|kernel|OS|OMP|timer|worker|background|shared|GC|POSIX|system|reaper|main|aux) )*';

/** Each says by itself that a thread or a process was refused. */
const REFUSED = joined([
  // can't create Thread (Ruby), can't start new thread (Python), unable to create new native thread (JVM), OS can't spawn worker thread (tokio)
  `${NOT} (?:creat(?:e|ing)|start(?:ing)?|spawn(?:ing)?|launch|alloc(?:ate)?|allocate resources for) ?${KINDS}threads?(?![\\w-]| (?:pool|group|local|dump|safe))`,
  `(?:creating|creation of|allocating) ${KINDS}threads? failed|thread (?:creation|constructor) failed|thread failed to start`,
  'unable to allocate necessary resources for OMP thread',
  // The C library, and those who name its functions
  'pthread_create\\b[^;]*(?:fail|EAGAIN|error|unavailable|\\b11\\b)|uv_thread_create|newosproc',
  'RLIMIT_NPROC \\d+ current|may need to increase max user processes',
  // Node
  'ERR_WORKER_INIT_FAILED|Worker initialization failure: EAGAIN',
  // Cannot fork, fork: retry, fork() failed
  `${NOT} v?fork(?:ing)?\\b`,
  '\\bv?fork(?:\\(\\d?\\))?:? (?:failed|retry)|\\bfork operation failed',
]);
/** With EAGAIN they say the same. What they run may be called anything. */
const REFUSED_AGAIN = joined([
  '\\bspawn(?:Sync)? [^:]{1,200} (?:EAGAIN|-11)\\b|\\bspawn(?:Sync)? EAGAIN\\b',
  'cannot run program |fork/exec \\S+: ',
  'create threaded ',
]);

/**
 * Conversations have threads and code has forks: "could not create thread: missing permissions" is of a chat. Chosen from
 * the words of their services.
 */
const OF_PEOPLE =
  /\b(?:discord\w*|slack|channels?|permissions?|missing access|conversation|assistants?|openai|forum|topic|repo(?:s|sitory)?|github|gitlab|bitbucket|blockchain|chain|ganache|hardhat|anvil)\b/i;
/** fork(2) gives ENOMEM for lack of memory. */
const FOR_MEMORY = /cannot allocate memory|\bENOMEM\b/i;

/** Operations of which EAGAIN means that there are too many threads or processes. */
const MAKES =
  'v?fork(?:ing|_exec|pty|AndExec|\\d)?|_?posix_?spawnp?|_execute_child|_?start_new_thread|_?start_joinable_thread|(?:uv_)?spawn(?:ing|Sync|_worker|_process)?|clone3?(?=\\(|:| failed| returned)|\\w{0,20}thread_create\\w{0,20}|create_?thread|execv?p?e|popen\\d?|proc_open|open_port|erl_child_setup|(?:create|start|launch)(?:ing)? (?:(?:an?|the|new|child|worker) )*(?:sub)?process|thread creation|createprocess|cannot set user id|setuid|setresuid|thread::spawn|ThreadPoolBuildError|Process\\.(?:start|spawn)|Thread\\.(?:new|start)|thread constructor|timer thread';
/** Operations of which it means something else. */
const OTHERS =
  'accept\\w*|bind|listen|recv\\w*|receiv\\w*|send\\w*|(?:sys|p|f)?read(?:v|line|lines|able|ing|Sync|File\\w*|_\\w+)?|(?:sys|p|f)?writ(?:e|ev|ing|able|Sync|File\\w*|e_\\w+)|connect\\w*|sock\\w*|poll\\w*|e?poll_\\w+|select|kevent|(?:f|\\w{1,20}_)?lock(?:f|s|ed|ing|file)?|open(?:at|ing|Sync)?|pipe2?|dup[23]?|ioctl|fcntl|mlock\\w*|ssl\\w*|tls|std(?:in|out|err)|getaddrinfo|time(?:d )?out|timer_create|inotify\\w*|io_\\w+|nonblock\\w*|av_\\w+|f?flush|f?sync|IO\\.\\w+|\\w{0,20}AGAINWait\\w*';
const OPERATIONS = new RegExp(`(?<![A-Za-z])(?:(?<makes>${MAKES})|(?<others>${OTHERS}))(?![A-Za-z0-9-])`, 'gi');
/** Ruby says it afterwards: `Resource temporarily unavailable - fork(2)`. */
const AFTERWARDS = /^[^-]{0,60} - (\S[^\n]{0,100})/;

/** Names of threads and loggers, and paths, are no operations. */
const NAMES = /\[(?!errno)[^\]{}]{0,200}\]|\bthread '[^']{0,200}'|(?<=^|[\s"'(=])\.{0,2}\/[\w./-]+/gi;

export type Refusal = 'threads' | 'perhaps';

/** @returns undefined if nothing was refused, or it was something else than a thread or process */
export function readRefusal(text: string): Refusal | undefined {
  if (FOR_MEMORY.test(text)) return undefined;
  const isAgain = AGAIN.test(text);
  if (REFUSED.test(text) && (isAgain || !OF_PEOPLE.test(text))) return 'threads';
  if (!isAgain) return undefined;
  if (REFUSED_AGAIN.test(text)) return 'threads';
  const operation = operationOf(text.replace(NAMES, ' '));
  return operation === 'makes' ? 'threads' : operation === 'others' ? undefined : 'perhaps';
}

/** Which kind of operation failed, if the text says it. */
function operationOf(text: string): 'makes' | 'others' | undefined {
  const { index, 0: again } = AGAIN.exec(text) ?? { index: text.length, 0: '' };
  const [, afterwards] = AFTERWARDS.exec(text.slice(index + again.length)) ?? [];
  return (
    kindsIn(afterwards ?? '')[0] ?? kindsIn(text.slice(0, index)).at(-1) ?? kindsIn(text.slice(index + again.length))[0]
  );
}

function kindsIn(text: string): ('makes' | 'others')[] {
  return [...text.matchAll(OPERATIONS)].map(({ groups }) => (groups?.makes === undefined ? 'others' : 'makes'));
}

function joined(sources: readonly string[]): RegExp {
  return new RegExp(sources.join('|'), 'i');
}
