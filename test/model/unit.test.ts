import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBriefUnit, pathOfUnit, unitOf } from '../../src/model/unit.ts';
import { parseCgroup } from '../../src/sources/cgroup/membership.ts';

const ID = '0123456789ab'.padEnd(64, 'cdef');
const INNER = 'fedcba987654'.padEnd(64, '3210');
const UUID = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
const POD = UUID.replaceAll('-', '_');
const HEX32 = UUID.replaceAll('-', '');
const USER = '/user.slice/user-1000.slice/user@1000.service';

/** A container that has no name: its program names the group. */
const NAMELESS = 'nameless';
const SHORT = ID.slice(0, 12);

function nameOf(path: string): string | undefined {
  const unit = unitOf(path);
  return unit && (unit.name ?? NAMELESS);
}

describe('a cgroup path names', () => {
  test.each([
    // Services
    ['/system.slice/nginx.service', 'nginx.service'],
    ['/system.slice/nginx.service/workers', 'nginx.service'],
    ['/system.slice/dev-disk-by\\x2dlabel-x.service', 'dev-disk-by-label-x.service'],
    ['/system.slice/caf\\xe9.service', 'caf_.service'],
    ['/system.slice/php8.2-fpm.service', 'php8.2-fpm.service'],
    ['/system.slice/redis-6379.service', 'redis-6379.service'],
    [`${USER}/app.slice/web.service`, 'user@1000/web.service'],
    ['/system.slice/snap.lxd.daemon.service', 'snap.lxd.daemon.service'],
    ['/../../system.slice/nginx.service', 'nginx.service'],
    // A user's cgroups are his, whatever he calls them
    [`${USER}/nginx.service`, 'user@1000/nginx.service'],
    [`${USER}/app.slice/nginx.service/workers`, 'user@1000/nginx.service'],
    [`${USER}/user@0.service/nginx.service`, 'user@1000/nginx.service'],
    [`${USER}/system.slice/nginx.service`, 'user@1000/nginx.service'],
    [`${USER}/lxc.payload.web`, 'user@1000/lxc-web'],
    [`${USER}/app.slice/machine-web.scope`, 'user@1000/machine-web.scope'],
    [`${USER}/default/redis`, undefined],
    ['/user.slice/user-54321.slice/user@54321.service/app.slice/web.service', 'user@54321/web.service'],
    [`/lxc.payload.web${USER}/init.scope`, 'lxc-web'],
    [`/lxc.payload.web${USER}/app.slice/web.service`, 'user@1000/web.service'],
    // Instances that last
    ['/system.slice/system-postgresql.slice/postgresql@14-main.service', 'postgresql@14-main.service'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1.service'],
    ['/system.slice/system-openvpn.slice/openvpn@office.service', 'openvpn@office.service'],
    [`${USER}/app.slice/app-org.example.Mail@autostart.service`, 'user@1000/app-org.example.Mail@autostart.service'],
    // Instances that are a number, an id or a connection
    ['/system.slice/system-worker.slice/worker@12.service', 'worker@.service'],
    [`/system.slice/system-job.slice/job@${UUID}.service`, 'job@.service'],
    ['/system.slice/system-sshd.slice/sshd@9-192.0.2.1:22-198.51.100.7:49152.service', 'sshd@.service'],
    ['/system.slice/system-sshd.slice/sshd@9-192.0.2.1-22-198.51.100.7-49152.service', 'sshd@.service'],
    ['/system.slice/system-sshd.slice/sshd@9-2001:db8::1:22-2001:db8::7:49152.service', 'sshd@.service'],
    ['/system.slice/system-sshd.slice/sshd@9-fe80::1%eth0:22-fe80::7%eth0:49152.service', 'sshd@.service'],
    ['/system.slice/system-sshd.slice/sshd@9-unknown.service', 'sshd@.service'],
    ['/system.slice/system-x.slice/x@3-4242-1000.service', 'x@.service'],
    ['/system.slice/system-x.slice/x@3-77-4242_9001-1000.service', 'x@.service'],
    ['/system.slice/system-systemd\\x2dcoredump.slice/systemd-coredump@2-4242-0.service', 'systemd-coredump@.service'],
    [`${USER}/app.slice/app-org.kde.konsole@${HEX32}.service`, 'user@1000/app-org.kde.konsole@.service'],
    [`${USER}/app.slice/dbus-:1.2-org.example.Files@0.service`, 'user@1000/dbus-org.example.Files@.service'],
    // Scopes
    [`${USER}/app.slice/app-firefox-4242.scope`, 'user@1000/app-firefox.scope'],
    [`${USER}/app.slice/app-gnome-org.gnome.Terminal-4242.scope`, 'user@1000/app-gnome-org.gnome.Terminal.scope'],
    [`${USER}/app.slice/app-flatpak-org.mozilla.firefox-4242.scope`, 'user@1000/app-flatpak-org.mozilla.firefox.scope'],
    [`${USER}/app.slice/snap.firefox.firefox-${UUID}.scope`, 'user@1000/snap.firefox.firefox.scope'],
    [`${USER}/app.slice/snap.firefox.firefox.${UUID}.scope`, 'user@1000/snap.firefox.firefox.scope'],
    [`${USER}/user.slice/podman-4242.scope`, 'user@1000/podman.scope'],
    // Machines
    ['/lxc/web', 'lxc-web'],
    ['/lxc/web/ns/init.scope', 'lxc-web'],
    ['/lxc/101', 'lxc-101'],
    ['/lxc.payload.web', 'lxc-web'],
    ['/lxc.payload/web', 'lxc-web'],
    ['/lxc.payload.web/init.scope', 'lxc-web'],
    ['/lxc.payload.web/user.slice/user-0.slice/session-c1.scope', 'lxc-web'],
    ['/lxc.payload.web/system.slice/nginx.service', 'nginx.service'],
    [`/lxc/${UUID}`, NAMELESS],
    ['/machine.slice/machine-web.scope/payload', 'machine-web.scope'],
    ['/machine.slice/systemd-nspawn@web.service/payload', 'systemd-nspawn@web.service'],
    ['/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service', 'nginx.service'],
    ['/machine.slice/machine-qemu\\x2d3\\x2dvm01.scope/libvirt/emulator', 'qemu-vm01'],
    ['/machine/qemu-3-vm01.libvirt-qemu/emulator', 'qemu-vm01'],
    ['/machine/vm01.libvirt-lxc', 'lxc-vm01'],
    ['/qemu.slice/101.scope', 'qemu-101'],
    // Containers with a name
    [`/nomad.slice/share.slice/${UUID}.web.scope`, 'nomad-web'],
    [`/nomad/share/${UUID}.web`, 'nomad-web'],
    [`/system.slice/web.service/libpod-payload-${ID}`, 'web.service'],
    ['/system.slice/web.service/runtime', 'web.service'],
    ['/default/redis', 'redis'],
    // Containers with an id
    [`/docker/${ID}`, NAMELESS],
    [`/${ID}`, NAMELESS],
    [`/docker/${ID}/init`, NAMELESS],
    [`/custom.slice/docker-${ID}.scope`, NAMELESS],
    [`/system.slice/docker-${ID}.scope`, NAMELESS],
    [`${USER}/user.slice/docker-${ID}.scope`, NAMELESS],
    ['/docker/buildkit/k2v5z1q8w9e0r7t6y4u3i2o1p', NAMELESS],
    [`/actions_job/${ID}`, NAMELESS],
    [`/docker/${SHORT}`, NAMELESS],
    [`/system.slice/docker-${SHORT}.scope`, NAMELESS],
    [`/system.slice/nerdctl-${ID}.scope`, NAMELESS],
    [`/default/${ID}`, NAMELESS],
    [`/machine.slice/libpod-${ID}.scope`, NAMELESS],
    [`/machine.slice/libpod-${ID}.scope/container`, NAMELESS],
    [`/machine.slice/libpod-conmon-${ID}.scope`, NAMELESS],
    [`/machine.slice/machine-libpod_pod_${INNER}.slice/libpod-${ID}.scope/container`, NAMELESS],
    [`/libpod_parent/libpod-${ID}`, NAMELESS],
    [`/libpod_parent/${INNER}/libpod-${ID}`, NAMELESS],
    [`${USER}/user.slice/libpod-${ID}.scope/container`, NAMELESS],
    ['/machine.slice/buildah-buildah123456789.scope', NAMELESS],
    [`/kubepods/besteffort/pod${UUID}/${ID}`, NAMELESS],
    [`/kubepods/pod${HEX32}/${ID}`, NAMELESS],
    [`/kubepods/burstable/pod${UUID}/crio-${ID}`, NAMELESS],
    [`/kubepods/burstable/pod${UUID}/short-id`, NAMELESS],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD}.slice/cri-containerd-${ID}.scope`,
      NAMELESS,
    ],
    [`/kubepods.slice/kubepods-pod${POD}.slice/crio-${ID}.scope`, NAMELESS],
    [`/kubepods.slice/kubepods-pod${POD}.slice/crio-conmon-${ID}.scope`, NAMELESS],
    [`/kubepods.slice/kubepods-pod${POD}.slice/docker-${ID}.scope`, NAMELESS],
    [`/kubelet/kubepods/pod${UUID}/${ID}`, NAMELESS],
    [`/system.slice/containerd.service/kubepods-burstable-pod${POD}.slice:cri-containerd:${ID}`, NAMELESS],
    [`/kubepods-besteffort-pod${POD}.slice:cri-containerd:${ID}`, NAMELESS],
    [`/system.slice/docker.service/system.slice:docker:${ID}`, NAMELESS],
    [`/kata_overhead/${ID}`, NAMELESS],
    [`/ecs/${HEX32}/${ID}`, NAMELESS],
    [`/ecs/cluster/${HEX32}/${ID}`, NAMELESS],
    [`/ecs/${HEX32}/${HEX32}-2468013579`, NAMELESS],
    [`/ecstasks.slice/ecstasks-${HEX32}.slice/docker-${ID}.scope`, NAMELESS],
    [`/system.slice/garden.service/garden/${UUID.slice(0, 28)}`, NAMELESS],
    [`/system.slice/garden.service/garden/good/${UUID.slice(0, 28)}`, NAMELESS],
    [`/nomad/${UUID}`, NAMELESS],
    ['/firecracker/4242/', NAMELESS],
    [`/../../docker/${ID}`, NAMELESS],
    [`/../cri-containerd-${ID}.scope`, NAMELESS],
    [`/../../pod${UUID}/${ID}`, NAMELESS],
    // Neither
    ['/', undefined],
    ['', undefined],
    ['/..', undefined],
    ['/../..', undefined],
    ['/system.slice', undefined],
    ['/init.scope', undefined],
    ['/user.slice/user-1000.slice/session-3.scope', undefined],
    [`${USER}/init.scope`, undefined],
    [USER, undefined],
    [`${USER}/app.slice/vte-spawn-${UUID}.scope`, undefined],
    [`${USER}/app.slice/tmux-spawn-${UUID}.scope`, undefined],
    ['/system.slice/run-u123.service', undefined],
    ['/system.slice/run-p4242-i4243.service', undefined],
    [`/system.slice/run-r${HEX32}.scope`, undefined],
    ['/system.slice/run-4242.scope', undefined],
    ['/system.slice/4242.scope', undefined],
    [`/system.slice/container-${ID}.service`, undefined],
    ['/lxc.monitor.web', undefined],
  ])('%s: %s', (path, unit) => {
    expect(nameOf(path)).toBe(unit);
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
          const unit = nameOf(`/${parts.join('/')}`);
          if (unit !== undefined) expect(unit).toMatch(/^[\w.:/@+-]{1,64}$/);
        },
      ),
    );
  });
});

test('a container is known by its id, however its runtime writes it, and is shown by the first twelve digits', () => {
  for (const path of [`/docker/${ID}`, `/system.slice/docker-${ID}.scope`, `/a.slice:cri-containerd:${ID}`]) {
    expect(unitOf(path)).toEqual({ key: ID, name: undefined, containerId: SHORT });
  }
  expect(unitOf(`/machine.slice/libpod-conmon-${ID}.scope`)?.key).not.toBe(ID);
  expect(unitOf(`/docker/${ID}/kubelet/kubepods/pod${UUID}/${INNER}`)?.key).toBe(INNER);
  expect(unitOf(`/docker/${ID}/system.slice/nginx.service`)?.name).toBe('nginx.service');
  // A directory that a user called so is no part of the container.
  expect(unitOf(`${USER}/docker-${ID}.scope`)).toEqual({ key: `user@1000/${ID}`, name: undefined, containerId: SHORT });
});

test.each([
  ['sshd@9-192.0.2.1:22-198.51.100.7:49152', true],
  ['sshd@9-2001:db8::1:22-2001:db8::7:49152', true],
  ['x@3-4242-1000', true],
  ['x@3-77-4242_9001-1000', true],
  ['x@3-unknown', true],
  ['x@0-2:22-1:1023', true],
  ['run-u42', true],
  ['run-p4242-i4243', true],
  ['worker@3', false],
  ['postgresql@15-main', false],
  ['nginx', false],
])('%s.service ends when its work is done: %s', (stem, isBrief) => {
  expect(isBriefUnit(`/system.slice/${stem}.service`)).toBe(isBrief);
  expect(isBriefUnit(`/system.slice/${stem}.service/workers`)).toBe(isBrief);
});

describe('of several hierarchies', () => {
  const RUNTIME = '/system.slice/containerd.service';
  test.each([
    ['a container beats the service of its runtime', [RUNTIME, `/docker/${ID}`], `/docker/${ID}`],
    [
      'an inner container beats an outer one',
      [`/docker/${ID}`, `/docker/${ID}/docker/${INNER}`],
      `/docker/${ID}/docker/${INNER}`,
    ],
    [
      'the first of equal ones is taken',
      ['/system.slice/a.service', '/system.slice/b.service'],
      '/system.slice/a.service',
    ],
    [
      'a service in a container is kept',
      [`/lxc/web/system.slice/x.service`, '/lxc/web'],
      '/lxc/web/system.slice/x.service',
    ],
    ['the root tells nothing', ['/', '/system.slice/b.service'], '/system.slice/b.service'],
    ['there may be none', ['/', '/'], '/'],
  ])('%s', (_, paths, best) => {
    expect(pathOfUnit(paths)).toBe(best);
  });

  test('all lines of a process are looked at', () => {
    const lines = `13:misc:/\n12:cpu,cpuacct:/docker/${ID}\n0::${RUNTIME}\n`;
    expect(parseCgroup(lines)?.unitPath).toBe(`/docker/${ID}`);
  });
});

describe('no name has', () => {
  const number = fc.integer({ min: 1, max: 4_194_304 });
  const hex = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
  const address = fc.oneof(
    fc.ipV4(),
    fc.array(hex(4), { minLength: 8, maxLength: 8 }).map((words) => words.join(':')),
  );
  const forms: Record<string, fc.Arbitrary<{ path: string; secrets: readonly string[] }>> = {
    'an address or port of a connection': fc
      .tuple(number, address, address, fc.integer({ min: 1024, max: 65535 }))
      .map(([nr, local, remote, port]) => ({
        path: `/system.slice/sshd@${nr}-${local}:22-${remote}:${port}.service`,
        secrets: [local, remote, `${port}`],
      })),
    'credentials of a peer': fc.tuple(number, number, number).map(([nr, pid, uid]) => ({
      path: `/system.slice/x@${nr}-${pid}-${uid}.service`,
      secrets: [`${nr}`, `${pid}`, `${uid}`],
    })),
    'the number of a start': number.map((pid) => ({ path: `/app.slice/app-mail-${pid}.scope`, secrets: [`${pid}`] })),
    'the number of a transient unit': fc.tuple(number, fc.constantFrom('service', 'scope')).map(([n, kind]) => ({
      path: `/system.slice/run-p${n}-i${n + 1}.${kind}`,
      secrets: [`${n}`],
    })),
    'a connection to D-Bus': number.map((n) => ({
      path: `/session.slice/dbus-:1.${n}-org.example.A@${n}.service`,
      secrets: [`${n}`],
    })),
    'the id of a container': fc
      .tuple(hex(64), fc.constantFrom('/docker/ID', '/a.slice/docker-ID.scope', '/x/y.slice:cri-containerd:ID', '/ID'))
      .map(([id, form]) => ({ path: form.replace('ID', id), secrets: [id.slice(0, 12)] })),
    'an id in a service': fc
      .tuple(
        hex(12).filter((id) => /\d/.test(id)),
        fc.constantFrom('job-ID.service', 'job@ID.service', 'job-ID.scope', 'job@x-ID.service'),
      )
      .map(([id, form]) => ({ path: `/system.slice/${form.replace('ID', id)}`, secrets: [id] })),
    'a UUID': fc
      .tuple(fc.uuid(), fc.constantFrom('job-ID.service', 'job@ID.service', 'snap.job.ID.scope', 'ID.scope'))
      .map(([id, form]) => ({ path: `/system.slice/${form.replace('ID', id)}`, secrets: [id, id.slice(0, 8)] })),
  };
  test.each(Object.entries(forms))('%s', (_, form) => {
    fc.assert(
      fc.property(form, ({ path, secrets }) => {
        const name = unitOf(path)?.name ?? '';
        for (const secret of secrets) expect(name).not.toContain(secret);
      }),
      { numRuns: 500 },
    );
  });
});
