/** Files that are no files, or not any more: each option fails in one sentence and soon, or goes on. */
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Daemon, PROGRAM, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { procTree } from '../support/proc-tree.ts';
import { hasOpen } from '../support/processes.ts';
import { until } from '../support/until.ts';

const directory = temporaryDirectory('leakwatch-files-');
afterAll(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);

execFileSync('mkfifo', [at('pipe')]);
mkdirSync(at('directory'));
writeFileSync(at('log'), '2026-11-21T06:28:19.000000+00:00 heroku[web.1]: State changed from starting to up\n');

/** More than the second that a pipe may be without a writer, and far less than for ever. */
const SOON_MS = 15_000;

const WATCH = ['--listen', 'off', '--interval', '200ms'];
const SERVE = ['--listen', '127.0.0.1:0', '--web-config'];
const NOBODY = 'nobody writes to this pipe';

test.each([
  ['--config', 'pipe', [...WATCH, '--config'], 78, NOBODY],
  ['--config', 'directory', [...WATCH, '--config'], 78, 'it is a directory'],
  ['--config', 'missing', [...WATCH, '--config'], 78, 'it does not exist'],
  ['--config', '/dev/zero', [...WATCH, '--config'], 78, 'it is larger than 1 MB'],
  ['--web-config', 'pipe', SERVE, 78, NOBODY],
  ['--web-config', 'directory', SERVE, 78, 'it is a directory'],
  ['--web-config', 'missing', SERVE, 78, 'it does not exist'],
  ['--web-config', '/dev/zero', SERVE, 78, 'it is larger than 1 MB'],
  ['--state', 'pipe', [...WATCH, '--state'], 78, 'it is not a file'],
  ['--state', 'directory', [...WATCH, '--state'], 78, 'it is not a file'],
  ['--state', 'missing/state', [...WATCH, '--state'], 78, 'ENOENT'],
  ['--state', '/dev/null', [...WATCH, '--state'], 78, 'it is not a file'],
  ['--record', 'pipe', [...WATCH, '--record'], 1, 'nobody reads from this pipe'],
  ['--record', 'directory', [...WATCH, '--record'], 1, 'EISDIR'],
  ['--record', 'missing/file', [...WATCH, '--record'], 1, 'ENOENT'],
  ['--html', 'pipe', ['logs', at('log'), '--html'], 1, 'it is not a file'],
  ['--html', 'directory', ['logs', at('log'), '--html'], 1, 'it is not a file'],
  ['--html', 'missing/page', ['logs', at('log'), '--html'], 1, 'ENOENT'],
  ['--html', '/dev/full', ['logs', at('log'), '--html'], 1, 'it is not a file'],
  ['logs', 'pipe', ['logs'], 1, NOBODY],
  ['logs', 'directory', ['logs'], 1, 'EISDIR'],
  ['logs', 'missing', ['logs'], 1, 'ENOENT'],
  ['logs', '/dev/null', ['logs'], 1, 'holds no line of a dyno'],
  ['replay', 'pipe', ['replay'], 1, NOBODY],
  ['replay', 'directory', ['replay'], 1, 'EISDIR'],
  ['replay', 'missing', ['replay'], 1, 'ENOENT'],
  ['replay', '/dev/null', ['replay'], 1, 'holds no sample'],
  ['--procfs', 'directory', [...WATCH, '--procfs'], 1, 'is not a proc file system'],
  ['--procfs', 'missing', [...WATCH, '--procfs'], 1, 'is not a proc file system'],
] as const)('%s %s', async (_, name, args, exitCode, reason) => {
  const path = name.startsWith('/') ? name : at(name);
  const { code, signal, stderr } = await run([...args, path], { timeoutMs: SOON_MS });
  const errors = stderr.split('\n').filter((line) => line.startsWith('leakwatch: '));
  expect({ code, signal, errors }, stderr).toEqual({ code: exitCode, signal: null, errors: [expect.any(String)] });
  expect(errors[0]).toContain(reason);
  expect(errors[0]).toContain(path);
});

test.each(['/dev/full', '/dev/null'])('the page does not replace %s', async (device) => {
  await run(['logs', at('log'), '--html', device], { timeoutMs: SOON_MS });
  expect(execFileSync('stat', ['-c', '%F', device], { encoding: 'utf8' })).toContain('character special file');
});

test('a page replaces the page before, again and again, and what is there for it', async () => {
  writeFileSync(at('page'), '');
  for (let time = 0; time < 3; time++)
    expect(await run(['logs', at('log'), '--html', at('page')])).toMatchObject({ stderr: '', code: 0 });
  expect(readFileSync(at('page'), 'utf8')).toMatch(/^<!doctype html>/i);
  expect(readdirSync(directory).filter((name) => name.startsWith('page'))).toEqual(['page']);
});

