/** Reads /proc/PID/cmdline, for the name of the program. Arguments are never shown. Source: proc_pid_cmdline(5). */
import type { FileReader } from './file.ts';

/** Bytes that are read of it. The program's name is at the beginning. */
const COMMAND_LINE_BYTES = 4096;

/** @returns its words, none of a kernel thread or a zombie; undefined, with `files.reason`, if it cannot be read */
export function readCommandLine(directory: string, files: FileReader): readonly string[] | undefined {
  const length = files.read(`${directory}/cmdline`, { most: COMMAND_LINE_BYTES });
  if (length < 0) return undefined;
  let end = length;
  while (end > 0 && files.buffer[end - 1] === 0) end--; // a title written over the arguments is padded with zeros
  return end === 0 ? [] : files.buffer.toString('utf8', 0, end).split('\0');
}
