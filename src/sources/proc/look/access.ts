/**
 * What of a process may be looked at: the kernel allows its own user, and who may trace it.
 * Source: ptrace(2), "Ptrace access mode checking"; proc_pid_fd(5), proc_pid_smaps(5), proc_pid_wchan(5).
 */
import { readdirSync } from 'node:fs';
import { missReason } from '../../miss.ts';
import { FileReader } from '../file.ts';
import { parseStat } from '../stat.ts';

/** @returns what may not be read of it, in words; nothing of a process that has ended */
export function deniedLooks(procfs: string, pid: number): readonly string[] {
  const files = new FileReader();
  const directory = `${procfs}/${pid}`;
  const isDenied = (file: string): boolean =>
    files.read(`${directory}/${file}`, { most: 1 }) < 0 && files.reason === 'denied';
  return [
    ...(mayList(`${directory}/fd`) ? [] : ['descriptors']),
    ...(isDenied('smaps') ? ['memory by mapping'] : []),
    ...(isDenied('wchan') || hidesWaits(directory, files) ? ['what its threads wait for'] : []),
  ];
}

function mayList(directory: string): boolean {
  try {
    readdirSync(directory);
    return true;
  } catch (error) {
    return missReason(error) !== 'denied';
  }
}

/** To those who may not know it, a process waits for 0, as one does that runs. */
function hidesWaits(directory: string, files: FileReader): boolean {
  const length = files.read(`${directory}/stat`);
  const state = length < 0 ? undefined : parseStat(files.buffer, length)?.state;
  return state === 'S' && files.text(`${directory}/wchan`) === '0';
}
