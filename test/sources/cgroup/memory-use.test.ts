import { expect, test } from 'vitest';
import {
  parseIo,
  parseLegacyLimit,
  parseLegacyMemory,
  parseUnifiedMemory,
} from '../../../src/sources/cgroup/memory-use.ts';

/** From a real host, shortened. */
const LEGACY = `cache 1007616
rss 23609344
pgpgin 185717
hierarchical_memory_limit 536870912
hierarchical_memsw_limit 9223372036854771712
total_cache 1847762944
total_rss 636534784
total_rss_huge 92274688
total_swap 4096
total_pgpgin 155711910
total_pgpgout 155235634
`;

test('version 1: figures that include the cgroups below', () => {
  expect(parseLegacyMemory(LEGACY)).toEqual({
    rss: 636_534_784,
    cache: 1_847_762_944,
    swap: 4096,
    pagesIn: 155_711_910,
    pagesOut: 155_235_634,
  });
  expect(parseLegacyLimit(LEGACY)).toBe(536_870_912);
  expect(parseLegacyLimit(LEGACY.replace('536870912', '9223372036854771712'))).toBeUndefined();
});

test('version 2', () => {
  expect(parseUnifiedMemory('anon 8192\nfile 4096\nkernel 100\nanon_thp 5\n')).toEqual({ rss: 8192, cache: 4096 });
  const io =
    '254:0 rbytes=90112 wbytes=8192 rios=7 wios=1 dbytes=99 dios=1\n7:0 \n8:16 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n';
  expect(parseIo(io)).toEqual({ read: 94_208, written: 8192 });
  expect(parseIo('')).toEqual({ read: 0, written: 0 });
});

test('unknown is not 0', () => {
  for (const bad of ['', '\n', 'anon\nfile\n', 'anon -1\nfile 3\n', 'anon 1\n', 'file 1\n', 'anon 1x\nfile 1\n']) {
    expect(parseUnifiedMemory(bad), bad).toBeUndefined();
    expect(parseLegacyMemory(bad), bad).toBeUndefined();
  }
});
