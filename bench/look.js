/**
 * What a look at the descriptors or the memory of a process costs: `node bench/look.js [--dist dist]`, after a build; needs
 * python3. In milliseconds of processor time, of twenty rounds for each target: the least that the kernel takes for a file
 * (of fd: for 500 links), the middle one of whole looks, and the least of their longest slices. The first look is with code
 * that is not compiled yet.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadModule } from './modules.js';

const ROUNDS = 20;

/** Holds what its arguments say, writes a line, and waits for the end of its input. */
const HOLDER = `
import ctypes, os, resource, socket, sys
what, amount = sys.argv[1], int(sys.argv[2])
libc, kept = ctypes.CDLL(None), []
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
def anonymous(size, advice):
    start = libc.mmap(None, size, 3, 0x22, -1, 0)
    libc.madvise(start, size, advice)
    ctypes.memset(start, 1, size)
    return start
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
if what == 'mappings':
    start = anonymous(amount * 4096, 15)
    for at in range(0, amount, 2): libc.mprotect(start + at * 4096, 4096, 1)
elif what == 'small': anonymous(amount << 20, 15)
elif what == 'huge': anonymous(amount << 20, 14)
elif what == 'files': kept = [os.open('/dev/null', 0) for _ in range(amount)]
elif what == 'sockets':
    server = socket.create_server(('127.0.0.1', 0), backlog=4096)
    for _ in range(amount // 2): kept += [socket.create_connection(server.getsockname()), server.accept()[0]]
print(flush=True)
sys.stdin.read()
`;

/** @type {readonly (readonly [what: string, amount: number, title: string])[]} */
const TARGETS = [
  ['mappings', 100, '100 mappings more'],
  ['mappings', 600, '600'],
  ['mappings', 10_000, '10,000'],
  ['mappings', 60_000, '60,000'],
  ['small', 256, '256 MB in pages of 4 KB'],
  ['small', 1024, '1 GB'],
  ['small', 4096, '4 GB'],
  ['huge', 4096, '4 GB in pages of 2 MB'],
  ['files', 100, '100 files'],
  ['files', 1000, '1,000'],
  ['files', 15_000, '15,000'],
  ['sockets', 100, '100 connections to itself'],
  ['sockets', 1000, '1,000'],
  ['sockets', 15_000, '15,000'],
];

const { values } = parseArgs({ options: { dist: { type: 'string', default: 'dist' } } });
const { ProcSource } = await loadModule(values.dist, 'sources/proc/proc-source.js');

/** Milliseconds of processor time that this process has used; other work on the same cores does not count. */
function used() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @param {() => void} work @returns {number} milliseconds, the least of all rounds */
function least(work) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = used();
    work();
    best = Math.min(best, used() - begun);
  }
  return best;
}

const buffer = Buffer.allocUnsafe(4096);

/** @param {string} path */
function readAll(path) {
  const fd = openSync(path, 'r');
  while (readSync(fd, buffer, 0, buffer.length, null) > 0);
  closeSync(fd);
}

/** @param {string} directory */
function readLinks(directory) {
  for (const name of readdirSync(directory).slice(-500)) readlinkSync(`${directory}/${name}`);
}

/** @param {number} pid @param {'fds' | 'memory'} at */
function looks(pid, at) {
  const source = new ProcSource({ procfs: '/proc' });
  const startTicks = Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19]);
  const takes = Array.from({ length: ROUNDS }, () => {
    let [all, longest] = [0, 0];
    for (const work = source.look({ pid, startTicks, at, since: undefined }); ; ) {
      const begun = used();
      const { done, value } = work.next();
      const took = used() - begun;
      all += took;
      longest = Math.max(longest, took);
      if (done) return { all, longest, incomplete: value.incomplete ?? '' };
    }
  });
  const [first] = takes;
  const middle = takes.toSorted((a, b) => a.all - b.all)[ROUNDS / 2];
  return [first?.all, middle?.all, Math.min(...takes.map(({ longest }) => longest))]
    .map((ms) => ms?.toFixed(1) ?? '')
    .concat(middle?.incomplete ?? '');
}

for (const at of /** @type {const} */ (['memory', 'fds'])) {
  const files =
    at === 'memory'
      ? ['smaps', 'maps', 'smaps_rollup', 'status']
      : ['fd', 'net/tcp', 'net/tcp6', 'net/udp', 'net/unix'];
  console.log(`| ${at} | ${files.join(' | ')} | first look | look | longest slice | incomplete |`);
  console.log(`|---|${files.map(() => '---|').join('')}---|---|---|---|`);
  for (const [what, amount, title] of TARGETS) {
    if ((what === 'files' || what === 'sockets') !== (at === 'fds')) continue;
    const holder = spawn('python3', ['-c', HOLDER, what, String(amount)], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const pid = /** @type {number} */ (holder.pid);
    const read = files.map((file) =>
      least(() => (file === 'fd' ? readLinks(`/proc/${pid}/fd`) : readAll(`/proc/${pid}/${file}`))).toFixed(1),
    );
    console.log(`| ${title} | ${[...read, ...looks(pid, at)].join(' | ')} |`);
    holder.stdin.end();
    await once(holder, 'exit');
  }
}
