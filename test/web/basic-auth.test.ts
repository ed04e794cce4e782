import bcrypt, { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { BasicAuth, bcryptCost } from '../../src/web/basic-auth.ts';

const HASHES = new Map([
  ['alice', hashSync('secret', 4)],
  ['bob', hashSync('other', 6)],
]);
const HERE = { address: '10.0.0.1', isGone: () => false };

function login(name: string, password: string): { name: string; password: string } {
  return { name, password };
}

test('each user has their own password', async () => {
  const auth = new BasicAuth(HASHES);
  expect(await auth.check(login('alice', 'secret'), HERE)).toBe('allowed');
  expect(await auth.check(login('bob', 'other'), HERE)).toBe('allowed');
  expect(await auth.check(login('alice', 'other'), HERE)).toBe('denied');
  expect(await auth.check(login('carol', 'secret'), HERE)).toBe('denied');
  expect(await auth.check(login('__proto__', 'secret'), HERE)).toBe('denied');
});

test('a known client is let in while others wait for their turn, and equal logins at a time are one check', async () => {
  const auth = new BasicAuth(HASHES);
  const same = Array.from({ length: 10 }, () => auth.check(login('alice', 'secret'), HERE));
  expect(await Promise.all(same)).toEqual(Array(10).fill('allowed'));
  let denied = 0;
  const guesses = Array.from({ length: 5 }, async (_, at) => {
    await auth.check(login('bob', `guess ${at}`), HERE);
    denied++;
  });
  expect(await auth.check(login('alice', 'secret'), HERE)).toBe('allowed');
  expect(denied).toBe(0);
  await Promise.all(guesses);
});

test('when the users are read again, those whose hash is the same stay known', async () => {
  const auth = new BasicAuth(HASHES);
  for (const [name, password] of [
    ['alice', 'secret'],
    ['bob', 'other'],
  ] as const)
    expect(await auth.check(login(name, password), HERE)).toBe('allowed');
  auth.setUsers(new Map([...HASHES, ['bob', hashSync('new', 4)]]));
  const waiting = auth.check(login('carol', 'guess'), HERE);
  expect(await auth.check(login('alice', 'secret'), HERE)).toBe('allowed');
  expect(await auth.check(login('bob', 'other'), HERE)).toBe('denied');
  expect(await auth.check(login('bob', 'new'), HERE)).toBe('allowed');
  expect(await waiting).toBe('denied');
  auth.setUsers(new Map());
  expect(await auth.check(login('alice', 'secret'), HERE)).toBe('denied');
});

test('a password that was right when its check began is not, if the user has gone meanwhile', async () => {
  const auth = new BasicAuth(HASHES);
  const checking = auth.check(login('alice', 'secret'), HERE);
  auth.setUsers(new Map([['bob', HASHES.get('bob')!]]));
  expect(await checking).toBe('denied');
});

describe('a denial takes as many rounds', () => {
  test.each(['alice', 'bob', 'carol', ''])('for %j', async (name) => {
    // The salts that are compared with say how many rounds each comparison takes.
    const rounds: number[] = [];
    const auth = new BasicAuth(HASHES, (password, hash) => {
      rounds.push(2 ** bcryptCost(hash));
      return bcrypt.compare(password, hash);
    });
    expect(await auth.check(login(name, 'guess'), HERE)).toBe('denied');
    expect(rounds.reduce((sum, each) => sum + each, 0)).toBe(2 ** 6);
  });
});

test('the cost of a hash', () => {
  expect(bcryptCost(hashSync('secret', 4))).toBe(4);
  expect(bcryptCost(hashSync('secret', 5).replace('$2b$', '$2y$'))).toBe(5);
  for (const other of ['', 'secret', '$2b$04$short', '$1$04$abcdefgh', `${hashSync('secret', 4)}x`])
    expect(bcryptCost(other)).toBeNaN();
});
