/** The kernel gives a file of many records about a page at a time, whatever is asked for. */
import { expect, test } from 'vitest';
import { FileReader } from '../../src/sources/proc/file.ts';

test('a file of /proc that is longer than a page is read to its end', () => {
  const files = new FileReader();
  // Our own map of memory: hundreds of lines, the stack near the last of them.
  expect(files.read('/proc/self/maps')).toBeLessThanOrEqual(4096);
  const maps = files.text('/proc/self/maps', { toTheEnd: true });
  expect(maps).toContain('[stack]');
  expect(maps?.endsWith('\n')).toBe(true);
});
