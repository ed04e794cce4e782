/** What real programs hold: connections, files, watchers and memory that they leave behind, seen from outside. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { finish, type InPortions } from '../../src/model/portions.ts';
import type { LookContext, Seen } from '../../src/sources/proc/look/context.ts';
import { lookAtDescriptors } from '../../src/sources/proc/look/descriptors.ts';
import { lookAtMemory } from '../../src/sources/proc/look/memory.ts';
import type { Stat } from '../../src/sources/proc/stat.ts';
import { temporaryDirectory } from '../support/files.ts';
import { lookContext } from '../support/look-context.ts';
import { childrenOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

const MB = 1024 * 1024;
const programs: ChildProcessWithoutNullStreams[] = [];

afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL');
});

/** Starts a program, and waits until it has written something. */
async function start(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const [file = '', ...args] = command;
  const program = spawn(file, args, { env: { ...process.env, ...env } });
  programs.push(program);
  program.stderr.pipe(process.stderr);
  await once(program.stdout, 'data');
  return program.pid!;
}

const node = (source: string, ...args: readonly string[]) => start([process.execPath, '-e', source, ...args]);
const python = (source: string, env?: NodeJS.ProcessEnv) => start(['python3', '-c', source], env);
/** The end of a program that holds what it made. */
const HOLD = '\nprint(flush=True)\nimport time\ntime.sleep(1000)\n';

/** A look at a process of this host, by kind. */
function seen(look: (context: LookContext) => InPortions<Seen>, pid: number): Record<string, number> {
  return Object.fromEntries(finish(look(lookContext(pid))).kinds.map(({ name, amount }) => [name, amount]));
}

const descriptors = (pid: number) => seen(lookAtDescriptors, pid);
const memory = (pid: number) => seen(lookAtMemory, pid);

describe('connections', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    // Ends each connection at once, as a database does that is restarted.
    server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    return () => server.close();
  });

  test('of a pool that does not notice that the other end has closed are in CLOSE_WAIT to it', async () => {
    const pid = await node(
      `const sockets = Array.from({ length: 20 }, () => require('net').connect({ port: +process.argv[1], allowHalfOpen: true }));
       console.log(sockets.length);
       setInterval(() => {}, 1000);`,
      `${port}`,
    );
    const name = `TCP in CLOSE_WAIT to 127.0.0.1:${port}`;
    await until(() => descriptors(pid)[name] === 20, { what: `20 x ${name}` });
  });

  test.each([
    ['IPv4', '127.0.0.1', '127.0.0.1'],
    ['IPv6', '::1', '[::1]'],
  ])('of a server and its client by %s are told by its port at both ends', async (_, host, shown) => {
    const pid = await node(
      `const { createServer, connect } = require('net');
       const server = createServer(() => {}).listen(0, process.argv[1], () => {
         const { port } = server.address();
         let left = 5;
         for (let at = 0; at < 5; at++) connect(port, process.argv[1], () => --left || console.log(port));
       });`,
      host,
    );
    const kinds = await until(
      () => {
        const now = descriptors(pid);
        return Object.entries(now).some(([name, amount]) => name.startsWith('TCP accepted') && amount === 5) && now;
      },
      { what: '5 accepted connections' },
    );
    const [, own = ''] =
      Object.keys(kinds || {})
        .map((name) => /^TCP listening on :(\d+)$/.exec(name))
        .find(Boolean) ?? [];
    expect(kinds).toMatchObject({
      [`TCP listening on :${own}`]: 1,
      [`TCP accepted on :${own} in ESTABLISHED`]: 5,
      [`TCP in ESTABLISHED to ${shown}:${own}`]: 5,
    });
  });
});

