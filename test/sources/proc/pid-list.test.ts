import { Dir, readdirSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { PidList } from '../../../src/sources/proc/pid-list.ts';

afterEach(() => vi.restoreAllMocks());

function listed(): number[] {
  const pids = new PidList('/proc');
  const seen: number[] = [];
  for (let pid = pids.next(); pid !== undefined; pid = pids.next()) seen.push(pid);
  pids.close();
  return seen;
}

/** Other programs of the host start and end meanwhile: those that are there before and after count. */
const there = () =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);

test('all processes are listed, also where one of them ends while it is listed', () => {
  const readSync = Dir.prototype.readSync;
  for (const failing of [1, 2, 20, 60]) {
    let calls = 0;
    vi.spyOn(Dir.prototype, 'readSync').mockImplementation(function (this: Dir) {
      if (++calls === failing) throw Object.assign(new Error("ENOENT, lstat '/proc/28367'"), { code: 'ENOENT' });
      return readSync.call(this);
    });
    const before = new Set(there());
    const seen = listed();
    const lasting = there().filter((pid) => before.has(pid));
    expect(seen).toEqual(expect.arrayContaining(lasting));
    expect(new Set(seen).size).toBe(seen.length);
    vi.restoreAllMocks();
  }
});

test('any other error is that of the sample', () => {
  vi.spyOn(Dir.prototype, 'readSync').mockImplementation(() => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  });
  expect(() => listed()).toThrow('EIO');
});
