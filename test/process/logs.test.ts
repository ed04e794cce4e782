/** `leakwatch logs`: the built program on files and on pipes. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { PROGRAM, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { BEGIN, exhaustion, leakingWeb, plateau, stamp } from '../support/heroku-logs.ts';
import { until } from '../support/until.ts';

const directory = temporaryDirectory('leakwatch-logs-');
const LEAK = leakingWeb().text();

function saved(name: string, text: string | Buffer): string {
  writeFileSync(`${directory}/${name}`, text);
  return `${directory}/${name}`;
}

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a saved log', () => {
  test('is reported on in words', async () => {
    const { code, stdout, stderr } = await run(['logs', saved('leak', LEAK)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('\nProbably a memory leak in web.1.\n');
    expect(stdout).toMatch(
      /web\.1: \+38 MB\/h for 9\.5 h, R14 from \d\d:\d\d, 212 H12 from \d\d:\d\d, restarted \d\d:\d\d\n/,
    );
    expect(stdout).toMatch(/^web\.1 +memory +[▁▂▃▄▅▆▇█]{24}/m);
    expect(stdout).not.toContain('\u001b');
  });

  test('is reported on as one JSON object', async () => {
    const { code, stdout, stderr } = await run(['logs', saved('plateau', plateau().text()), '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout);
    expect(report.conclusion).toMatchObject({ kind: 'plateau', text: expect.stringContaining('not a leak') });
    expect(report.findings).toMatchObject([
      { kind: 'plateau', dyno: 'web.1', workers: 3, fit: 1, text: expect.stringContaining('1 fits') },
    ]);
    expect(report.dynos[0].series.map(({ measure }: { measure: string }) => measure)).toEqual([
      'memory',
      'swap',
      'load',
    ]);
    expect(report.lines.unreadable).toBe(0);
  });

  test('is reported on as a page, which replaces the old one', async () => {
    const page = saved('report.html', '<!doctype html>\n<title>leakwatch: old</title>\n');
    const { code } = await run(['logs', saved('exhaustion', exhaustion().text()), '--html', page]);
    expect(code).toBe(0);
    expect(readFileSync(page, 'utf8')).toMatch(
      /^<!doctype html>[\s\S]*Thread or process exhaustion in web\.1\.[\s\S]*<\/html>\n$/,
    );
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test.each<readonly [name: string, content: string | Buffer, says: RegExp]>([
    ['no line', '', /Nothing found/],
    [
      'random bytes',
      Buffer.from(Array.from({ length: 500_000 }, (_, at) => (at * 2_654_435_761) >>> 13)),
      /does not look like a log of dynos/,
    ],
  ])('is a failure if it has %s', async (name, content, says) => {
    const path = saved(name, content);
    const { code, stdout, stderr } = await run(['logs', path]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `leakwatch: ${path} holds no line of a dyno\n` });
    expect(stdout).toMatch(says);
  });

  test.each<readonly [name: string, content: string | Buffer, says: RegExp]>([
    ['frames', leakingWeb().frames(), /Probably a memory leak in web\.1/],
    ['CRLF', LEAK.replaceAll('\n', '\r\n'), /Probably a memory leak in web\.1/],
    ['a line that is cut off', LEAK.slice(0, -100), /Probably a memory leak in web\.1/],
    [
      'a huge line',
      `${LEAK.slice(0, LEAK.lastIndexOf('\n', 100_000) + 1)}${'x'.repeat(3_000_000)}\n${LEAK}`,
      /Probably a memory leak in web\.1[\s\S]*1 lines were not understood/,
    ],
  ])('is read if it has %s', async (name, content, says) => {
    const { code, stdout, stderr } = await run(['logs', saved(name, content)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(says);
  });

  test.each([
    ['is missing', `${directory}/none`, /cannot read the log .*ENOENT/],
    ['is a directory', directory, /cannot read the log .*EISDIR/],
  ])('that %s is a failure in one sentence', async (_, path, says) => {
    const { code, stdout, stderr } = await run(['logs', path]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('whose page cannot be written is a failure', async () => {
    const { code, stderr } = await run(['logs', saved('leak', LEAK), '--html', `${directory}/no/such.html`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^leakwatch: cannot write the page .*ENOENT/);
  });
});

describe('a pipe', () => {
  test('is read to its end', async () => {
    const [fromFile, fromPipe] = await Promise.all([
      run(['logs', saved('leak', LEAK), '--json']),
      run(['logs', '--json'], { stdin: LEAK }),
    ]);
    expect(fromPipe).toEqual(fromFile);
  });

  test('prints news while lines arrive, and a report when it is stopped', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'logs', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
    try {
      child.stdin.write(LEAK);
      await until(() => out.includes('web.1 R14 (Memory quota exceeded)'), { what: 'news of R14' });
      expect(out).toMatch(/^\S+Z web\.1 memory \d+ MB: suspect$/m);
      expect(out).not.toContain('Timeline');
      child.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
      expect(out).toMatch(/Probably a memory leak in web\.1\.[\s\S]*Timeline/);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('is redrawn on a terminal', async () => {
    const fifo = `${directory}/more`;
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    const command = `cat '${saved('leak', LEAK)}' '${fifo}' | '${process.execPath}' '${PROGRAM}' logs`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, TERM: 'xterm' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let shown = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    try {
      await until(() => shown.includes('Probably a memory leak in web.1.'), { what: 'the first drawing' });
      // The log continues, and ends.
      writeFileSync(fifo, `${stamp(BEGIN + 86_400)} heroku[web.9]: Error R14 (Memory quota exceeded)\n`);
      await ended;
    } finally {
      child.kill('SIGKILL');
    }
    const last = shown.slice(shown.lastIndexOf('\u001b[J'));
    expect(shown).toMatch(/\u001b\[\d+A\u001b\[J/);
    expect(last).toContain('Timeline');
    expect(last).toContain('web.9');
  });
});

test('a terminal as standard input is an error that says how to use it', () => {
  const { stdout, status } = spawnSync('script', ['-qec', `'${process.execPath}' '${PROGRAM}' logs`, '/dev/null'], {
    encoding: 'utf8',
  });
  expect(stdout).toContain('heroku logs -t | leakwatch logs');
  expect(status).toBe(64);
});
