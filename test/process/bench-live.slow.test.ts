/** `npm run bench:live` with two of its programs: it tells them apart, says what it has not run, and leaves nothing behind. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BENCH = fileURLToPath(new URL('../../bench/live/run.js', import.meta.url));

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr, rows: stdout.split('\n').filter((line) => line.startsWith('| ')) };
}

test('a leaking program and a healthy one are told apart', () => {
  const { status, rows, stderr } = bench('--only', 'zombies-perl', '--only', 'files-bounded', '--minutes', '0.3');
  expect(rows, stderr).toHaveLength(3);
  expect(rows.find((row) => row.startsWith('| zombies-perl '))).toMatch(
    /\| leak: W11 +\| leak: W11 +\| +\d+ min \| yes +\|$/,
  );
  expect(rows.find((row) => row.startsWith('| files-bounded '))).toMatch(/\| no leak .*\| yes +\|$/);
  expect(status).toBe(0);
});

test('what was not said of a leak in time is wrong', () => {
  const { status, rows } = bench('--only', 'files', '--minutes', '0.05');
  expect(rows.at(-1)).toMatch(/\| NO +\|$/);
  expect(status).toBe(1);
});

test('a program that is not there is refused', () => {
  expect(bench('--only', 'nothing')).toMatchObject({ status: 1, stderr: 'bench:live: no program is called nothing\n' });
});
