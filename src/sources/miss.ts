/** Failures to read something are expected: each becomes a reason from a closed set and is counted, not thrown. */
import { missKey } from '../model/misses.ts';

export type MissReason = 'vanished' | 'denied' | 'malformed' | 'exhausted' | 'failed';

/** The reason of a failed system call, from its errno. */
export function missReason(error: unknown): MissReason {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'ENOENT':
    case 'ESRCH':
    case 'ENOTDIR':
      return 'vanished';
    case 'EACCES':
    case 'EPERM':
      return 'denied';
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return 'exhausted';
    default:
      return 'failed';
  }
}

/** Counts misses by what could not be read and why. */
export class MissCounter {
  readonly counts = new Map<string, number>();

  add(what: string, reason: string): void {
    const key = missKey(what, reason);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}
