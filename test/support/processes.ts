/** The processes of this host as /proc has them, for tests that look with other eyes than ours. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export function pids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
}

/** A file of a process; empty if it is gone, or not to be read. */
export function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

export interface Stat {
  readonly state: string;
  readonly ppid: number;
  readonly session: number;
}

/** State, parent and session, of proc_pid_stat(5); undefined of who is gone. */
export function statOf(pid: number): Stat | undefined {
  const line = readOf(pid, 'stat');
  if (line === '') return undefined;
  const [state = '', ppid, , session] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state, ppid: Number(ppid), session: Number(session) };
}

/** Gone, or waiting for an init that takes its time. */
export function isDead(pid: number): boolean {
  return ['Z', 'X', undefined].includes(statOf(pid)?.state);
}

export function childrenOf(pid: number): number[] {
  return pids().filter((candidate) => statOf(candidate)?.ppid === pid);
}

/** At once; one that has ended meanwhile is as good. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Has a process this file, pipe or device open? Which descriptor, and how many there are, depends on who started it. */
export function hasOpen(pid: number, path: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === path;
    } catch {
      return false; // closed meanwhile
    }
  });
}
