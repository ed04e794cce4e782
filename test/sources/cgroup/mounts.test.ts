import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { directoriesOf, parseMounts, USUAL_MOUNTS } from '../../../src/sources/cgroup/mounts.ts';

const ROOT = '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n';
const UNIFIED = '31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';

describe('mountinfo', () => {
  test('of a host with the unified hierarchy', () => {
    expect(parseMounts(ROOT + UNIFIED)).toEqual({
      unified: { root: '/', directory: '/sys/fs/cgroup' },
      memory: undefined,
      pids: undefined,
    });
  });

  test('of a container with version 1, with and without tags', () => {
    const text =
      '35 31 0:32 /docker/ab /sys/fs/cgroup/memory ro,relatime master:11 - cgroup cgroup rw,memory\n' +
      '36 31 0:33 /docker/ab /sys/fs/cgroup/cpu,pids ro - cgroup cgroup rw,cpu,pids\n';
    expect(parseMounts(text)).toEqual({
      unified: undefined,
      memory: { root: '/docker/ab', directory: '/sys/fs/cgroup/memory' },
      pids: { root: '/docker/ab', directory: '/sys/fs/cgroup/cpu,pids' },
    });
  });

  test('has spaces and the like as octal numbers', () => {
    const text = '31 23 0:28 /a\\040b /mnt/x\\011y\\134z rw - cgroup2 none rw\n';
    expect(parseMounts(text).unified).toEqual({ root: '/a b', directory: '/mnt/x\ty\\z' });
  });

  test('may have mounts at unusual directories', () => {
    const text = '31 23 0:28 / /mnt/a\rb\u2028c rw - cgroup2 none rw\n';
    expect(parseMounts(text).unified).toEqual({ root: '/', directory: '/mnt/a\rb\u2028c' });
  });

  test('with several mounts: the first one is used', () => {
    expect(parseMounts(UNIFIED + UNIFIED.replace('/sys/fs', '/other')).unified?.directory).toBe('/sys/fs/cgroup');
  });

  test.each(['', ROOT, 'nonsense\n', '31 23 0:28 / /x - cgroup2\n', UNIFIED.slice(0, 40)])(
    '%j says nothing of cgroups: the usual places',
    (text) => {
      expect(parseMounts(text)).toBe(USUAL_MOUNTS);
    },
  );

  test('may be any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseMounts(`31 23 0:28 / /${text} - cgroup2 ${text} rw\n${text}`)).toBeTypeOf('object');
      }),
    );
  });
});

describe('the directories of a cgroup', () => {
  const host = { root: '/', directory: '/cg' };
  const container = { root: '/docker/ab', directory: '/cg' };

  test.each([
    ['on a host', host, '/a/b.service', ['/cg/a/b.service', '/cg/a', '/cg']],
    ['that is the root', host, '/', ['/cg']],
    ['that is the mounted one', container, '/docker/ab', ['/cg']],
    ['below the mounted one', container, '/docker/ab/x', ['/cg/x', '/cg']],
    ['outside of what is mounted', container, '/system.slice', []],
    ['whose name only begins like the mounted one', container, '/docker/abc/x', []],
    ['of another namespace', host, '/../x', []],
    ['of another namespace, with the host mounted', { root: '/..', directory: '/cg' }, '/../x', ['/cg/x', '/cg']],
    ['that climbs out', host, '/a/../../etc', []],
  ])('%s: the cgroup and its ancestors, innermost first', (_, mount, path, directories) => {
    expect(directoriesOf(mount, path)).toEqual(directories);
  });

  test('never leave the mount', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '..', '.', '', '/', 'docker', 'ab')), (parts) => {
        for (const directory of directoriesOf(container, `/${parts.join('/')}`)) {
          expect(directory).toMatch(/^\/cg(\/|$)/);
          expect(directory.split('/')).not.toContain('..');
        }
      }),
    );
  });
});
