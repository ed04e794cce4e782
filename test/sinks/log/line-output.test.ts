/** What a full disk does to lines, and to what they tell of lines that were lost before them. */
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openLineOutput } from '../../../src/sinks/log/line-output.ts';
import { until } from '../../support/until.ts';

test('a line that tells of lost lines and is lost itself leaves them untold', async () => {
  const full = openSync('/dev/full', 'w');
  const output = openLineOutput({ to: full, onError: () => undefined });
  const write = async (lines: readonly string[], tells?: number): Promise<void> => {
    output.write(lines, 'must not be lost', tells);
    await until(() => output.isIdle, { what: 'the write' });
  };
  await write(['a', 'b']);
  expect([output.dropped, output.untold]).toEqual([2, 2]);
  output.write(['c', 'd', 'e'], undefined, 2);
  expect([output.dropped, output.untold]).toEqual([2, 0]);
  await until(() => output.isIdle, { what: 'the write' });
  expect([output.dropped, output.untold]).toEqual([5, 5]);
  await write(['f'], 5);
  expect([output.dropped, output.untold]).toEqual([6, 6]);
  await output.close();
  closeSync(full);
});
