import { mkdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { finish } from '../../../../src/model/portions.ts';
import type { LookContext } from '../../../../src/sources/proc/look/context.ts';
import { descriptorKind, lookAtDescriptors } from '../../../../src/sources/proc/look/descriptors.ts';
import type { Stat } from '../../../../src/sources/proc/stat.ts';
import { files, lookContext } from '../../../support/look-context.ts';
import { looker, NOW } from '../../../support/looker.ts';
import { type ProcessSpec, withoutRoot } from '../../../support/proc-tree.ts';
import { processes } from '../../trees.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

function tcp(inode: number, local: string, far: string, state: string): string {
  return `   0: ${local} ${far} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 00000000df4f086e 20 0 0 10 -1\n`;
}

/** A look at a process whose descriptors lead there. */
function lookedAt(links: readonly string[], spec: Omit<ProcessSpec, 'pid'> = {}, context: Partial<LookContext> = {}) {
  const tree = processes({ processes: [{ fds: 0, ...spec, pid: 10 }] });
  for (const [at, link] of links.entries()) symlinkSync(link, `${tree.dir}/10/fd/${at}`);
  const look = () => {
    const { kinds, incomplete } = finish(lookAtDescriptors(lookContext(10, { ...context, procfs: tree.dir })));
    return { incomplete, kinds: Object.fromEntries(kinds.map(({ name, amount }) => [name, amount])) };
  };
  return { tree, look };
}

test('descriptors are counted by what they lead to', () => {
  expect(
    lookedAt(['/dev/null', '/dev/null', 'anon_inode:[eventpoll]', '/var/log/a.1', '/var/log/a.2']).look().kinds,
  ).toEqual({
    'device /dev/null': 2,
    'file /var/log/a.#': 2,
    epoll: 1,
  });
});

test('sockets have the names that the tables of their network namespace give', () => {
  const { kinds, incomplete } = lookedAt(
    Array.from({ length: 9 }, (_, at) => `socket:[${100 + at}]`),
    {
      files: {
        'net/tcp':
          HEAD +
          tcp(999, '00000000:1F90', '00000000:0000', '0A') +
          tcp(100, '0100000A:C001', '0500000A:1538', '08') +
          tcp(101, '0100000A:C002', '0500000A:1538', '08') +
          tcp(102, '0100000A:1F90', '0700000A:C003', '01'),
        'net/udp': HEAD + tcp(103, '0100000A:D001', '0500000A:0035', '01'),
        'net/netlink': `sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode\n0000 0 0 0 0 0 0 2 0 104       \n`,
        // The path of the first goes on in the next line, which looks like one of socket 106.
        'net/unix':
          'Num       RefCount Protocol Flags    Type St Inode Path\n' +
          '0000: 00000003 00000000 00000000 0001 03 105 /run/app.7.sock\n' +
          '00a1: 00000003 00000000 00000000 0001 03 1 /x\n' +
          '00a1: 00000003 00000000 00000000 0001 03 106 /etc/passwd\n' +
          '00a2: 00000003 00000000 00000000 0001 03 106\n' +
          '00a3: 00000003 00000000 00000000 0001 03 107\n',
      },
    },
  ).look();
  expect(kinds).toEqual({
    'TCP in CLOSE_WAIT to 10.0.0.5:5432': 2,
    'TCP accepted on :8080 in ESTABLISHED': 1,
    'UDP to 10.0.0.5:53': 1,
    'netlink socket': 1,
    'unix socket /run/app.#.sock': 1,
    'unix socket': 2,
    'socket without an address': 1,
  });
  expect(incomplete).toBeUndefined();
});

test('connections to many hosts are told by their port', () => {
  const table = Array.from({ length: 20 }, (_, at) =>
    tcp(
      100 + at,
      `0100000A:${(50_000 + at).toString(16).toUpperCase()}`,
      `${(16 + at).toString(16).toUpperCase()}00000A:01BB`,
      '01',
    ),
  );
  const links = table.map((_, at) => `socket:[${100 + at}]`);
  expect(lookedAt(links, { files: { 'net/tcp': HEAD + table.join('') } }).look().kinds).toEqual({
    'TCP in ESTABLISHED to many hosts, port 443': 20,
  });
});

test('pipes have the name of the child that reads or writes them', () => {
  const { tree, look } = lookedAt(
    ['pipe:[1]', 'pipe:[2]', 'pipe:[3]', 'pipe:[3]'],
    {},
    {
      processes: [
        { pid: 20, ppid: 10, comm: 'convert7', state: 'S' },
        { pid: 21, ppid: 1, comm: 'stranger', state: 'S' },
        { pid: 22, ppid: 10, comm: 'dead', state: 'Z' },
      ] as Stat[],
    },
  );
  expect(look().kinds).toEqual({ pipe: 2, 'pipe to itself': 2 });
  for (const [pid, inode] of [
    [20, 1],
    [21, 2],
    [22, 2],
  ]) {
    mkdirSync(`${tree.dir}/${pid}/fd`, { recursive: true });
    symlinkSync(`pipe:[${inode}]`, `${tree.dir}/${pid}/fd/1`);
  }
  expect(look().kinds).toEqual({ pipe: 1, 'pipe to itself': 2, 'pipe to its child convert#': 1 });
});

test('sockets were not looked up where there is no table, as when the process has ended', () => {
  expect(lookedAt(['socket:[1]']).look()).toEqual({
    kinds: { 'socket that was not looked up': 1 },
    incomplete: '1 of 1 sockets were not looked up',
  });
});

test('the newest 500 are looked at, and the look says so', () => {
  const links = Array.from({ length: 510 }, (_, at) => (at < 10 ? '/old' : '/new'));
  expect(lookedAt(links).look()).toEqual({
    kinds: { 'file /new': 500 },
    incomplete: 'looked at 500 of 510 descriptors',
  });
});

describe('where it is known how many have come', () => {
  /** How many of each kind are newer, of descriptors that lead there. */
  function newer(links: readonly string[], grown: number | undefined, spec: Omit<ProcessSpec, 'pid'> = {}) {
    const { tree } = lookedAt(links, spec);
    const { kinds } = finish(lookAtDescriptors(lookContext(10, { procfs: tree.dir, grown })));
    return Object.fromEntries(kinds.map(({ name, newer: count }) => [name, count]));
  }
  const leak = (stable: number, leaked: number) =>
    Array.from({ length: stable + leaked }, (_, at) => (at < stable ? '/etc/hostname' : 'anon_inode:[eventfd]'));

  test('those with the highest numbers are the newer ones', () => {
    expect(newer(leak(200, 12), 12)).toEqual({ 'file /etc/hostname': 0, eventfd: 12 });
    expect(newer(leak(5, 12), 13)).toEqual({ 'file /etc/hostname': 1, eventfd: 12 });
  });

  test('also of more than are looked at', () => {
    expect(newer(leak(700, 247), 247)).toEqual({ 'file /etc/hostname': 0, eventfd: 247 });
    expect(newer(leak(5, 600), 590)).toEqual({ eventfd: 500 });
  });

  test('sockets, pipes and what many share a name with are counted so as well', () => {
    const files = Array.from({ length: 20 }, (_, at) => `/data/${'ab'.repeat(1 + at)}.tmp`);
    const links = ['socket:[1]', 'pipe:[3]', ...files, 'socket:[2]', 'socket:[2]', 'pipe:[3]'];
    const table =
      HEAD + tcp(1, '0100000A:1F90', '00000000:0000', '0A') + tcp(2, '0100000A:C001', '0500000A:1538', '08');
    expect(newer(links, 5, { files: { 'net/tcp': table } })).toEqual({
      'file /data/#.tmp': 2,
      'pipe to itself': 1,
      'TCP in CLOSE_WAIT to 10.0.0.5:5432': 2,
      'TCP listening on :8080': 0,
    });
  });

  test('otherwise nothing is told of it', () => {
    expect(newer(leak(1, 1), undefined)).toEqual({ 'file /etc/hostname': undefined, eventfd: undefined });
  });

  test('the source is told it by who asks', () => {
    const { tree, source } = looker({ fds: 0 });
    for (const [at, link] of leak(3, 2).entries()) symlinkSync(link, `${tree.dir}/10/fd/${at}`);
    const target = { pid: 10, startTicks: 5, at: 'fds', since: undefined } as const;
    expect(finish(source.look({ ...target, grown: 2 })).kinds).toEqual([
      { name: 'file /etc/hostname', amount: 3, newer: 0 },
      { name: 'eventfd', amount: 2, newer: 2 },
    ]);
    expect(finish(source.look({ ...target, grown: 0 })).kinds[0]).toEqual({ name: 'file /etc/hostname', amount: 3 });
  });
});

test('the newest are found among thousands without a list of all', () => {
  const links = Array.from({ length: 3000 }, (_, at) => (at < 2500 ? '/old' : '/new'));
  const { tree, look } = lookedAt(links, { files: { status: 'Name:\tx\nFDSize:\t4096\nVmRSS:\t 1 kB\n' } });
  const { kinds, incomplete } = look();
  expect(kinds).toEqual({ 'file /new': 500 });
  expect(incomplete).toMatch(/^looked at 500 of (\d+|more than 2048) descriptors$/);
  // Some of the newest are closed.
  for (let at = 2980; at < 2999; at++) unlinkSync(`${tree.dir}/10/fd/${at}`);
  expect(look().kinds).toEqual({ 'file /new': 481, 'file /old': 19 });
});

test('the look says how far it came where its budget ends', () => {
  const links = Array.from({ length: 20 }, (_, at) => `socket:[${at}]`);
  const { tree } = lookedAt(links, { files: { 'net/unix': '' } });
  const look = (most: number) =>
    finish(lookAtDescriptors(lookContext(10, { procfs: tree.dir, budget: files(most) }))).incomplete;
  expect(look(15)).toBe('looked at 15 of 20 descriptors; 15 of 15 sockets were not looked up');
  expect(look(20)).toBe('20 of 20 sockets were not looked up');
  expect(look(30)).toBeUndefined();
});

test('half of the budget is left for the tables of sockets, and more where most are sockets', () => {
  const looked = (link: string, grown?: number) => {
    const { tree } = lookedAt([...Array(290).fill(link), ...Array(10).fill('socket:[2]')]);
    let used = 0;
    const spend = (count = 1, share = 1) => {
      used += count;
      return used <= share * 480;
    };
    return finish(lookAtDescriptors(lookContext(10, { procfs: tree.dir, grown, budget: { spend } }))).incomplete;
  };
  expect(looked('/etc/hostname')).toMatch(/^looked at 240 of 300 descriptors/);
  expect(looked('/etc/hostname', 12)).toMatch(/^looked at 120 of 300 descriptors/);
  expect(looked('socket:[1]')).toMatch(/^looked at 120 of 300 descriptors;/);
});

test.each([
  ['sockets', 4, ['socket:[1]', 'socket:[2]', 'pipe:[3]'], { 'TCP in CLOSE_WAIT to 10.0.0.5:5432': 2, pipe: 1 }],
  [
    'pipes',
    6,
    ['socket:[1]', 'pipe:[3]', 'pipe:[4]'],
    { 'socket that was not looked up': 1, 'pipe to its child sh': 2 },
  ],
])('where the budget is short, %s come first if there are more of them', (_, most, links, kinds) => {
  const table = HEAD + [1, 2].map((inode) => tcp(inode, '0100000A:C001', '0500000A:1538', '08')).join('');
  const child = [{ pid: 20, ppid: 10, comm: 'sh', state: 'S' }] as Stat[];
  // Enough for three links, and for one table or the child's three links.
  const { tree, look } = lookedAt(links, { files: { 'net/tcp': table } }, { processes: child, budget: files(most) });
  mkdirSync(`${tree.dir}/20/fd`, { recursive: true });
  for (const inode of [3, 4]) symlinkSync(`pipe:[${inode}]`, `${tree.dir}/20/fd/${inode - 3}`);
  expect(look().kinds).toEqual(kinds);
});

test('the look says if descriptors may not be read', () => {
  const { look } = looker({ fds: 'denied' });
  expect(withoutRoot(() => look('fds'))).toEqual({ t: NOW, at: 'fds', kinds: [], incomplete: 'denied' });
});

test.each([
  ['socket:[1]', { socket: '1' }],
  ['pipe:[1]', { pipe: '1' }],
  ['net:[4026531840]', { name: 'net namespace', wider: 'net namespace' }],
  ['anon_inode:[eventfd]', { name: 'eventfd', wider: 'eventfd' }],
  ['anon_inode:inotify', { name: 'inotify', wider: 'inotify' }],
  ['anon_inode:[io_uring]', { name: 'io_uring', wider: 'io_uring' }],
  ['anon_inode:kvm-vcpu:3', { name: 'kvm-vcpu:#', wider: 'kvm-vcpu:#' }],
  ['/dev/pts/3', { name: 'device /dev/pts/#', wider: 'device /dev/pts/#' }],
  ['/dev/shm/ring-7', { name: 'file /dev/shm/ring-#', wider: 'file /dev/shm/#' }],
  ['/var/log/x.log (deleted)', { name: 'deleted file /var/log/x.log', wider: 'deleted file /var/log/#.log' }],
  ['/memfd:wayland-shm7 (deleted)', { name: 'memfd wayland-shm#', wider: 'memfd' }],
  ['/tmp/socket:[1]', { name: 'file /tmp/socket:[#]', wider: 'file /tmp/#' }],
  ['anon_inode:[<b>]', { name: 'other', wider: 'other' }],
  ['', { name: 'other', wider: 'other' }],
])('a descriptor that leads to %j is %j', (link, kind) => {
  expect(descriptorKind(link)).toEqual(kind);
});
