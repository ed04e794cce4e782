/** Sentences on standard error from outside of the daemon's loop. Nobody may read it, and the process ends all the same. */
import { writeSync } from 'node:fs';
import { pause } from '../config/pause.ts';
import { openUnblocked } from '../sinks/log/line-output.ts';
import { escapeControls } from '../text/printable.ts';

const STDERR = 2;
/** How long all sentences together may wait for a slow reader: as long as the last lines of the log (line-output.ts). */
const MOST_PATIENCE_MS = 500;
const RETRY_MS = 20;

let unblocked: number | undefined;
let patienceMs = MOST_PATIENCE_MS;

/** Says a sentence, as far as the reader takes it. Node's own stream would wait for a full pipe. */
export function complain(sentence: string): void {
  unblocked ??= openUnblocked(STDERR);
  let rest = Buffer.from(`leakwatch: ${escapeControls(sentence)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(unblocked, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || patienceMs <= 0) return;
      pause(RETRY_MS);
      patienceMs -= RETRY_MS;
    }
  }
}
