/** Each row of the meanings is found by a kind that readers name so, and docs/evidence.md has them all. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Meaning } from '../../../src/model/look.ts';
import { descriptorKind } from '../../../src/sources/proc/look/descriptors.ts';
import { DESCRIPTOR_MEANINGS } from '../../../src/verdict/meanings/descriptors.ts';
import { MEMORY_MEANINGS } from '../../../src/verdict/meanings/memory.ts';
import { expectGolden } from '../../support/golden.ts';

/** For each row a kind that leads to it, in the order of the rows. */
const DESCRIPTORS = [
  'TCP in CLOSE_WAIT to 10.0.0.5:5432',
  'TCP accepted on :8080 in CLOSE_WAIT',
  'TCP in SYN_SENT to 10.0.0.5:5432',
  'TCP in FIN_WAIT2 to 10.0.0.5:443',
  'TCP in ESTABLISHED to 10.0.0.5:5432',
  'TCP in ESTABLISHED to many hosts, port 443',
  'TCP in ESTABLISHED to [2001:db8::1]:7000',
  'TCP in ESTABLISHED, made or accepted',
  'TCP accepted on :8080 in ESTABLISHED',
  'TCP listening on :8080',
  'UDP to 10.0.0.2:53',
  'UDP on :8125',
  'socket without an address',
  'netlink socket',
  'unix socket /run/app.sock',
  'unix socket',
  'pipe to its child convert',
  'pipe to itself',
  'pipe',
  'deleted file /var/log/app.log.#',
  'deleted file /data/upload-#',
  'file /app/lib/plugin-#.jar',
  'file /proc/#/stat',
  'file /data/upload-#',
  'device /dev/pts/#',
  'device /dev/null',
  'epoll',
  'eventfd',
  'timerfd',
  'inotify',
  'memfd buffer-#',
  'pidfd',
  'net namespace',
  'bpf-map',
];

const MEMORY = [
  'heap',
  'malloc arenas',
  'stacks of threads',
  'stack of the main thread',
  'code made at run time',
  '[anon: Go: heap]',
  '[anon:v8]',
  '[anon: glibc: malloc]',
  '[anon:zend_alloc]',
  'shared memory /dev/shm/psm_#',
  'memfd doublemapper',
  'System V shared memory',
  'shared anonymous memory',
  'huge pages',
  'programs and libraries',
  'deleted mapped file /data/table.db',
  'mapped file /data/table.db',
  'other anonymous memory',
  'swapped out',
  'anonymous memory',
  'shared memory',
  'mapped files',
];

function meaningOf(meanings: readonly Meaning[], name: string): Meaning | undefined {
  return meanings.find(({ pattern }) => pattern.test(name));
}

describe.each([
  ['descriptors', DESCRIPTOR_MEANINGS, DESCRIPTORS],
  ['memory', MEMORY_MEANINGS, MEMORY],
])('the meanings of %s', (_, meanings, examples) => {
  test('have an example for each row, which leads to it', () => {
    expect(examples.map((name) => meanings.indexOf(meaningOf(meanings, name)!))).toEqual(
      meanings.map((_row, at) => at),
    );
  });

  test('are sentences of bounded length with a source', () => {
    for (const { says, source } of meanings) {
      expect(says).toMatch(/^[A-Z].*\.$/);
      expect(says.length).toBeLessThanOrEqual(260);
      expect(source).toMatch(/\(\dc?o?n?s?t?\)|^https:|^RFC/);
    }
  });

  test('stand in docs/evidence.md', () => {
    const heading = meanings === MEMORY_MEANINGS ? '## Memory' : '## Descriptors';
    const page = readFileSync('docs/evidence.md', 'utf8');
    const rows = meanings.map(({ says, source }, at) => `| \`${examples[at]}\` | ${says} | ${source} |`).join('\n');
    const table = `| Kind, as an example | What ever more of it usually means | Source |\n|---|---|---|\n${rows}\n`;
    const [before = '', chapter = ''] = page.split(`${heading}\n`);
    expectGolden(
      'docs/evidence.md',
      `${before}${heading}\n${chapter.replace(/\| Kind, as an example \|.*\n(?:\|.*\n)+/, () => table)}`,
    );
  });
});

test.each([
  ['size of address space is told', 'heap (address space)', MEMORY_MEANINGS, 'heap'],
  [
    'size of address space is told',
    'other anonymous memory (address space)',
    MEMORY_MEANINGS,
    'other anonymous memory',
  ],
])('where the %s, %s means the same', (_, name, meanings, same) => {
  expect(meaningOf(meanings, name)).toBe(meaningOf(meanings, same));
});

test('every link that has a kind of its own has a meaning', () => {
  const links = [
    'anon_inode:[eventpoll]',
    'anon_inode:[timerfd]',
    'anon_inode:bpf-map',
    'net:[4026531840]',
    '/dev/null',
  ];
  for (const link of links) {
    const kind = descriptorKind(link);
    expect('name' in kind && meaningOf(DESCRIPTOR_MEANINGS, kind.name)).toBeTruthy();
  }
});

test('of what nobody knows nothing is said', () => {
  expect(meaningOf(DESCRIPTOR_MEANINGS, 'other')).toBeUndefined();
  expect(meaningOf(DESCRIPTOR_MEANINGS, 'socket that was not looked up')).toBeUndefined();
  expect(meaningOf(DESCRIPTOR_MEANINGS, 'kvm-vm')).toBeUndefined();
});
