/**
 * The lines of an input, one at a time, in bounded memory. In place of a line longer than 1 MB the caller gets undefined,
 * and can count it.
 */

const CHUNK_BYTES = 1 << 20;
/** Ten times a line with 500 groups, the most that can be configured: 50 groups take about 10 KB. */
const MOST_LINE_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/** @param read fills the buffer with what comes next; returns the number of bytes, 0 at the end */
export function* readLines(read: (buffer: Buffer) => number): Generator<string | undefined> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let kept: Buffer[] = [];
  let keptBytes = 0;
  for (;;) {
    const length = read(chunk);
    if (length === 0) break;
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from);
      if (end < 0 || end >= length) break;
      const bytes = keptBytes + end - from;
      const whole = kept.length === 0 ? chunk.toString('utf8', from, end) : undefined;
      if (bytes > MOST_LINE_BYTES) yield undefined;
      else yield whole ?? Buffer.concat([...kept, chunk.subarray(from, end)]).toString('utf8');
      kept = [];
      keptBytes = 0;
      from = end + 1;
    }
    keptBytes += length - from;
    if (keptBytes <= MOST_LINE_BYTES) kept.push(Buffer.from(chunk.subarray(from, length)));
  }
  if (keptBytes > MOST_LINE_BYTES) yield undefined;
  else if (keptBytes > 0) yield Buffer.concat(kept).toString('utf8');
}
