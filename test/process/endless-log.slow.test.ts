/** `leakwatch logs` on a pipe that never ends. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROGRAM } from '../support/daemon.ts';
import { BEGIN, LogBook, request, stamp } from '../support/heroku-logs.ts';

test('a pipe without an end does not fill the memory of `leakwatch logs`', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'logs', '--json'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const residentBytes = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024;
  child.stdin.on('error', () => {});
  const feed = async (from: number, megabytes: number): Promise<void> => {
    for (let i = from; i < from + megabytes; i++) {
      const book = new LogBook(i);
      for (let n = 0; n < 2500; n++)
        request(book, BEGIN + 100 * i + n / 25, {
          dyno: `web.${(n * i) % 900}`,
          ...(n % 3 === 0 && { code: 'H12' }),
        });
      const odd = `${stamp(BEGIN + 100 * i)} heroku[run.${i}]: State changed from starting to up\n${'y'.repeat(100_000)}\n`;
      if (!child.stdin.write(book.text() + odd)) await new Promise((resolve) => child.stdin.once('drain', resolve));
    }
  };
  try {
    await feed(0, 30);
    const before = residentBytes();
    await feed(30, 60);
    expect(residentBytes() - before).toBeLessThan(40 * 2 ** 20);
  } finally {
    child.kill('SIGKILL');
  }
});
