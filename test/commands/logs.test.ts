/** `leakwatch logs` on files. Standard input belongs to the process: pipes are tested in test/process/logs.test.ts. */
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { runLogs } from '../../src/commands/logs.ts';
import { temporaryDirectory } from '../support/files.ts';
import { exhaustion } from '../support/heroku-logs.ts';
import { type InvokeOptions, invoke } from './invoke.ts';

const directory = temporaryDirectory('leakwatch-logs-');
const LOG = `${directory}/log`;
writeFileSync(LOG, exhaustion().text());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const logs = (args: readonly string[], options?: InvokeOptions) => invoke(runLogs, ['logs', ...args], options);

test('a report in words has colours only on a terminal', async () => {
  const plain = await logs([LOG]);
  expect(plain).toMatchObject({ code: 0, stderr: '', failure: undefined });
  expect(plain.stdout).toContain('\nThread or process exhaustion in web.1');
  expect(plain.stdout).not.toContain('\u001b');
  const onTerminal = await logs([LOG], { isTerminal: true });
  expect(onTerminal.stdout).toContain('\u001b[');
  expect(onTerminal.stdout.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.stdout);
  expect((await logs([LOG], { isTerminal: true, env: { NO_COLOR: '1' } })).stdout).toBe(plain.stdout);
});

test('a report as JSON is one line, on a terminal as well', async () => {
  for (const isTerminal of [false, true]) {
    const { code, stdout } = await logs([LOG, '--json'], { isTerminal });
    expect(code).toBe(0);
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1);
    expect(JSON.parse(stdout).findings).toMatchObject([{ kind: 'exhaustion', dyno: 'web.1' }]);
  }
});

test('--html writes the page beside the report, with the version, and leaves no unfinished file', async () => {
  const page = `${directory}/report.html`;
  const { code, stdout } = await logs([LOG, '--html', page]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: (await logs([LOG])).stdout });
  expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>[\s\S]*1\.2\.3[\s\S]*<\/html>\n$/);
  expect(readdirSync(directory).toSorted()).toEqual(['log', 'report.html']);
});

test('a page that cannot be written is a failure, and there is no report', async () => {
  expect(await logs([LOG, '--html', `${directory}/no/such.html`])).toMatchObject({
    code: 1,
    stdout: '',
    failure: expect.stringMatching(/^cannot write the page \S+\/no\/such\.html: ENOENT/),
  });
});

test.each([
  ['is missing', `${directory}/none`, 'ENOENT'],
  ['is a directory', directory, 'EISDIR'],
])('a log that %s is a failure', async (_, path, reason) => {
  expect(await logs([path])).toMatchObject({
    code: 1,
    stdout: '',
    failure: expect.stringMatching(new RegExp(`^cannot read the log ${path}: ${reason}`)),
  });
});

test('told to stop, it reports on what it has read so far', async () => {
  const { code, stdout, failure } = await logs([LOG], { signal: AbortSignal.abort() });
  expect({ code, failure }).toEqual({ code: 0, failure: undefined });
  expect(stdout).toContain('Nothing found');
});

test.each([
  ['nothing', ''],
  ['garbage', 'lorem ipsum\n\u0000\u0001dolor\n'],
])('a log of %s is a failure, after its report', async (_, content) => {
  const path = `${directory}/garbage`;
  writeFileSync(path, content);
  const failed = { code: 1, failure: `${path} holds no line of a dyno` };
  expect(await logs([path])).toMatchObject({ ...failed, stdout: expect.stringContaining('Nothing found') });
  expect(await logs([path, '--json'])).toMatchObject({ ...failed, stdout: expect.stringMatching(/^\{.*\}\n$/) });
});

test('a compressed log is read as it was before', async () => {
  const packed = `${directory}/log.gz`;
  writeFileSync(packed, gzipSync(readFileSync(LOG)));
  expect((await logs([packed])).stdout).toBe((await logs([LOG])).stdout);
  writeFileSync(packed, gzipSync(readFileSync(LOG)).subarray(0, 1000));
  expect(await logs([packed])).toMatchObject({ code: 1, failure: expect.stringContaining('unexpected end of file') });
});

test('a log that PowerShell saved is read as it was before', async () => {
  const wide = `${directory}/log.utf16`;
  writeFileSync(wide, Buffer.from(`\ufeff${readFileSync(LOG, 'utf8')}`, 'utf16le'));
  const [plain, read] = [await logs([LOG]), await logs([wide])];
  expect(read.stdout).toBe(plain.stdout);
});

test('a year that is missing is that of the time when the file was changed, and the report says so', async () => {
  const path = `${directory}/without-year`;
  const told = async (changed: string): Promise<string> => {
    writeFileSync(path, 'Jan 08 08:55:11 shop heroku/web.1: Error R14 (Memory quota exceeded)\n');
    utimesSync(path, new Date(changed), new Date(changed));
    return (await logs([path])).stdout;
  };
  expect(await told('2015-06-01')).toContain('\nThe lines have no year: 2015 was assumed');
  expect(await told('2010-01-08')).toContain('2010 was assumed');
  // A file whose time was lost.
  expect(await told('2009-12-31')).not.toContain('2009 was assumed');
});
