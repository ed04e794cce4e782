/**
 * The short form of `npm run soak`: leakwatch's own threads, descriptors and memory over eight hours of ticks, judged by
 * its own detector; and that the soak finds leaks which are planted in the program.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOAK = fileURLToPath(new URL('../../bench/soak/run.js', import.meta.url));

interface Soaked {
  readonly code: number;
  readonly output: string;
  /** The verdicts on each figure, one after the other, as `learning`, `ok`, ... */
  readonly verdicts: Readonly<Record<string, readonly string[]>>;
}

function soak(...args: readonly string[]): Promise<Soaked> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SOAK, ...args], (error, stdout, stderr) => {
      const rows = [...stdout.matchAll(/^\| (\w+) +\|.*\| (learning .*?) *\|$/gm)];
      resolve({
        code: error ? Number(error.code) : 0,
        output: stdout + stderr,
        verdicts: Object.fromEntries(rows.map(([, name, text]) => [name, text!.match(/[a-z]+/g) ?? []])),
      });
    });
  });
}

test('over 1,500 ticks on a busy host it never suspects itself, and accounts for every sample', async () => {
  const { code, output, verdicts } = await soak('--ticks', '1500');
  const steady = ['learning', 'ok'];
  expect(verdicts, output).toEqual({ threads: steady, fds: steady, rss: steady, anon: steady, heap: steady });
  expect(output).toMatch(/^samples: 1500 due, 1500 taken, 0 late, 0 failed$/m);
  expect(code, output).toBe(0);
});

test('leaks that are planted in it are found', async () => {
  // A first life is no leak in its first six hours, which are 1,080 ticks; memory not in its first thirty, for which a run
  // of a week is needed (`npm run soak -- --plant heap`).
  const { code, output, verdicts } = await soak('--ticks', '1600', '--plant', 'fds,threads');
  expect(verdicts.threads?.at(-1), output).toBe('leak');
  expect(verdicts.fds?.at(-1), output).toBe('leak');
  expect(code).toBe(1);
});
