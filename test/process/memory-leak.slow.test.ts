/** A real program that leaks memory is found. It takes more than a minute and a half to be certain of it. */
import { expect, test } from 'vitest';
import { MB, testLeaks } from '../support/leaking-host.ts';

const host = testLeaks([
  {
    kind: 'memory',
    metrics: ['rss', 'anon'],
    code: 'W12',
    desc: 'memory_leak',
    step: { memory: 3 * MB },
  },
]);

test('the alert says of what kinds the memory is', async () => {
  expect((await host.standingAlert('memory', 'W12')).culprit).toMatchObject({
    look: {
      at: 'memory',
      kinds: expect.arrayContaining([{ name: expect.stringMatching(/anonymous/), amount: expect.any(Number) }]),
    },
  });
});

test('the daemon stops when it is told to', () => host.daemon.stop());
