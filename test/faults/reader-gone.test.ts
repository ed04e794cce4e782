/** `leakwatch | head -1`: the reader of standard output goes, also of a leakwatch of another user, who cannot open the pipe. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { asUser, noOtherUser, PublicCopy, unusedUid } from '../support/users.ts';

let copy: PublicCopy;
beforeAll(() => {
  copy = new PublicCopy();
});
afterAll(() => copy?.remove());

const noUser = noOtherUser();
if (noUser !== undefined) console.log(`another user is not tested: ${noUser}`);
const USERS = ['the same user', ...(noUser === undefined ? ['another user'] : [])];

function start(user: string, listen: string) {
  const prefix = user === 'another user' ? asUser(unusedUid()) : ['env'];
  const [first = '', ...rest] = [...prefix, copy.program, '--interval', '100ms', '--listen', listen];
  const child = spawn(first, rest, { cwd: copy.dir, env: { PATH: copy.path }, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test.each(USERS)('it ends with its only reader (%s)', async (user) => {
  const child = start(user, 'off');
  const said = text(child.stderr);
  const exit = once(child, 'exit');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  expect(await exit).toEqual([0, null]);
  expect(await said).toContain('EPIPE');
});

test.each(USERS)('with an HTTP server it goes on (%s)', async (user) => {
  const child = start(user, '127.0.0.1:0');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (more) => {
    said += more;
  });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await until(() => said.includes('EPIPE'), { what: 'it to notice' });
  const address = /"address":"([^"]+)"/.exec(said)?.[1];
  const samples = async (): Promise<number> =>
    Number(/^leakwatch_samples_total (\d+)/m.exec(await (await fetch(`${address}/metrics`)).text())?.[1]);
  const before = await samples();
  expect(before).toBeGreaterThan(0);
  await until(async () => (await samples()) > before + 5, { what: 'further samples' });
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});
