import { expect, test } from 'vitest';
import { describeTarget } from '../../../src/web/page/target.ts';
import { IDENTITY } from '../../support/identity.ts';

test('what is watched is named once each', () => {
  expect(describeTarget({ ...IDENTITY, host: 'db1' })).toBe('app shop · source web.1 · host db1 · release v43');
  expect(describeTarget({ source: 'db1', dyno: 'local.1', host: 'db1', app: 'db1' })).toBe('host db1');
  expect(describeTarget({ source: 'pod', dyno: 'local.1', host: 'pod', app: 'shop' })).toBe('app shop · host pod');
});
