import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Place, Places, type Stage } from '../../src/web/places.ts';

/** As much of a socket as a place looks at. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  readonly remoteAddress: string;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

interface Connected {
  readonly place: Place;
  readonly socket: FakeSocket;
}

function connect(places: Places, address: string, most: number, stage?: Stage): Connected {
  const socket = new FakeSocket(address);
  const place = places.take(socket as unknown as Socket, most);
  if (stage) place.enter(stage);
  return { place, socket };
}

const isOpen = ({ socket }: Connected): boolean => !socket.destroyed;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the client that holds most loses one', () => {
  const places = new Places();
  const honest = connect(places, '192.0.2.1', 4, 'kept');
  const others = [1, 2, 3].map(() => connect(places, '192.0.2.66', 4, 'answering'));
  const newcomer = connect(places, '192.0.2.2', 4);
  expect([honest, newcomer].map(isOpen)).toEqual([true, true]);
  expect(others.filter(isOpen)).toHaveLength(2);
  expect(places.refused.get('place')).toBe(1);
});

test('the addresses of one IPv6 network, and all of loopback, are one client', () => {
  for (const [others, honest] of [
    [['2001:db8::1', '2001:db8::2', '2001:db8::3'], '2001:db8:1::1'],
    [['127.0.0.1', '127.0.0.2', '::1'], '192.0.2.1'],
  ] as const) {
    const places = new Places();
    const first = connect(places, honest, 4, 'kept');
    for (const address of others) connect(places, address, 4, 'kept');
    connect(places, '192.0.2.2', 4);
    expect(isOpen(first)).toBe(true);
  }
});

test.each<[string, readonly Stage[], Stage]>([
  ['what is closing goes first', ['kept', 'closing', 'answering', 'listening', 'waiting'], 'closing'],
  ['then what is silent for a second', ['kept', 'answering', 'listening', 'waiting'], 'waiting'],
  ['then what is kept', ['answering', 'kept', 'listening'], 'kept'],
  ['then what takes no answer for a second', ['answering', 'listening', 'sending'], 'sending'],
  ['then who asks again and again', ['answering', 'listening', 'pressing'], 'pressing'],
  ['then who waits for an answer of ours', ['listening', 'answering'], 'answering'],
])('%s', (_, stages, expected) => {
  const places = new Places();
  const connected = stages.map((stage) => connect(places, '192.0.2.1', stages.length, stage));
  vi.advanceTimersByTime(1500);
  connect(places, '192.0.2.1', stages.length);
  expect(connected.flatMap((one, at) => (isOpen(one) ? [] : [stages[at]]))).toEqual([expected]);
});

test('a request that is under way for less than a second is spared', () => {
  const places = new Places();
  const kept = connect(places, '192.0.2.1', 3, 'kept');
  vi.advanceTimersByTime(1500);
  const [waiting, sending] = (['waiting', 'sending'] as const).map((stage) => connect(places, '192.0.2.1', 3, stage));
  connect(places, '192.0.2.1', 3);
  expect([kept, waiting!, sending!].map(isOpen)).toEqual([false, true, true]);
});

test('where there are many, one that is to leave stays if a request comes in time', () => {
  const places = new Places();
  const all = Array.from({ length: 26 }, () => connect(places, '192.0.2.1', 32, 'kept'));
  // Of 32 places 8 are to spare, so the first is to leave.
  expect(all.every(isOpen)).toBe(true);
  all[0]!.place.enter('answering');
  vi.advanceTimersByTime(1);
  expect(all.every(isOpen)).toBe(true);
  connect(places, '192.0.2.1', 32);
  vi.advanceTimersByTime(10);
  // The first may stay, so the next two are to leave.
  expect(all.map(isOpen)).toEqual(all.map((_, at) => at !== 1 && at !== 2));
});

test.each<[Stage, number | undefined, number]>([
  ['closing', 2, 0],
  ['waiting', 10, 1],
  ['kept', 125, 0],
  ['answering', 30, 1],
  ['pressing', 30, 1],
  ['sending', 30, 1],
  ['listening', undefined, 0],
])('%s ends after %s seconds', (stage, seconds, refusals) => {
  const places = new Places();
  const one = connect(places, '192.0.2.1', 3, stage);
  vi.advanceTimersByTime((seconds ?? 1_000_000) * 1000 - 1);
  expect(isOpen(one)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(isOpen(one)).toBe(seconds === undefined);
  expect(places.refused.get('slow')).toBe(refusals);
});

test('whatever comes, a new connection has a place, and there are never more than there may be', () => {
  const stages: readonly Stage[] = ['waiting', 'kept', 'answering', 'pressing', 'sending', 'listening', 'closing'];
  const step = fc.record({
    address: fc.constantFrom('192.0.2.1', '192.0.2.2', '::1', '2001:db8::1'),
    stage: fc.constantFrom(...stages),
    most: fc.integer({ min: 1, max: 8 }),
    passMs: fc.integer({ min: 0, max: 3000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const places = new Places();
      const all: Connected[] = [];
      for (const { address, stage, most, passMs } of steps) {
        const one = connect(places, address, most, stage);
        all.push(one);
        expect(isOpen(one)).toBe(true);
        expect(all.filter(isOpen).length).toBe(places.size);
        expect(places.size).toBeLessThanOrEqual(most);
        vi.advanceTimersByTime(passMs);
      }
      places.closeAll();
      expect([places.size, all.filter(isOpen).length]).toEqual([0, 0]);
    }),
  );
});
