import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeLoad } from '../../src/formats/heroku/runtime-metrics.ts';
import { identify, identifyAsDyno, isDyno } from '../../src/sources/identity.ts';
import { isOfficialLine } from '../support/clients.ts';

const lineOf = (identity: { source: string; dyno: string }): string =>
  encodeLoad(identity, { minute1: 0, minutes5: undefined, minutes15: undefined })!;

test.each([
  ['web.1', 'web.1'],
  ['my-worker.12', 'my-worker.12'],
  ['laptop', 'laptop.1'],
  ['db-1.example.com', 'db_1_example_com.1'],
  ['10.0.0.7', '10_0_0_7.1'],
  ['a/b:c@d+e', 'a_b_c_d_e.1'],
])('%s is %s as the name of a dyno', (source, expected) => {
  const identity = identifyAsDyno(identify({ source, env: {} }));
  expect(identity.source).toBe(expected);
  expect(lineOf(identity)).toSatisfy(isOfficialLine);
});

test('the id is a UUID that stays the same while this host or container lives', () => {
  const first = identifyAsDyno(identify({ source: 'a', env: {} }));
  expect(identifyAsDyno(identify({ source: 'b', env: {} })).dyno).toBe(first.dyno);
  expect(first.dyno).toMatch(/^heroku\.0\.[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
});

test('the name of a real dyno stays as it is', () => {
  const identity = { source: 'web.1', dyno: 'heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456' };
  expect(identifyAsDyno(identity)).toEqual(identity);
});

test.skipIf(existsSync('/etc/heroku/dyno'))('the environment of a dyno', () => {
  expect(isDyno({})).toBe(false);
  expect(isDyno({ HEROKU_APP_ID: 'x', PORT: '5000', DYNO: '' })).toBe(false);
  expect(isDyno({ DYNO: 'web.1' })).toBe(true);
  expect(isDyno({ HEROKU_DYNO_ID: 'x' })).toBe(true);
});
