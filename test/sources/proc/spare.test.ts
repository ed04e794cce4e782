import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Spare } from '../../../src/sources/proc/spare.ts';

const errorOf = (code: string) => Object.assign(new Error(code), { code });

test.each(['EMFILE', 'ENFILE'])('after %s a file is opened in place of the spare', (code) => {
  const spare = new Spare();
  const fd = spare.retry(errorOf(code), () => openSync('/dev/null', 'r'));
  expect(spare.isHeld).toBe(false);
  closeSync(fd);
  spare.hold();
  expect(spare.isHeld).toBe(true);
});

test('if others have taken it, something is given up for it', () => {
  const spare = new Spare();
  let given = 0;
  spare.giveUp = () => ++given > 0;
  let tries = 0;
  const open = (): string => {
    if (++tries === 1) throw errorOf('ENFILE');
    return 'opened';
  };
  expect([spare.retry(errorOf('ENFILE'), open), tries, given]).toEqual(['opened', 2, 1]);
});

test('the last error comes back if there is no room, and at once if it is another one', () => {
  const spare = new Spare();
  const open = (): never => {
    throw errorOf('ENFILE');
  };
  expect(() => spare.retry(errorOf('EMFILE'), open)).toThrow('ENFILE');
  expect(() => spare.retry(errorOf('EACCES'), () => expect.unreachable())).toThrow('EACCES');
  expect(spare.isHeld).toBe(true);
});
