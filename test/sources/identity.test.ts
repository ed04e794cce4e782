import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { encodeLoad } from '../../src/formats/heroku/runtime-metrics.ts';
import { hostText } from '../../src/formats/l2met.ts';
import { identify, identifyAsDyno, isDyno, readMetadata } from '../../src/sources/identity.ts';
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

describe.skipIf(existsSync('/etc/heroku/dyno'))('the app and the release', () => {
  const dyno = { HEROKU_APP_ID: '9daa2797', HEROKU_APP_NAME: 'shop', HEROKU_DYNO_ID: '1vac4117', DYNO: 'web.1' };
  const release = {
    HEROKU_RELEASE_VERSION: 'v42',
    HEROKU_BUILD_COMMIT: '2c3a0b24069af49b',
    HEROKU_SLUG_COMMIT: 'f00d1234',
  };

  test.each([
    ['--app', { app: 'mine', env: dyno }, 'mine'],
    ["the app's name", { env: dyno }, 'shop'],
    ["the app's id", { env: { ...dyno, HEROKU_APP_NAME: '' } }, '9daa2797'],
    ["the host's name", { env: {} }, hostText(hostname())],
    ['reduced to what a label and a line can hold', { app: 'my "app"', env: {} }, 'my__app_'],
  ])('the app is %s', (_, options, app) => {
    expect(identify(options).app).toBe(app);
  });

  test.each([
    ['--release', { release: '1.2.3', env: release }, '1.2.3'],
    ['the number of the release', { env: release }, 'v42'],
    ['the commit', { env: { ...release, HEROKU_RELEASE_VERSION: '' } }, '2c3a0b2'],
    ['the commit by its older name', { env: { HEROKU_SLUG_COMMIT: 'f00d1234' } }, 'f00d123'],
    ['unknown', { env: dyno }, undefined],
  ])('the release is %s', (_, options, expected) => {
    expect(identify(options).release).toBe(expected);
    expect('release' in identify(options)).toBe(expected !== undefined);
  });

  test('source and dyno are what they were', () => {
    expect(identify({ app: 'mine', release: 'x', env: { ...dyno, ...release } })).toMatchObject({
      source: 'web.1',
      dyno: 'heroku.9daa2797.1vac4117',
    });
  });
});

test('/etc/heroku/dyno says it too; an app without a name has an empty one', () => {
  const json = `{"dyno":{"id":"3313268c","name":"run.6500"},"app":{"id":"31a2b7a3","name":""},
    "release":{"id":18,"commit":"9eb6f0d74d0f","description":"Deploy 9eb6f0d7"}}`;
  expect(readMetadata(json)).toEqual({
    name: 'run.6500',
    dynoId: '3313268c',
    appId: '31a2b7a3',
    appName: '',
    commit: '9eb6f0d74d0f',
    releaseId: 18,
  });
  expect(readMetadata('{"dyno":3,"app":{"id":4},"release":{"id":"18"}}')).toEqual({});
  expect(readMetadata('null')).toEqual({});
});
