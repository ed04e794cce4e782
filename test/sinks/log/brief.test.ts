import { expect, test } from 'vitest';
import { renderJson, renderL2met } from '../../../src/sinks/log/log-lines.ts';
import { IDENTITY } from '../../support/identity.ts';
import { publication, threadSuspicion } from '../../support/publication.ts';
import { seen } from '../../support/seen.ts';

test('an event with two looks of the longest names fits a line of Heroku', () => {
  const hostile = (at: number): string => `\u0001${at}`.repeat(200);
  const kinds = Array.from({ length: 64 }, (_, at) => ({
    name: hostile(at).slice(0, 160),
    amount: 100 - at,
    newer: 100 - at,
    states: Array.from({ length: 8 }, (_, state) => ({ name: `in ${'x'.repeat(60)}${state}`, count: 9 })),
  }));
  const look = { t: 60, at: 'threads' as const, kinds, starts: Array<number>(256).fill(1_700_000_000.123) };
  const event = threadSuspicion();
  const told = { ...event, culprit: { ...event.culprit!, ...seen(look, { ...look, t: 0 }) } };
  const published = { ...publication(), events: [told] };
  for (const line of [...renderJson(published, IDENTITY), ...renderL2met(published, IDENTITY)]) {
    expect(Buffer.byteLength(line)).toBeLessThan(9999);
  }
  const line = JSON.parse(renderJson(published, IDENTITY).at(-1)!);
  expect(line.culprit.telling).toHaveLength(3);
  expect(line.culprit.telling[0].states).toHaveLength(3);
  expect(line.culprit).not.toHaveProperty('look');
});
