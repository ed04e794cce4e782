/** Parses /proc/PID/smaps_rollup, lines `Name: number kB` after a first line. Source: proc_pid_smaps_rollup(5). */
import type { MemoryShare } from '../../model/memory-share.ts';

const LINE = /^(Pss|Private_Clean|Private_Dirty|Swap|SwapPss): +(\d{1,12}) kB$/gm;

/**
 * @returns bytes; undefined if a line is missing
 * @example parseRollup('5 - 7 ---p 00:00 0 [rollup]\nPss: 30 kB\nPrivate_Clean: 4 kB\nPrivate_Dirty: 16 kB\n') // => { proportionalBytes: 30720, privateBytes: 20480 }
 */
export function parseRollup(text: string): MemoryShare | undefined {
  const kilobytes = new Map([...text.matchAll(LINE)].map(([, name, digits]) => [name, Number(digits)]));
  const pss = kilobytes.get('Pss');
  const clean = kilobytes.get('Private_Clean');
  const dirty = kilobytes.get('Private_Dirty');
  if (pss === undefined || clean === undefined || dirty === undefined) return undefined;
  const swap = kilobytes.get('SwapPss') ?? kilobytes.get('Swap') ?? 0;
  return { proportionalBytes: (pss + swap) * 1024, privateBytes: (clean + dirty + swap) * 1024 };
}
