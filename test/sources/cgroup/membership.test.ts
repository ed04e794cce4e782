import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCgroup } from '../../../src/sources/cgroup/membership.ts';

const paths = (unitPath: string, rest: { unified?: string; memory?: string; pids?: string } = {}) => ({
  unitPath,
  unified: undefined,
  memory: undefined,
  pids: undefined,
  ...rest,
});

test.each([
  ['0::/\n', paths('/', { unified: '/' })],
  [
    '0::/system.slice/nginx.service\n',
    paths('/system.slice/nginx.service', { unified: '/system.slice/nginx.service' }),
  ],
  ['9:name=systemd:/s\n8:pids:/p\n4:memory:/m\n2:cpu,cpuacct:/c\n', paths('/s', { memory: '/m', pids: '/p' })],
  // The hybrid layout of systemd: units are in the unified hierarchy, controllers in version 1.
  ['11:memory:/m\n3:pids:/p\n1:name=systemd:/u\n0::/u\n', paths('/u', { unified: '/u', memory: '/m', pids: '/p' })],
  // Docker with version 1, without a hierarchy of systemd.
  [
    '8:pids:/docker/abc\n4:memory:/docker/abc\n0::/\n',
    paths('/docker/abc', { unified: '/', memory: '/docker/abc', pids: '/docker/abc' }),
  ],
  ['5:cpu,memory,pids:/x\n', paths('/x', { memory: '/x', pids: '/x' })],
  ['0::/a:b:c\n', paths('/a:b:c', { unified: '/a:b:c' })],
  ['0::/a\rb\u2028c\n', paths('/a\rb\u2028c', { unified: '/a\rb\u2028c' })],
  ['0::/__proto__\n', paths('/__proto__', { unified: '/__proto__' })],
])('%j', (text, expected) => {
  expect(parseCgroup(text)).toEqual(expected);
});

test.each(['', '\n', 'x', '0:/a', '0::', '0::a', ':memory:/a', '-1::/a'])('%j is malformed', (text) => {
  expect(parseCgroup(text)).toBeUndefined();
});

test('any text gives paths or undefined', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((s) => `0::/${s}`),
      ),
      (text) => {
        const found = parseCgroup(text);
        if (found) expect(found.unitPath).toMatch(/^\//);
      },
    ),
  );
});
