import { expect, test } from 'vitest';
import { readCredentials } from '../../src/web/credentials.ts';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

test.each([
  [`Basic ${base64('alice:secret')}`, { scheme: 'basic', name: 'alice', password: 'secret' }],
  [`BASIC   ${base64('alice:päss:word')} `, { scheme: 'basic', name: 'alice', password: 'päss:word' }],
  [`basic ${base64(':')}`, { scheme: 'basic', name: '', password: '' }],
  ['Bearer abc-._~+/=', { scheme: 'bearer', token: 'abc-._~+/=' }],
  [`Basic ${base64('alice')}`, undefined],
  ['Basic', undefined],
  ['Basic !!!', undefined],
  ['Bearer ', undefined],
  ['Bearer a b', undefined],
  ['Digest abc', undefined],
  ['', undefined],
])('%j', (header, expected) => {
  expect(readCredentials(header)).toEqual(expected);
});
