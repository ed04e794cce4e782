/** An open stat file of the real /proc belongs to its process, even if the pid is used again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { FileReader } from '../../src/sources/proc/file.ts';
import { KeptStats, NOT_OPEN } from '../../src/sources/proc/kept-stats.ts';

test('the stat of a process that ended is not read any more, and its file is closed', async () => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const stats = new KeptStats(new FileReader());
  stats.bound({ most: 1, nofile: 1024 });
  const owner = { directory: `/proc/${child.pid}`, statFd: NOT_OPEN };
  const read = () => stats.read(owner);
  expect(read()).toBeGreaterThan(0);
  expect(read()).toBeGreaterThan(0);
  expect(stats.size).toBe(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect([read(), stats.reason, stats.size]).toEqual([-1, 'vanished', 0]);
});
