import { describe, expect, test } from 'vitest';
import { hasAddress, isOnlyId, lastingPart } from '../../src/model/lasting.ts';

describe('what lasts of', () => {
  test.each([
    ['nginx', 'nginx'],
    ['web--old', 'web--old'],
    ['php8.2-fpm', 'php8.2-fpm'],
    ['Foo::Bar', 'Foo::Bar'],
    ['kworker/0:1', 'kworker/0:1'],
    ['facade-decade', 'facade-decade'],
    ['kubernetes-dashboard', 'kubernetes-dashboard'],
    ['redis-6379', 'redis-6379'],
    ['mongod-27017', 'mongod'],
    ['job-0a1b2c3d', 'job'],
    ['job_0a1b2c3d4e5f_x', 'job_x'],
    ['0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9.web', 'web'],
    ['pod0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9', 'pod'],
    ['k2v5z1q8w9e0r7t6y4u3i2o1p', ''],
    ['proxy-192.0.2.1:8080', 'proxy'],
    ['proxy-2001:db8::1', 'proxy'],
    ['proxy-::1', 'proxy'],
    ['dbus-:1.42-org.example', 'dbus-org.example'],
    ['12345', ''],
    ['', ''],
  ])('%s: %s', (name, lasting) => {
    expect(lastingPart(name)).toBe(lasting);
  });

  test('app-7001, without its number', () => {
    expect(lastingPart('app-7001-x', { numbers: false })).toBe('app-x');
    expect(lastingPart('app-7001-x')).toBe('app-7001-x');
  });
});

test.each([
  ['4-192.0.2.1:22', true],
  ['fe80::1', true],
  [':1.2', true],
  ['15-main', false],
  ['a::b', false],
])('%s has an address: %s', (name, has) => {
  expect(hasAddress(name)).toBe(has);
});

test.each([
  ['0a1b2c3d4e5f', true],
  ['101', true],
  ['web1', false],
])('%s is only an id: %s', (name, only) => {
  expect(isOnlyId(name)).toBe(only);
});
