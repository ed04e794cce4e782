/** Reads a small text file. Of a larger or endless one it reads one byte more than the limit. */
import { Input } from './input.ts';

/** Chosen: a command in `<(command)` may ask a server for a secret, and a start that takes longer has failed. */
const SILENCE_MS = 10_000;

/**
 * @returns the text as UTF-8
 * @throws {Error} like node:fs, with code EFBIG if the file has more than `maxBytes`, and if nobody writes to a pipe
 */
export function readTextFile(path: string, maxBytes: number): string {
  const input = new Input(path, { silenceMs: SILENCE_MS });
  const buffer = Buffer.alloc(maxBytes + 1);
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = input.read(buffer.subarray(length));
    }
    if (length > maxBytes) throw tooLarge(path, maxBytes);
    return buffer.toString('utf8', 0, length);
  } finally {
    input.close();
  }
}

/** The same, with an ear for signals while a command is waited for. What was read before an abort is returned. */
export async function awaitTextFile(path: string, maxBytes: number, signal: AbortSignal): Promise<string> {
  const input = new Input(path, { silenceMs: SILENCE_MS });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of input.chunks(maxBytes + 1, signal)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(path, maxBytes);
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    input.close();
  }
}

function tooLarge(path: string, maxBytes: number): Error {
  return Object.assign(new Error(`EFBIG: more than ${maxBytes} bytes, read '${path}'`), { code: 'EFBIG' });
}
