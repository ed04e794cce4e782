import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Denials } from '../../src/web/denials.ts';
import { daemonLog } from '../support/daemon-log.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** How long the answer to a denial is held back, in milliseconds. */
async function waitOf(denials: Denials, address: string): Promise<number> {
  const begun = performance.now();
  let waited: number | undefined;
  denials.hold(address, begun).then(() => {
    waited = performance.now() - begun;
  });
  for (let step = 0; step < 100 && waited === undefined; step++) await vi.advanceTimersByTimeAsync(500);
  return waited!;
}

test('an address waits longer with each denial, up to a limit', async () => {
  const denials = new Denials(daemonLog());
  const waits: number[] = [];
  for (let at = 0; at < 12; at++) waits.push(await waitOf(denials, '10.0.0.1'));
  expect(waits.slice(0, 3).every((wait) => wait < 500)).toBe(true);
  expect(waits.slice(3)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 16_000, 16_000, 16_000]);
  // Another address, and the same one after a quarter of an hour.
  expect(await waitOf(denials, '10.0.0.2')).toBeLessThan(500);
  await vi.advanceTimersByTimeAsync(15 * 60_000);
  expect(await waitOf(denials, '10.0.0.1')).toBeLessThan(500);
});

test('all addresses of an IPv6 host are one', async () => {
  const denials = new Denials(daemonLog());
  for (const end of ['1', '2', 'a:b:c:d']) await waitOf(denials, `2001:db8::${end}`);
  expect(await waitOf(denials, '2001:db8::ffff')).toBe(500);
  expect(await waitOf(denials, '2001:db8:0:1::1')).toBeLessThan(500);
});

test('no more than 32 answers are held back: the oldest is sent', async () => {
  const denials = new Denials(daemonLog());
  for (let at = 0; at < 9; at++) await waitOf(denials, '10.0.0.1');
  const sent: number[] = [];
  for (let at = 0; at < 40; at++) void denials.hold('10.0.0.1', performance.now()).then(() => sent.push(at));
  await vi.advanceTimersByTimeAsync(1);
  expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  await vi.advanceTimersByTimeAsync(16_000);
  expect(sent).toHaveLength(40);
});

test('the log has a line a minute, with the number and the name, but no password', () => {
  const lines: object[] = [];
  const denials = new Denials(daemonLog({ warn: (fields) => lines.push(fields) }));
  const minute = 60_000;
  denials.count({ address: '10.0.0.1', name: 'al\u001b[31mice' }, 0);
  denials.count({ address: '10.0.0.1', name: 'bob' }, 1);
  denials.count({ address: '10.0.0.2' }, minute - 1);
  denials.tell(minute - 1);
  expect(lines).toEqual([{ denied: 1, address: '10.0.0.1', user: 'al\\u{1b}[31mice' }]);
  denials.tell(minute);
  denials.tell(3 * minute);
  expect(lines.slice(1)).toEqual([{ denied: 2, address: '10.0.0.2' }]);
});
