/** How a process is called wherever people read of it. */
import { printable } from './printable.ts';

/** @example processName({ comm: 'ruby', pid: 4711 }) // => 'ruby (pid 4711)' */
export function processName({ comm, pid }: { readonly comm: string; readonly pid: number }): string {
  return `${printable(comm)} (pid ${pid})`;
}