test('clients of a server that has stopped to listen on a high port have no address', async () => {
  const program = spawn(process.execPath, [
    '-e',
    `const kept = [];
     const server = require('net').createServer((socket) => {
       if (kept.push(socket) === 2) server.close(() => {}) && console.log('stopped');
     });
     server.listen(0, '127.0.0.1', () => console.log(server.address().port));`,
  ]);
  programs.push(program);
  const [port] = await once(program.stdout, 'data');
  const clients = [1, 2].map(() => connect({ port: Number(port), host: '127.0.0.1', localAddress: '127.66.77.88' }));
  await once(program.stdout, 'data');
  expect(descriptors(program.pid!)).toMatchObject({ 'TCP in ESTABLISHED, made or accepted': 2 });
  for (const client of clients) client.destroy();
});

test('logs that were deleted and are still held are told as such', async () => {
  const directory = temporaryDirectory('leakwatch-looks-');
  const pid = await node(
    `const fs = require('fs');
     for (let at = 0; at < 12; at++) {
       fs.openSync(process.argv[1] + '/app.log.' + at, 'w');
       fs.unlinkSync(process.argv[1] + '/app.log.' + at);
     }
     console.log();
     setInterval(() => {}, 1000);`,
    directory,
  );
  const [name] = Object.entries(descriptors(pid)).find(([, amount]) => amount === 12)!;
  expect(name).toMatch(/^deleted file .*\/app\.log\.#$/);
});

describe.skipIf(spawnSync('python3', ['--version']).status !== 0)(
  'a program in Python (skipped without python3)',
  () => {
    test('that makes a watcher of files again and again has ever more of inotify', async () => {
      const pid = await python(`import ctypes\nfor _ in range(12): ctypes.CDLL(None).inotify_init()${HOLD}`);
      expect(descriptors(pid)).toMatchObject({ inotify: 12 });
    });

    test('that starts children and does not read what they write has their pipes', async () => {
      const pid = await python(
        `import subprocess\nkept = [subprocess.Popen(['sleep', '1000'], stdout=subprocess.PIPE) for _ in range(3)]${HOLD}`,
      );
      const context = lookContext(pid, {
        processes: childrenOf(pid).map((child) => ({ pid: child, ppid: pid, comm: 'sleep', state: 'S' }) as Stat),
      });
      expect(finish(lookAtDescriptors(context)).kinds).toContainEqual({ name: 'pipe to its child sleep', amount: 3 });
    });

    test('that fills shared memory has its name', async () => {
      const pid = await python(
        `import mmap, os, tempfile
kept = []
for _ in range(3):
    file = tempfile.TemporaryFile(prefix='leakwatch-', dir='/dev/shm')
    file.truncate(${MB})
    kept.append((file, mmap.mmap(file.fileno(), ${MB})))
    kept[-1][1][:] = b'x' * ${MB}${HOLD}`,
      );
      const shared = Object.entries(memory(pid)).filter(([name]) => name.startsWith('shared memory /dev/shm/'));
      expect(shared.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(3 * MB);
    });

    test('whose threads allocate has malloc arenas, and a stack for each thread', async () => {
      const pid = await python(
        `import threading, time
ready = threading.Barrier(6)
def work():
    kept = [bytes(10000) for _ in range(200)]
    ready.wait()
    time.sleep(1000)
for _ in range(5): threading.Thread(target=work, daemon=True).start()
ready.wait()${HOLD}`,
        { PYTHONMALLOC: 'malloc', MALLOC_ARENA_MAX: '8' },
      );
      const kinds = memory(pid);
      expect(kinds['malloc arenas']).toBeGreaterThan(5 * MB);
      expect(kinds['stacks of threads']).toBeGreaterThan(5 * 4096);
    });

    test('that makes code has it', async () => {
      const pid = await python(
        `import mmap
kept = [mmap.mmap(-1, ${MB}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7) for _ in range(3)]
for one in kept: one[:] = b'x' * ${MB}${HOLD}`,
      );
      expect(memory(pid)['code made at run time']).toBeGreaterThanOrEqual(3 * MB);
    });
  },
);
