/**
 * A neighbour on the host gives its processes names that a terminal, a browser or an editor would obey or hide, and has
 * zombies, so that its names are told. No output of the program has such a character in it.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Daemon, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { childrenOf, statOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** C1, line and paragraph separators, overrides, isolates, no width, a tag. The kernel keeps 15 bytes of each. */
const NAMES = ['a\u009b2Jb', 'a\u2028\u2029b', 'a\u202eb\u2066c', 'a\u200b\u2060b', 'a\u{e0041}\ufeffb'];
const HARMFUL = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

async function neighbour(directory: string, name: string): Promise<number> {
  const program = join(directory, name);
  copyFileSync('/usr/bin/sleep', program);
  // The shell becomes the program, which does not wait for the child.
  const child = spawn('sh', ['-c', 'sleep 0.01 & exec "$0" 600', program], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(() => childrenOf(child.pid!).some((pid) => statOf(pid)?.state === 'Z'), { what: 'a zombie' });
  return child.pid!;
}

test('names of programs reach no output as they are', async () => {
  const directory = temporaryDirectory('leakwatch-names-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const pids: number[] = [];
  for (const name of NAMES) pids.push(await neighbour(directory, name));

  const daemon = await Daemon.start(['--interval', '200ms', '--log-format', 'json']);
  onTestFinished(() => daemon.kill());
  const report = await until(
    async () => {
      const text = await (await daemon.get('/api/v1/report')).text();
      return pids.every((pid) => text.includes(`"pid":${pid}`)) && text;
    },
    { what: 'all five in the report' },
  );
  const metrics = (await daemon.metrics()).text;
  await daemon.stop();
  const outputs = {
    report,
    metrics,
    lines: daemon.lines.join('\n'),
    log: daemon.log.join('\n'),
    snapshot: (await run(['snapshot'])).stdout,
    json: (await run(['snapshot', '--json'])).stdout,
    doctor: (await run(['doctor'])).stdout,
  };
  for (const [what, text] of Object.entries(outputs))
    expect([what, HARMFUL.exec(text as string)]).toEqual([what, null]);
  // They are told all the same: as escapes of JSON, and in words.
  expect(outputs.report).toContain('"comm":"a\\u202eb\\u2066c"');
  expect(outputs.snapshot).toContain('a\\u{202e}b\\u{2066}c');
});