/** Runs words of bash, in which `lw` is the program. (In the background it would be a shell, which outlives a kill.) */
async function bash(words: string): Promise<{ code: number | null; output: string }> {
  const script = `lw() { '${process.execPath}' '${PROGRAM}' "$@"; }\n${words}`;
  const child = spawn('bash', ['-c', script], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

const SAMPLES = Array.from({ length: 30 }, (_, tick) => `{"t":${60 * tick},"groups":{"web":{"threads":4}}}\n`).join('');
const HEADER = '{"leakwatch":1,"intervalSeconds":60,"source":"web.1"}\n';

test('what a command writes into a pipe is read, also if it comes late', async () => {
  writeFileSync(at('recording'), HEADER + SAMPLES);
  expect(await bash('lw --config <(sleep 0.3; echo "intervall: 3") --listen off')).toMatchObject({
    code: 78,
    output: expect.stringContaining('unknown key "intervall"'),
  });
  expect(await bash('lw replay <(cat recording; sleep 0.3; cat recording)')).toMatchObject({
    code: 0,
    output: expect.stringContaining('60 samples'),
  });
  expect(await bash('mkfifo later; (sleep 0.3; cat recording > later) & lw replay later')).toMatchObject({ code: 0 });
  expect(await bash('lw logs <(cat log; sleep 0.3; cat log)')).toMatchObject({ code: 0 });
});

test('reading a log from a pipe that is silent ends when it is told', async () => {
  execFileSync('mkfifo', [at('silent')]);
  const writer = spawn('bash', ['-c', `exec 3>'${at('silent')}'; cat '${at('log')}' >&3; sleep 1000`]);
  onTestFinished(() => void writer.kill('SIGKILL'));
  const child = spawn(process.execPath, [PROGRAM, 'logs', at('silent')], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Its signals have listeners by the time at which it opens the log.
  await until(() => hasOpen(child.pid!, at('silent')), { what: 'the log to be opened' });
  child.kill('SIGTERM');
  expect(await Promise.race([ended, setTimeout(SOON_MS, 'not ended', { ref: false })])).toBe(0);
});

test.each(['stat', 'statm', 'status', 'cgroup', 'cmdline', 'limits'])(
  'a pipe in place of %s does not end the samples of a copy of /proc',
  async (name) => {
    const tree = procTree({ processes: [{ pid: 1 }, { pid: 2 }, { pid: 3 }] });
    onTestFinished(() => tree.remove());
    rmSync(join(tree.dir, '2', name), { force: true });
    execFileSync('mkfifo', [join(tree.dir, '2', name)]);
    const daemon = await Daemon.start(['--interval', '100ms', '--procfs', tree.dir]);
    await until(async () => (await daemon.metrics()).value('leakwatch_samples_total')! >= 3, { what: 'samples' });
    expect((await daemon.metrics()).value('leakwatch_samples_failed_total') ?? 0).toBe(0);
    await daemon.stop();
  },
);

const linesOf = (path: string): string[] => (existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []);
const isHeader = (line: string | undefined): boolean => line?.startsWith('{"leakwatch":1,') === true;
const isMoreThanHeader = (path: string) => isHeader(linesOf(path)[0]) && linesOf(path).length >= 4;

test('a recording that is truncated, moved or removed begins again with a header', async () => {
  const path = at('rotated.ndjson');
  const daemon = await Daemon.start(['--interval', '100ms', '--record', path]);
  await until(() => isMoreThanHeader(path), { what: 'a recording' });
  truncateSync(path);
  await until(() => isMoreThanHeader(path), { what: 'a header after copytruncate' });
  renameSync(path, `${path}.1`);
  await until(() => isMoreThanHeader(path), { what: 'a new file' });
  expect(isHeader(linesOf(`${path}.1`)[0])).toBe(true);
  rmSync(path);
  await until(() => isMoreThanHeader(path), { what: 'another new file' });
  expect((await daemon.metrics()).value('leakwatch_dropped_total{what="recording_lines"}')).toBe(0);
  await daemon.stop();
  expect(await run(['replay', path])).toMatchObject({ code: 0, stderr: '' });
});

test('the lines of a recording whose directory is gone are counted, until it is back', async () => {
  mkdirSync(at('passing'));
  const path = at('passing/recording.ndjson');
  const daemon = await Daemon.start(['--interval', '100ms', '--record', path]);
  const dropped = async () => (await daemon.metrics()).value('leakwatch_dropped_total{what="recording_lines"}')!;
  await until(() => isMoreThanHeader(path), { what: 'a recording' });
  rmSync(at('passing'), { recursive: true });
  await until(async () => (await dropped()) >= 3, { what: 'lost lines' });
  mkdirSync(at('passing'));
  await until(() => isMoreThanHeader(path), { what: 'a new file' });
  expect(daemon.log.filter((line) => line.includes('the recording has holes'))).toHaveLength(1);
  await daemon.stop();
});

test('a recording goes into a pipe that is read', async () => {
  execFileSync('mkfifo', [at('taken')]);
  const { output } = await bash(`head -n 3 taken | cut -c1-5 & reader=$!
    '${process.execPath}' '${PROGRAM}' --listen off --interval 100ms --record taken > /dev/null 2>&1 & daemon=$!
    wait $reader; kill $daemon; wait`);
  expect(output).toBe('{"lea\n{"t":\n{"t":\n');
});

test('what was learned at one interval is there again after a run at another', async () => {
  const path = at('state.json');
  const runAt = async (interval: string): Promise<string[]> => {
    const daemon = await Daemon.start(['--listen', 'off', '--interval', interval, '--state', path]);
    await daemon.stop();
    return daemon.log;
  };
  await runAt('1s');
  const learned = readFileSync(path, 'utf8');
  expect(learned).toContain('"intervalSeconds":1,');
  await runAt('200ms');
  await runAt('300ms');
  expect(readFileSync(`${path}.1s`, 'utf8')).toBe(learned);
  const log = await runAt('1s');
  expect(log.some((line) => line.includes('continues with the state learned before'))).toBe(true);
  expect(['', '.1s', '.0.2s', '.0.3s'].map((end) => existsSync(path + end))).toEqual([true, false, true, true]);
});
