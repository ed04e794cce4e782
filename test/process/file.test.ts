/** One read of a long file of /proc returns about a page, however large the buffer is. */
import { expect, test } from 'vitest';
import { FileReader } from '../../src/sources/proc/file.ts';

test('a file of /proc that is longer than a page is read to its end', () => {
  const files = new FileReader();
  // The memory map of this process has hundreds of lines; the stack is near the end.
  expect(files.read('/proc/self/maps')).toBeLessThanOrEqual(4096);
  const maps = files.text('/proc/self/maps', { toTheEnd: true });
  expect(maps).toContain('[stack]');
  expect(maps?.endsWith('\n')).toBe(true);
});
