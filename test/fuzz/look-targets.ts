/** Parsers of what a look at one process reads. */
import { descriptorKind } from '../../src/sources/proc/look/descriptors.ts';
import { foldPath, siblings } from '../../src/sources/proc/look/fold.ts';
import { classOfMapping, parseMapping } from '../../src/sources/proc/look/mappings.ts';
import { SmapsReader } from '../../src/sources/proc/look/smaps.ts';
import { nameInetSockets, parseInetSocket, parseUnixSocket } from '../../src/sources/proc/look/sockets.ts';
import { DESCRIPTOR_MEANINGS } from '../../src/verdict/meanings/descriptors.ts';
import { MEMORY_MEANINGS } from '../../src/verdict/meanings/memory.ts';
import { require, requireEqual, requireQuantities } from './invariants.ts';
import type { Target } from './targets.ts';

/** The kernel shows no longer path (PATH_MAX), and names of kinds have a few words more than a path that is folded. */
const [MOST_PATH, MOST_NAME] = [4096, 160];

function requireName(name: string): void {
  require(name.length <= MOST_NAME, `a name of ${name.length} characters`);
  for (const { pattern } of [...DESCRIPTOR_MEANINGS, ...MEMORY_MEANINGS]) pattern.test(name);
}

export const LOOK_TARGETS: readonly Target[] = [
  {
    name: 'descriptor',
    seeds: () => [
      'socket:[4711]',
      'pipe:[12]',
      'anon_inode:[eventpoll]',
      'net:[4026531840]',
      '/memfd:wayland-shm (deleted)',
      '/tmp/tmpk_q_zxab/0b2c1a9e-9d3c-4b1e-8f77-1f5d2f9c0a11.upload',
      '/var/lib/docker/overlay2/5f3ac9e1/merged/app/log/a.log.17 (deleted)',
    ],
    run(bytes) {
      const link = bytes.toString('utf8', 0, MOST_PATH);
      const kind = descriptorKind(link);
      for (const name of Object.values(kind)) requireName(name);
      const folded = foldPath(link);
      require(!/\d{2}/.test(folded), 'two digits are left');
      requireName(siblings(folded));
    },
  },
  {
    name: 'sockets',
    seeds: () => [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n' +
        '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1605 1 00000000129c0025 100 0 0 10 0\n' +
        '   1: 0100007F:B9BE 0500000A:1538 08 00000000:00000000 00:00000000 00000000     0        0 6998100 2 00000000df4f086e 20 0 0 10 -1\n' +
        '   2: 0000000000000000FFFF00000100007F:AA4F 0000000000000000FFFF00000100007F:B9BE 01 00000000:00000000 00:00000000 00000000     0        0 77 1 00000000a4b7d6f6 20 0\n',
      'Num       RefCount Protocol Flags    Type St Inode Path\n00000000e9bed26f: 00000003 00000000 00000000 0001 03  1602 /run/a\n b\n',
    ],
    run(bytes) {
      const lines = bytes.toString('latin1').split('\n');
      const sockets = lines.flatMap((line) => parseInetSocket(line) ?? []);
      requireQuantities(sockets);
      for (const protocol of ['TCP', 'UDP'] as const) {
        const names = nameInetSockets(protocol, sockets, new Set([8080]));
        requireEqual(names.length, sockets.length, 'not each socket has a name');
        for (const [, { name, wider }] of names) {
          requireName(name);
          requireName(wider);
        }
      }
      for (const line of lines) {
        const socket = parseUnixSocket(line);
        require(socket === undefined || /^\d+$/.test(socket.inode), 'an inode that is no number');
      }
    },
  },
  {
    name: 'maps',
    seeds: () => [
      '55cd3e425000-55cd3e707000 rw-p 00000000 00:00 0                          [heap]\n' +
        '7f46b8000000-7f46b8021000 rw-p 00000000 00:00 0 \n7f46b8021000-7f46bc000000 ---p 00000000 00:00 0 \n',
      '7f46d4965000-7f46d4a65000 rw-s 00000000 00:01 1808402                    /memfd:hello world (deleted)\n' +
        '7f46d4a65000-7f46d4b65000 rwxs 00000000 00:01 1808401                    /dev/zero (deleted)\n' +
        '7f46d4c6a000-7f46d546a000 r-xp 00000000 00:00 0                          [anon:v8]\n',
    ],
    run(bytes) {
      const lines = bytes.toString('latin1', 0, 4 * MOST_PATH).split('\n');
      const mappings = lines.flatMap((line) => parseMapping(line) ?? []);
      requireQuantities(mappings);
      for (const [at, mapping] of mappings.entries()) {
        const found = classOfMapping(mapping, mappings[at - 1], mappings[at + 1]);
        if (!found) continue;
        requireName(found.name);
        requireName(found.wider);
      }
    },
  },
  {
    name: 'smaps',
    seeds: () => [
      '55cd3e425000-55cd3e707000 rw-p 00000000 00:00 0                          [heap]\nSize: 9 kB\nPss:    8 kB\nShared_Dirty: 1 kB\nPrivate_Dirty:   7 kB\nSwapPss: 2 kB\nVmFlags: rd wr mr mw me ac nh \n' +
        '7f46d4965000-7f46d4a65000 rw-s 00000000 00:01 18 /a\nPss: 4 kB\nPrivate_Hugetlb: 2048 kB\n',
    ],
    run(bytes) {
      const text = bytes.toString('latin1');
      const all = (parts: readonly string[]) => {
        const held: unknown[] = [];
        const reader = new SmapsReader((one) => held.push(one));
        for (const part of parts) reader.read(part);
        reader.end();
        return held;
      };
      const whole = all([text]);
      requireQuantities(whole);
      const lines = text.split('\n');
      const each = lines.map((line, at) => (at < lines.length - 1 ? `${line}\n` : line));
      requireEqual(all(each), whole, 'line by line it is something else');
    },
  },
];
