import { describe, expect, test } from 'vitest';
import { finish } from '../../../../src/model/portions.ts';
import type { LookContext, Seen } from '../../../../src/sources/proc/look/context.ts';
import { classOfMapping, parseMapping } from '../../../../src/sources/proc/look/mappings.ts';
import { lookAtMemory } from '../../../../src/sources/proc/look/memory.ts';
import { type Held, SmapsReader } from '../../../../src/sources/proc/look/smaps.ts';
import { files, lookContext } from '../../../support/look-context.ts';
import type { ProcessSpec } from '../../../support/proc-tree.ts';
import { processes } from '../../trees.ts';

/** Names of the mappings of these lines of maps; undefined for those that hold nothing. */
function names(...lines: readonly string[]): (string | undefined)[] {
  const mappings = lines.map((line) => parseMapping(line)!);
  return mappings.map((mapping, at) => classOfMapping(mapping, mappings[at - 1], mappings[at + 1])?.name);
}

describe('a mapping', () => {
  test.each([
    ['[heap]', 'rw-p', 'heap'],
    ['[stack]', 'rw-p', 'stack of the main thread'],
    ['', 'rw-p', 'other anonymous memory'],
    ['', 'rwxp', 'code made at run time'],
    ['', 'r-xp', 'code made at run time'],
    ['', '---p', undefined],
    ['[vdso]', 'r-xp', undefined],
    ['[vvar]', 'r--p', undefined],
    ['[anon:v8]', 'rw-p', '[anon:v8]'],
    ['[anon: Go: heap]', 'rw-p', '[anon: Go: heap]'],
    ['[anon: glibc: malloc arena]', 'rw-p', 'malloc arenas'],
    ['[anon: glibc: pthread stack: 4711]', 'rw-p', 'stacks of threads'],
    ['[anon_shmem:ring 17]', 'rw-s', '[anon_shmem:ring #]'],
    ['/memfd:doublemapper (deleted)', 'rwxs', 'memfd doublemapper'],
    ['/dev/zero (deleted)', 'rw-s', 'shared anonymous memory'],
    ['/SYSV0000162e (deleted)', 'rw-s', 'System V shared memory'],
    ['/dev/shm/psm_7f3a91c2', 'rw-s', 'shared memory /dev/shm/psm_#'],
    ['/dev/shm/gone (deleted)', 'rw-s', 'shared memory /dev/shm/gone'],
    ['/anon_hugepage (deleted)', 'rw-p', 'huge pages'],
    ['/usr/bin/node', 'r-xp', 'programs and libraries'],
    ['/usr/lib/libc.so.6', 'rw-p', 'programs and libraries'],
    ['/data/table-17.db', 'rw-s', 'mapped file /data/table-#.db'],
    ['/data/table-17.db (deleted)', 'rw-s', 'deleted mapped file /data/table-#.db'],
    ['/data/a\\012b', 'rw-s', 'mapped file /data/a\\#b'],
  ])('of %j with %s is: %s', (path, permissions, name) => {
    expect(names(`7f0000001000-7f0000002000 ${permissions} 00000000 00:00 0     ${path}`)).toEqual([name]);
  });

  test('is part of a malloc arena if it begins at 64 MB, and the rest up to there is reserved or in use', () => {
    expect(names('7f46b8000000-7f46b8021000 rw-p 0 00:00 0 ', '7f46b8021000-7f46bc000000 ---p 0 00:00 0 ')).toEqual([
      'malloc arenas',
      undefined,
    ]);
    expect(names('7f46b8000000-7f46bc000000 rw-p 0 00:00 0 ')).toEqual(['malloc arenas']);
    // Two of them that were merged, since the first is in use as a whole.
    expect(names('7f46b8000000-7f46bc021000 rw-p 0 00:00 0 ', '7f46bc021000-7f46c0000000 ---p 0 00:00 0 ')).toEqual([
      'malloc arenas',
      undefined,
    ]);
  });

  test('is no part of an arena where more is reserved, as for the heap of Java, or less', () => {
    expect(names('0f0000000-0f0600000 rw-p 0 00:00 0 ', '0f0600000-100000000 ---p 0 00:00 0 ')[0]).toBe(
      'other anonymous memory',
    );
    expect(names('7f46b8000000-7f46b8021000 rw-p 0 00:00 0 ')).toEqual(['other anonymous memory']);
    expect(names('7f46b9000000-7f46b9021000 rw-p 0 00:00 0 ', '7f46b9021000-7f46bc000000 ---p 0 00:00 0 ')[0]).toBe(
      'other anonymous memory',
    );
  });

  test('is a stack if a guard is below it', () => {
    expect(names('7f46d4c69000-7f46d4c6a000 ---p 0 00:00 0 ', '7f46d4c6a000-7f46d546a000 rw-p 0 00:00 0 ')).toEqual([
      undefined,
      'stacks of threads',
    ]);
    const far = names('7f46d4000000-7f46d4001000 ---p 0 00:00 0 ', '7f46d4c6a000-7f46d546a000 rw-p 0 00:00 0 ');
    expect(far).toEqual([undefined, 'other anonymous memory']);
    const large = names('7f46d4000000-7f46d4c6a000 ---p 0 00:00 0 ', '7f46d4c6a000-7f46d546a000 rw-p 0 00:00 0 ');
    expect(large).toEqual([undefined, 'other anonymous memory']);
  });

  test.each(['', 'Size: 4 kB', 'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]'])(
    'is none: %j',
    (line) => {
      expect(parseMapping(line)).toBeUndefined();
    },
  );

  test('has a path of any bytes', () => {
    expect(parseMapping('1000-2000 rw-p 00000000 fe:00 123   /a b/\u00c3\u00a4\r')).toEqual({
      start: 0x1000,
      end: 0x2000,
      permissions: 'rw-p',
      path: '/a b/ä\r',
    });
  });
});

