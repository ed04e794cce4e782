import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { BasicAuth, bcryptCost } from '../../src/web/basic-auth.ts';

const HASHES = new Map([
  ['alice', hashSync('secret', 4)],
  ['bob', hashSync('other', 5)],
]);

function header(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

test('each user has their own password', async () => {
  const auth = new BasicAuth(HASHES);
  expect(await auth.check(header('alice', 'secret'))).toBe('allowed');
  expect(await auth.check(header('bob', 'other'))).toBe('allowed');
  expect(await auth.check(header('alice', 'other'))).toBe('denied');
  expect(await auth.check(header('carol', 'secret'))).toBe('denied');
  expect(await auth.check(undefined)).toBe('denied');
});

test('more than four checks at a time are refused, not queued', async () => {
  const auth = new BasicAuth(HASHES);
  const guesses = Array.from({ length: 10 }, (_, at) => auth.check(header(at % 2 ? 'alice' : 'nobody', `guess ${at}`)));
  const results = await Promise.all(guesses);
  expect(results).toEqual([...Array(4).fill('denied'), ...Array(6).fill('busy')]);
  expect(await auth.check(header('alice', 'secret'))).toBe('allowed');
});

test('a known client is let in during guesses, and equal checks at a time are one check', async () => {
  const auth = new BasicAuth(HASHES);
  const same = Array.from({ length: 10 }, () => auth.check(header('alice', 'secret')));
  expect(await Promise.all(same)).toEqual(Array(10).fill('allowed'));
  const guesses = Array.from({ length: 4 }, (_, at) => auth.check(header('bob', `guess ${at}`)));
  expect(await auth.check(header('alice', 'secret'))).toBe('allowed');
  expect(await auth.check(header('bob', 'other'))).toBe('busy');
  expect(await Promise.all(guesses)).toEqual(Array(4).fill('denied'));
});

test('the cost of a hash', () => {
  expect(bcryptCost(hashSync('secret', 4))).toBe(4);
  expect(bcryptCost(hashSync('secret', 5).replace('$2b$', '$2y$'))).toBe(5);
  for (const other of ['', 'secret', '$2b$04$short', '$1$04$abcdefgh', `${hashSync('secret', 4)}x`])
    expect(bcryptCost(other)).toBeNaN();
});
