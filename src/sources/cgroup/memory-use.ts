/**
 * Parses the memory of one cgroup by kind: memory.stat and io.stat of version 2, memory.stat of version 1.
 * Text in, numbers out; undefined for what is missing.
 * Source: kernel admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
 */

/** Bytes, except for the two numbers of pages. */
export interface CgroupMemory {
  readonly rss: number;
  readonly cache: number;
  readonly swap: number | undefined;
  readonly pagesIn: number | undefined;
  readonly pagesOut: number | undefined;
}

/**
 * @param stat memory.stat of version 1; its `total_` figures include the cgroups below
 * @example parseLegacyMemory('total_cache 8\ntotal_rss 4096\n') // => { rss: 4096, cache: 8, swap: undefined, pagesIn: undefined, pagesOut: undefined }
 */
export function parseLegacyMemory(stat: string): CgroupMemory | undefined {
  const values = numbersOf(stat);
  const rss = values.get('total_rss');
  const cache = values.get('total_cache');
  if (rss === undefined || cache === undefined) return undefined;
  return {
    rss,
    cache,
    swap: values.get('total_swap'),
    pagesIn: values.get('total_pgpgin'),
    pagesOut: values.get('total_pgpgout'),
  };
}

/**
 * The smallest memory limit of a cgroup and its ancestors, including ancestors that the container cannot see.
 * @param stat memory.stat of version 1
 * @returns bytes; undefined if there is no limit
 */
export function parseLegacyLimit(stat: string): number | undefined {
  return numbersOf(stat).get('hierarchical_memory_limit');
}

/** @param stat memory.stat of version 2; its figures include the cgroups below */
export function parseUnifiedMemory(stat: string): Pick<CgroupMemory, 'rss' | 'cache'> | undefined {
  const values = numbersOf(stat);
  const rss = values.get('anon');
  const cache = values.get('file');
  return rss === undefined || cache === undefined ? undefined : { rss, cache };
}

/**
 * Bytes read from disks and written to them, summed over all devices of an io.stat.
 * @example parseIo('8:0 rbytes=4096 wbytes=8192 rios=1 wios=2\n8:16 rbytes=1 wbytes=0\n') // => { read: 4097, written: 8192 }
 */
export function parseIo(stat: string): { readonly read: number; readonly written: number } {
  const sum = (key: RegExp): number => [...stat.matchAll(key)].reduce((total, [, digits]) => total + Number(digits), 0);
  return { read: sum(/ rbytes=(\d{1,18})/g), written: sum(/ wbytes=(\d{1,18})/g) };
}

/** Lines `name number`. Version 1 writes "no limit" with 19 digits, so longer numbers than 18 digits are left out. */
function numbersOf(stat: string): ReadonlyMap<string, number> {
  return new Map([...stat.matchAll(/^(\w+) (\d{1,18})$/gm)].map(([, name, digits]) => [name!, Number(digits)]));
}
