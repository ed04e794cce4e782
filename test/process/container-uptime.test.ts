/** In a container whose /proc/uptime is lxcfs's: it counts from the start of the container. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/files.ts';

const SCRIPT = `
  mount --bind "$2" /proc/uptime || exit 77
  exec "$0" --input-type=module -e '
    const { ProcSource } = await import(process.argv[1]);
    console.log((await new ProcSource({ procfs: "/proc" }).sample()).clockSeconds);
  ' "$1"
`;

const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

test.skipIf(!canMount)('the time is that of process start times, whatever /proc/uptime says', () => {
  const directory = temporaryDirectory('leakwatch-uptime-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const fake = join(directory, 'uptime');
  writeFileSync(fake, '0.50 0.50\n');
  const source = new URL('../../dist/sources/proc/proc-source.js', import.meta.url).href;
  const words = ['--mount', 'sh', '-c', SCRIPT, process.execPath, source, fake];
  const { stdout, stderr, status } = spawnSync('unshare', words, { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const start = spawnSync('sh', ['-c', 'cut -d" " -f22 /proc/self/stat'], { encoding: 'utf8' });
  expect(Math.abs(Number(stdout) - Number(start.stdout) / 100)).toBeLessThan(5);
});
