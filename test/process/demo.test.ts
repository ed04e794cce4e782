/** `leakwatch demo` leaves no process behind, however it is ended. */
import { describe, expect, test } from 'vitest';
import { demo, type RunningDemo } from '../support/demo.ts';
import { readOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

const leaks = ({ left }: RunningDemo, kind: string): boolean =>
  left().some((pid) => readOf(pid, 'comm') === `${`leaky-${kind}`.slice(0, 15)}\n`);

describe('a demo that is interrupted', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s ends its processes first', async (signal) => {
    const finished = await demo('processes', {
      meanwhile: async (running) => {
        await until(() => leaks(running, 'processes') && running.left().length > 4, { what: 'a few processes' });
        running.kill(signal);
      },
    });
    expect(finished).toMatchObject({ code: 0, signal: null });
    await until(() => finished.left().length === 0, { what: 'its processes to be gone' });
  });

  test.each(['threads', 'zombies', 'processes'])('by SIGKILL leaves no leak of %s running', async (kind) => {
    const { signal, left } = await demo(kind, {
      meanwhile: async (running) => {
        const few = kind === 'processes' ? 5 : 2;
        await until(() => leaks(running, kind) && running.left().length >= few, { what: 'the leak' });
        running.kill('SIGKILL');
      },
    });
    expect(signal).toBe('SIGKILL');
    await until(() => left().length === 0, { what: 'its processes to be gone' });
  });
});
