import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unitOf } from '../../src/model/unit.ts';

const ID = '0123456789ab'.padEnd(64, 'cdef');

describe('a cgroup path names', () => {
  test.each([
    // systemd
    ['/system.slice/nginx.service', 'nginx.service'],
    ['/system.slice/system-postgresql.slice/postgresql@14-main.service', 'postgresql@14-main.service'],
    ['/system.slice/nginx.service/workers', 'nginx.service'],
    ['/system.slice/dev-disk-by\\x2dlabel-x.service', 'dev-disk-by-label-x.service'],
    ['/system.slice/caf\\xe9.service', 'caf_.service'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/web.service', 'web.service'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-12.scope', 'app-firefox-12.scope'],
    // Containers
    [`/docker/${ID}`, 'docker-0123456789ab'],
    [`/system.slice/docker-${ID}.scope`, 'docker-0123456789ab'],
    [`/machine.slice/libpod-${ID}.scope/container`, 'libpod-0123456789ab'],
    [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`, 'libpod-0123456789ab'],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a.slice/cri-containerd-${ID}.scope`,
      'cri-containerd-0123456789ab',
    ],
    [`/kubepods.slice/kubepods-pod1a.slice/crio-${ID}.scope`, 'crio-0123456789ab'],
    [`/kubepods/besteffort/pod1a2b-3c/${ID}`, 'container-0123456789ab'],
    [`/ecs/1a2b3c/${ID}`, 'container-0123456789ab'],
    ['/lxc/web', 'lxc-web'],
    ['/lxc.payload.web', 'lxc-web'],
    ['/lxc.payload.web/system.slice/nginx.service', 'nginx.service'],
    [`/../../docker/${ID}`, 'docker-0123456789ab'],
    // Neither a unit nor a container
    ['/', undefined],
    ['', undefined],
    ['/system.slice', undefined],
    ['/init.scope', undefined],
    ['/user.slice/user-1000.slice/session-3.scope', undefined],
    ['/user.slice/user-1000.slice/user@1000.service/init.scope', undefined],
    ['/user.slice/user-1000.slice/user@1000.service', undefined],
    [`/docker/${ID.slice(1)}`, undefined],
  ])('%s: %s', (path, unit) => {
    expect(unitOf(path)).toBe(unit);
  });

  test('nothing harmful, for any path', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(ID, '.service', '.scope', 'lxc', 'lxc.', '\\x0a', '..'),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(part, part).map((two) => two.join('')),
          { maxLength: 5 },
        ),
        (parts) => {
          const unit = unitOf(`/${parts.join('/')}`);
          if (unit !== undefined) expect(unit).toMatch(/^[\w.:/@+-]{1,64}$/);
        },
      ),
    );
  });
});
