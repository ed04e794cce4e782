/** The benchmarks run on the built program: each part of a tick is measured, constants can be changed, verdicts are judged. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { variantOf } from '../../bench/detection/constant.js';
import { loadModule } from '../../bench/modules.js';
import { temporaryDirectory } from '../support/files.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');

function run(script: string, args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bench', script), ...args], {
    encoding: 'utf8',
    input,
  });
  return { status, stdout, stderr, rows: stdout.split('\n').filter((line) => line.startsWith('| ')) };
}

test('drivers/parts.js measures every part of a tick with the modules of the build', () => {
  const { stdout, stderr } = run('drivers/parts.js', [DIST], '1\n');
  expect(stderr).toBe('');
  const parts = JSON.parse(stdout) as Record<string, number>;
  expect(Object.keys(parts)).toEqual([
    'read /proc',
    'tree and groups',
    'series and verdicts',
    'log lines',
    'metrics, if scraped',
  ]);
  expect(Object.values(parts).every((microseconds) => microseconds > 0)).toBe(true);
});

test('logs.js compares the speeds of reading each kind of log', () => {
  const { rows, stderr } = run('logs.js', ['--rounds', '1', '--megabytes', '0.5']);
  expect(rows, stderr).toHaveLength(4);
  expect(rows.at(-1)).toMatch(/ MB\/s \| +[\d.]+ MB\/s \| +[\d.]+ \|$/);
});

describe('another value of a constant', () => {
  const variant = (change: string) => {
    const copy = temporaryDirectory('bench-variant-');
    onTestFinished(() => rmSync(copy, { recursive: true }));
    return variantOf(DIST, change, copy);
  };

  test('is that of the copy, and the build stays as it is', async () => {
    const { dist, text } = variant('LEAST_ZOMBIES=77');
    expect(text).toBe('trend/zombies.LEAST_ZOMBIES = 77 (was 3)');
    const source = (folder: string) => readFileSync(join(folder, 'trend/zombies.js'), 'utf8');
    expect(source(dist)).toBe(source(DIST).replace('LEAST_ZOMBIES = 3;', 'LEAST_ZOMBIES = 77;'));
    expect(source(DIST)).toContain('LEAST_ZOMBIES = 3;');
    expect(Object.keys(await loadModule(dist, 'verdict/judge.js'))).toContain('Judge');
  });

  test('needs the module where several have that name', () => {
    expect(() => variant('STEP_SHARE=0.3')).toThrow(/^which of .*trend\/climb\.STEP_SHARE.* is meant\?$/);
    expect(variant('climb.STEP_SHARE=0.3').text).toBe('trend/climb.STEP_SHARE = 0.3 (was 0.4)');
  });

  test('is refused where there is no such constant, or no value', () => {
    expect(() => variant('NOTHING=1')).toThrow(/defines the constant NOTHING/);
    expect(() => variant('WALK')).toThrow(/takes NAME=VALUE/);
  });

  test('is compared with the build on the tuning seeds', () => {
    const { rows, stderr } = run('detection/run.js', [
      ...['--constant', 'LEAST_ZOMBIES=100000', '--quick', '--only', 'clear-zombies', '--processes', '1'],
    ]);
    const [, before, after] = rows;
    expect(before, stderr).toMatch(/^\| as it is .*\| +6 of 6 +\|/);
    expect(after, stderr).toMatch(/LEAST_ZOMBIES = 100000 \(was 3\).*\| +0 of 6 +\|/);
  });
});

describe('live/run.js', () => {
  const live = (...args: string[]) => run('live/run.js', args);

  test('tells a leaking program and a healthy one apart', () => {
    const { status, rows, stderr } = live('--only', 'zombies-perl', '--only', 'files-bounded', '--minutes', '0.3');
    expect(rows, stderr).toHaveLength(3);
    expect(rows.find((row) => row.startsWith('| zombies-perl '))).toMatch(
      /\| leak: W11 +\| leak: W11 +\| +\d+ min \| yes +\|$/,
    );
    expect(rows.find((row) => row.startsWith('| files-bounded '))).toMatch(/\| no leak .*\| yes +\|$/);
    expect(status).toBe(0);
  });

  test('counts a leak that was not found in time as wrong', () => {
    const { status, rows } = live('--only', 'files', '--minutes', '0.05');
    expect(rows.at(-1)).toMatch(/\| NO +\|$/);
    expect(status).toBe(1);
  });

  test('refuses a program that it does not have', () => {
    expect(live('--only', 'nothing')).toMatchObject({
      status: 1,
      stderr: 'bench:live: no program is called nothing\n',
    });
  });
});