function smaps(start: string, fields: Readonly<Record<string, number>>, flags = 'rd wr mr mw me ac'): string {
  const lines = Object.entries(fields).map(([name, kilobytes]) => `${name}:${`${kilobytes}`.padStart(20)} kB`);
  return [`${start} rw-p 00000000 00:00 0 `, 'Size: 9999 kB', ...lines, 'THPeligible:    0', `VmFlags: ${flags} `].join(
    '\n',
  );
}

function readSmaps(text: string): Held[] {
  const held: Held[] = [];
  const reader = new SmapsReader((one) => held.push(one));
  for (const line of text.split('\n')) reader.read(`${line}\n`);
  reader.end();
  return held;
}

test('smaps tells what each mapping holds', () => {
  const first = { Rss: 100, Pss: 60, Pss_Dirty: 60, Shared_Dirty: 8, Private_Dirty: 40, Swap: 30, SwapPss: 20 };
  const second = { Pss: 4, Shared_Dirty: 9, Private_Dirty: 9, Private_Hugetlb: 2048, Shared_Hugetlb: 1, Swap: 3 };
  const text = [smaps('1000-2000', first), smaps('a000-b000', second, 'rd wr mr nh'), smaps('f000-ffff', {})].join(
    '\n',
  );
  expect(readSmaps(text)).toEqual([
    { start: 0x1000, proportionalBytes: 60 * 1024, dirtyBytes: 48 * 1024, swappedBytes: 20 * 1024, isStack: false },
    { start: 0xa000, proportionalBytes: 2053 * 1024, dirtyBytes: 18 * 1024, swappedBytes: 0, isStack: true },
    { start: 0xf000, proportionalBytes: 0, dirtyBytes: 0, swappedBytes: 0, isStack: false },
  ]);
  expect(readSmaps('')).toEqual([]);
});

const MAPS = [
  '55cd3e425000-55cd3e707000 rw-p 00000000 00:00 0                          [heap]',
  '7f46b8000000-7f46b8021000 rw-p 00000000 00:00 0 ',
  '7f46b8021000-7f46bc000000 ---p 00000000 00:00 0 ',
  '7f46d5000000-7f46d5800000 rw-p 00000000 00:00 0 ',
  '7f46d6000000-7f46d6100000 r--s 00000000 fe:00 7                          /data/table.db',
  '7f46d7000000-7f46d7100000 rw-s 00000000 fe:00 8                          /data/queue.db',
  '',
].join('\n');
const SMAPS = [
  smaps('55cd3e425000-55cd3e707000', { Pss: 2000, Private_Dirty: 2000, SwapPss: 500 }),
  smaps('7f46b8000000-7f46b8021000', { Pss: 132, Private_Dirty: 132 }),
  smaps('7f46b8021000-7f46bc000000', { Pss: 0 }),
  smaps('7f46d5000000-7f46d5800000', { Pss: 40 }, 'rd wr mr mw me ac nh'),
  smaps('7f46d6000000-7f46d6100000', { Pss: 1024, Shared_Clean: 1024 }),
  smaps('7f46d7000000-7f46d7100000', { Pss: 600, Private_Dirty: 16 }),
  smaps('7f46d9000000-7f46d9001000', { Pss: 4 }),
  '',
].join('\n');

function lookedAt(spec: Omit<ProcessSpec, 'pid'>, context: Partial<LookContext> = {}): Seen {
  const tree = processes({ processes: [{ ...spec, pid: 10 }] });
  return finish(lookAtMemory(lookContext(10, { ...context, procfs: tree.dir })));
}

