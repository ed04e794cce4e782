// The entry of the program. libuv makes its thread pool at the first use, with as many threads as this variable says
// and 4 where it says nothing, and Node's loader of modules is already a user: hence before any module is loaded, and
// hence not a module itself. One thread is enough, because threads count against the very limit that we watch; and the
// pool has to exist early, because libuv aborts the program where it cannot make it.
if (!process.env.UV_THREADPOOL_SIZE) {
  process.env.UV_THREADPOOL_SIZE = '1';
  process.getBuiltinModule('node:fs').stat('/', () => undefined);
  // The programs that we start are none of our business.
  delete process.env.UV_THREADPOOL_SIZE;
}
// `leakwatch exec` gives us what the application has open. Whoever waits for its end, or for its lock, must not wait for us.
const inherited = process.env.LEAKWATCH_INHERITED;
if (inherited !== undefined) {
  delete process.env.LEAKWATCH_INHERITED;
  for (const fd of inherited.match(/\d+/g) ?? []) process.getBuiltinModule('node:fs').closeSync(Number(fd));
}
import('./main.ts');
