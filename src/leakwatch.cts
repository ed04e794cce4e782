// The entry point. libuv creates its thread pool at the first use, with UV_THREADPOOL_SIZE threads or 4. Node's module
// loader already uses it, so the size is set here before any module is loaded, and this file is CommonJS. One thread is
// enough and counts least against the limit that is watched. The pool is created now, because libuv aborts the process
// if it cannot create it later.
if (!process.env.UV_THREADPOOL_SIZE) {
  process.env.UV_THREADPOOL_SIZE = '1';
  process.getBuiltinModule('node:fs').stat('/', () => undefined);
  // Programs that are started from here keep their own size.
  delete process.env.UV_THREADPOOL_SIZE;
}
// A signal that comes before main.ts knows the command waits in libuv's pipe. Then the command's own listener takes it;
// a command that has none dies of it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
// After `leakwatch exec` this process inherits the descriptors of the application. They are closed, because somebody
// may wait for the end of a pipe or for a lock that the application holds.
const inherited = process.env.LEAKWATCH_INHERITED;
if (inherited !== undefined) {
  delete process.env.LEAKWATCH_INHERITED;
  for (const fd of inherited.match(/\d+/g) ?? []) process.getBuiltinModule('node:fs').closeSync(Number(fd));
}
import('./main.ts');
