/** The descriptors of a process by kind. Source: proc_pid_fd(5). Cost: one link for each, the newest first. */
import { readdirSync, readlinkSync } from 'node:fs';
import { mostFirst } from '../../../model/look.ts';
import type { InPortions } from '../../../model/portions.ts';
import type { LookContext, Seen } from './context.ts';

export function* lookAtDescriptors({ directory, budget }: LookContext): InPortions<Seen> {
  // The last names are the newest descriptors; a leak is among them.
  const names = readdirSync(`${directory}/fd`).reverse();
  const kinds = new Map<string, number>();
  let looked = 0;
  for (const name of names) {
    if (!budget.spend()) break;
    looked++;
    let kind: string;
    try {
      kind = fdKind(readlinkSync(`${directory}/fd/${name}`));
    } catch {
      continue; // closed in the meantime
    }
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    yield;
  }
  return {
    ...mostFirst([...kinds].map(([name, amount]) => ({ name, amount }))),
    ...(looked < names.length && { incomplete: `looked at ${looked} of ${names.length} descriptors` }),
  };
}

/**
 * The kind of a descriptor.
 * @param link target of the symbolic link /proc/PID/fd/N, proc_pid_fd(5)
 * @example fdKind('socket:[4711]') // => 'socket'
 * @example fdKind('anon_inode:[eventpoll]') // => 'eventpoll'
 * @example fdKind('/var/log/syslog') // => 'file'
 */
export function fdKind(link: string): string {
  const anonymous = /^anon_inode:\[?([a-z_-]{1,32})\]?$/i.exec(link);
  if (anonymous) return anonymous[1]!;
  const special = /^(socket|pipe):\[\d+\]$/.exec(link);
  if (special) return special[1]!;
  if (/^\/dev\//.test(link)) return 'device';
  return link.startsWith('/') ? 'file' : 'other';
}