const kilobytes = (name: string, amount: number) => ({ name, amount: amount * 1024 });

test('memory is told by class of mapping; of files on disk only what is not on disk', () => {
  const look = lookedAt({ files: { maps: MAPS, smaps: SMAPS } });
  expect(look).toMatchObject({
    kinds: [
      kilobytes('heap', 2000),
      kilobytes('swapped out', 500),
      kilobytes('malloc arenas', 132),
      kilobytes('stacks of threads', 40),
      kilobytes('mapped file /data/queue.db', 16),
      kilobytes('other anonymous memory', 4),
    ],
  });
  expect(look).not.toHaveProperty('incomplete');
});

const SIZES = [
  kilobytes('other anonymous memory (address space)', 8192),
  kilobytes('heap (address space)', 2952),
  kilobytes('mapped file /data/queue.db (address space)', 1024),
  kilobytes('malloc arenas (address space)', 132),
];

test('of a process with much resident memory the sizes of mappings are told, as looking at its pages takes long', () => {
  const look = lookedAt({ residentPages: 65_537, sharedPages: 0, files: { maps: MAPS, smaps: SMAPS } });
  expect(look).toMatchObject({
    kinds: SIZES,
    incomplete: 'tells sizes of its address space: more than 256 MB are resident',
  });
  const swapped = lookedAt({ residentPages: 65_537, swapPages: 2, files: { maps: MAPS, smaps: SMAPS } });
  expect(swapped.kinds).toContainEqual(kilobytes('swapped out', 8));
  const smaller = lookedAt({ residentPages: 65_536, sharedPages: 0, files: { maps: MAPS, smaps: SMAPS } });
  expect(smaller).not.toHaveProperty('incomplete');
});

function manyMappings(count: number): string {
  return Array.from(
    { length: count },
    (_, at) =>
      `${(0x7f0000000000 + at * 0x2000).toString(16)}-${(0x7f0000001000 + at * 0x2000).toString(16)} rw-p 0 00:00 0 \n`,
  ).join('');
}

test('of a process with more than 800 mappings as well', () => {
  const look = lookedAt({ files: { maps: manyMappings(801), smaps: SMAPS } });
  expect(look).toMatchObject({
    kinds: [kilobytes('other anonymous memory (address space)', 3204)],
    incomplete: 'tells sizes of its address space: it has more than 800 mappings',
  });
  const fewer = lookedAt({ files: { maps: manyMappings(800), smaps: SMAPS } });
  expect(fewer).not.toHaveProperty('incomplete');
});

const STATUS_KINDS = [
  { name: 'anonymous memory', amount: 60 * 4096 },
  { name: 'mapped files', amount: 40 * 4096 },
  { name: 'swapped out', amount: 3 * 4096 },
  { name: 'shared memory', amount: 0 },
];

test('where there are too many mappings, or they may not be read, what status says is told', () => {
  const spec = { residentPages: 100, sharedPages: 40, swapPages: 3 };
  const look = lookedAt({ ...spec, files: { maps: manyMappings(5001) } });
  expect(look).toMatchObject({ kinds: STATUS_KINDS, incomplete: 'has more than 5000 mappings' });
  expect(lookedAt(spec)).toMatchObject({ kinds: STATUS_KINDS, incomplete: 'vanished' });
});

test('where the budget ends before all is read, what was read before is told', () => {
  const spec = { residentPages: 100, sharedPages: 40, swapPages: 3, files: { maps: MAPS, smaps: SMAPS } };
  expect(lookedAt(spec, { budget: files(0) })).toEqual({ kinds: [], incomplete: 'took too long' });
  expect(lookedAt(spec, { budget: files(1) })).toMatchObject({
    kinds: STATUS_KINDS,
    incomplete: 'its mappings took too long to read',
  });
  expect(lookedAt(spec, { budget: files(3) })).toMatchObject({
    kinds: [...SIZES, kilobytes('swapped out', 12)],
    incomplete: 'tells sizes of its address space: what its mappings hold took too long to read',
  });
});

test('many malloc arenas are a remark', () => {
  const arena = (at: number): string => {
    const [start, end, reserved] = [0, 0x21000, 0x4000000].map((of) =>
      (0x7f0000000000 + at * 0x4000000 + of).toString(16),
    );
    return `${start}-${end} rw-p 0 00:00 0 \n${end}-${reserved} ---p 0 00:00 0 \n`;
  };
  const remarks = (count: number) => {
    const maps = Array.from({ length: count }, (_, at) => arena(at)).join('');
    return lookedAt({ files: { maps, smaps: '' } }).remarks;
  };
  expect(remarks(9)).toEqual(['has 9 malloc arenas']);
  expect(remarks(8)).toBeUndefined();
});
