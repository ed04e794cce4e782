/** Why a file that the user named cannot be read, in words that follow "cannot be read:". */
import { printable } from '../text/printable.ts';
import { formatBytes } from '../text/quantity.ts';

/** Chosen: a file of options, of users or of certificates has a few KB, so a larger one is the wrong file. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** @param error of node:fs, with code EFBIG for a file of more than MAX_FILE_BYTES */
export function whyUnreadable(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  switch (code) {
    case 'ENOENT':
      return 'it does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'permission is denied';
    case 'EISDIR':
      return 'it is a directory';
    case 'EFBIG':
      return `it is larger than ${formatBytes(MAX_FILE_BYTES)}`;
    default:
      return printable(typeof code === 'string' ? code : error instanceof Error ? error.message : String(error));
  }
}
