/** The outputs of a run: what one of them does, or fails to do, is no other's business. */
import { expect, test } from 'vitest';
import { type Sink, Sinks } from '../../src/sinks/sink.ts';
import { publication } from '../support/publication.ts';

const READINGS = { t: 0, groups: new Map(), bounds: {} };

function sinksOf(...sinks: Sink[]) {
  const told: string[] = [];
  const all = new Sinks((error, sink) => told.push(`${sink}: ${(error as Error).message}`));
  for (const sink of sinks) all.add(sink);
  return {
    all,
    told,
    publish: (times = 1) => Array.from({ length: times }, () => all.publish(publication(), READINGS)),
  };
}

test('one that throws keeps a sample from no other, is counted each time, and told of once until it works again', () => {
  let isBroken = true;
  let taken = 0;
  const { all, told, publish } = sinksOf(
    {
      name: 'broken',
      publish() {
        if (isBroken) throw new Error('no room');
      },
    },
    { name: 'sound', publish: () => taken++ },
  );
  publish(3);
  expect(taken).toBe(3);
  expect([...all.failures()]).toEqual([
    ['broken', 3],
    ['sound', 0],
  ]);
  expect(told).toEqual(['broken: no room']);
  isBroken = false;
  publish();
  isBroken = true;
  publish();
  expect(told).toEqual(['broken: no room', 'broken: no room']);
  expect(all.failures().get('broken')).toBe(4);
});

test('what they dropped and failed to push is one account', () => {
  const quiet = { publish: () => undefined };
  const { all } = sinksOf(
    { ...quiet, name: 'log', dropped: () => [['log_lines', 3]] },
    { ...quiet, name: 'state', dropped: () => new Map([['state_writes', 1]]) },
  );
  expect([...all.dropped()]).toEqual([
    ['log_lines', 3],
    ['state_writes', 1],
  ]);
  expect(all.pushFailures()).toBeUndefined();
  all.add({ ...quiet, name: 'push', pushFailures: () => [['pushgateway', 0]] });
  expect([...all.pushFailures()!]).toEqual([['pushgateway', 0]]);
});

test('with standard output closed they go on only if somebody may still receive from one of them', () => {
  const { all } = sinksOf({ name: 'log', publish: () => undefined });
  expect(all.outliveStdout).toBe(false);
  all.add({ name: 'server', publish: () => undefined, outlivesStdout: true, facts: { address: 'http://[::1]:1' } });
  expect(all.outliveStdout).toBe(true);
  expect(all.facts).toEqual({ address: 'http://[::1]:1' });
});

test('all are closed, also beside one that fails to close', async () => {
  const closed: string[] = [];
  const { all } = sinksOf(
    {
      name: 'broken',
      publish: () => undefined,
      close() {
        throw new Error('too late');
      },
    },
    {
      name: 'slow',
      publish: () => undefined,
      close: async () => {
        await Promise.resolve();
        closed.push('slow');
      },
    },
    { name: 'quick', publish: () => undefined, close: () => void closed.push('quick') },
  );
  await all.close();
  expect(closed.toSorted()).toEqual(['quick', 'slow']);
});
