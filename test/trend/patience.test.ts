import { expect, test } from 'vitest';
import { scaleOf } from '../../src/series/scale.ts';
import { patienceOf } from '../../src/trend/patience.ts';

/** docs/detection.md states these times. */
test('waiting times in minutes are the same at any interval', () => {
  const minutes = (slots: number, intervalSeconds: number) => (slots * intervalSeconds) / 60;
  for (const intervalSeconds of [5, 20, 60]) {
    const patience = patienceOf(scaleOf(intervalSeconds));
    const at = (name: 'learning' | 'suspecting' | 'young' | 'weekend' | 'brief') =>
      minutes(patience[name], intervalSeconds);
    expect(at('suspecting')).toBe(20);
    expect(at('learning')).toBe(60);
    expect(at('young')).toBe(30 * 60);
    expect(at('brief')).toBe(6 * 60);
    expect(at('weekend')).toBe(4 * 24 * 60);
  }
});

test('a rank window lasts four hours on the finest level of a leak', () => {
  const scale = scaleOf(20);
  const { leakLevel, surestLeakLevel, stairs } = patienceOf(scale);
  const windowMinutes = (level: number) => (12 * scale.sizes[level]! * 20) / 60;
  expect(windowMinutes(leakLevel)).toBe(256);
  expect(windowMinutes(surestLeakLevel)).toBe(128);
  expect(windowMinutes(scale.finestJudged)).toBe(16);
  // 864 slots are 4.8 hours. The next longer blocks have 5.7 hours.
  expect(stairs).toBe(864);
});
