// The entry point. libuv creates its thread pool at the first use, with UV_THREADPOOL_SIZE threads or 4. Node's module
// loader already uses it, so the size is set here before any module is loaded, and this file is CommonJS. One thread is
// enough and counts least against the limit that is watched. The pool is created now, because libuv aborts the process
// if it cannot create it later.
process.env.UV_THREADPOOL_SIZE = '1';
process.getBuiltinModule('node:fs').stat('/', () => undefined);
delete process.env.UV_THREADPOOL_SIZE;
// A signal that comes before main.ts knows the command waits in libuv's pipe. Then the command's own listener takes it;
// a command that has none dies of it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
// leakwatch.sh hands over descriptors. The first has the variables that are taken over, each before a line `=`. The others
// are the application's, after `leakwatch exec`, and are closed: somebody may wait for the end of a pipe or for a lock.
const descriptors = process.env.LEAKWATCH_INHERITED?.match(/\d+/g);
if (descriptors) {
  delete process.env.LEAKWATCH_INHERITED;
  const { closeSync, readFileSync } = process.getBuiltinModule('node:fs');
  for (const variable of readFileSync(Number(descriptors[0]), 'utf8').split('\n=\n')) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(variable) ?? [];
    if (name !== undefined) process.env[name] = value;
  }
  for (const fd of new Set(descriptors)) closeSync(Number(fd));
}
import('./main.ts');
