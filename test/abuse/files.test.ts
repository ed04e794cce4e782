/**
 * What another user of the host can make leakwatch write to or read, with links and files where it is going to write.
 * The directory is one that everybody may write to, as the worst that a user can choose. Needs root, to be two users.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Daemon, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { until } from '../support/until.ts';
import { asUser, noOtherUser, unusedUid } from '../support/users.ts';

const root = temporaryDirectory('leakwatch-attacked-');
const open = join(root, 'open');
const LOG = join(root, 'log');
const VICTIM = join(root, 'victim');
writeFileSync(LOG, '2026-11-21T06:28:19.000000+00:00 heroku[web.1]: State changed from starting to up\n');
afterAll(() => rmSync(root, { recursive: true }));

const WATCH = ['--listen', 'off', '--interval', '100ms'];

interface Output {
  readonly option: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  /** A file that leakwatch has written itself. */
  readonly own: string;
}

const OUTPUTS: readonly Output[] = [
  { option: '--state', args: WATCH, exitCode: 78, own: '{"leakwatch-state":1,"intervalSeconds":0.1,"groups":[\n]}\n' },
  { option: '--record', args: WATCH, exitCode: 1, own: '{"leakwatch":1,"intervalSeconds":0.1,"source":"x"}\n' },
  { option: '--html', args: ['logs', LOG], exitCode: 1, own: '<!doctype html>\n<head>\n<title>leakwatch: x</title>\n' },
];

const reason = noOtherUser();
if (reason !== undefined) console.log(`files of other users are not tested: ${reason}`);
const uid = reason === undefined ? unusedUid() : 0;
const asNeighbour = (...words: readonly string[]): void => {
  const [program = '', ...rest] = [...asUser(uid), ...words];
  execFileSync(program, rest);
};

beforeEach(() => {
  rmSync(open, { recursive: true, force: true });
  mkdirSync(open);
  chmodSync(open, 0o777);
  writeFileSync(VICTIM, 'root:x:0:0\n');
  chmodSync(VICTIM, 0o644);
});

describe.each(OUTPUTS)('$option', ({ option, args, exitCode, own }) => {
  const path = join(open, 'target');

  /** Runs it to its end, which it reaches by itself only where the file is refused. */
  async function expectRefused(because: string): Promise<void> {
    const { code, signal, stderr } = await run([...args, option, path], { timeoutMs: 15_000 });
    const errors = stderr.split('\n').filter((line) => line.startsWith('leakwatch: '));
    expect({ code, signal, errors }, stderr).toEqual({ code: exitCode, signal: null, errors: [expect.any(String)] });
    expect(errors[0]).toContain(`${path}: ${because}`);
    expect(readFileSync(VICTIM, 'utf8')).toBe('root:x:0:0\n');
  }

  /** Until it has written. */
  async function write(): Promise<void> {
    if (args !== WATCH) {
      expect(await run([...args, option, path])).toMatchObject({ code: 0, stderr: '' });
      return;
    }
    const daemon = await Daemon.start([...args, option, path]);
    await daemon.line((line) => line.includes('sample#'), { what: 'a sample' });
    await daemon.stop();
  }

  test('makes its file for its user alone, whatever the umask, and leaves nothing beside it', async () => {
    const umask = process.umask(0);
    try {
      await write();
    } finally {
      process.umask(umask);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(open)).toEqual(['target']);
    await write();
    expect(readdirSync(open)).toEqual(['target']);
  });

  test.skipIf(reason !== undefined)('does not follow a link of another user', async () => {
    asNeighbour('ln', '-s', VICTIM, path);
    await expectRefused('it is a symbolic link');
  });

  test.skipIf(reason !== undefined)('makes no file where a link of another user leads', async () => {
    const missing = join(root, 'made-by-a-link');
    asNeighbour('ln', '-s', missing, path);
    await expectRefused('it is a symbolic link');
    expect(existsSync(missing)).toBe(false);
  });

  test('does not follow a link of its own user either', async () => {
    symlinkSync(VICTIM, path);
    await expectRefused('it is a symbolic link');
  });

  test.skipIf(reason !== undefined)('is not fooled by a link beside its file', async () => {
    asNeighbour('ln', '-s', VICTIM, `${path}.new`);
    await write();
    expect(readFileSync(VICTIM, 'utf8')).toBe('root:x:0:0\n');
    expect(lstatSync(`${path}.new`).isSymbolicLink()).toBe(true);
  });

  test.each(['', own])('does not take a file of another user: %j', async (text) => {
    if (reason !== undefined) return;
    writeFileSync(path, text);
    chmodSync(path, 0o666);
    chownSync(path, uid, uid);
    await expectRefused(`it belongs to another user (uid ${uid})`);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test.each([
    ['a configuration', 'interval: 20s\n'],
    ['a log', '{"t":{"$date":"2026-11-21T06:28:19.000+00:00"},"s":"I"}\n'],
    ['a page of somebody', '<!doctype html>\n<head>\n<title>My page</title>\n'],
    ['bytes', '\0\0\0\0'],
  ])('leaves a file that is not its own: %s', async (_, text) => {
    writeFileSync(path, text);
    await expectRefused('it is not a');
    expect([readFileSync(path, 'utf8'), readdirSync(open)]).toEqual([text, ['target']]);
  });

  test('takes an empty file, and leaves it to those who may read it', async () => {
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    await write();
    expect(statSync(path)).toMatchObject({ mode: 0o100644 });
    expect(readFileSync(path, 'utf8').slice(0, 11)).toBe(own.slice(0, 11));
  });

  test('does not write to another name of a file', async () => {
    linkSync(VICTIM, path);
    await expectRefused(option === '--record' ? 'it has a second name' : 'it is not a');
  });

  test('refuses a socket', async () => {
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
    await until(() => existsSync(path), { what: 'a socket' });
    await expectRefused('it is not a file');
  });

  test.skipIf(reason !== undefined)('refuses a pipe of another user, also one that is read', async () => {
    asNeighbour('mkfifo', path);
    const held = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(held));
    await expectRefused(option === '--record' ? `it belongs to another user (uid ${uid})` : 'it is not a file');
    expect(readSync(held, Buffer.alloc(9))).toBe(0);
  });
});

test.skipIf(reason !== undefined)(
  'a recording that was swapped for a link while it runs goes nowhere, and that is counted',
  async () => {
    const path = join(open, 'target');
    const daemon = await Daemon.start(['--interval', '100ms', '--record', path]);
    onTestFinished(() => daemon.kill());
    await until(() => readFileSync(path, 'utf8').split('\n').length > 3, { what: 'a recording' });
    asNeighbour('mv', path, `${path}.moved`);
    asNeighbour('ln', '-s', VICTIM, path);
    const lost = async () => (await daemon.metrics()).value('leakwatch_dropped_total{what="recording_lines"}')! >= 3;
    await until(lost, { what: 'lost lines' });
    expect(readFileSync(VICTIM, 'utf8')).toBe('root:x:0:0\n');
    await daemon.stop();
  },
);

test.skipIf(reason !== undefined)(
  'a state that was swapped for a link while it runs is not written through it',
  async () => {
    const path = join(open, 'target');
    const daemon = await Daemon.start([...WATCH, '--state', path]);
    onTestFinished(() => daemon.kill());
    asNeighbour('ln', '-sf', VICTIM, path);
    await daemon.stop();
    expect(readFileSync(VICTIM, 'utf8')).toBe('root:x:0:0\n');
    expect(daemon.log.join('\n')).toContain('it is a symbolic link');
  },
);
