import { describe, expect, test } from 'vitest';
import { closest } from '../../src/config/closest.ts';
import {
  duration,
  parseGroup,
  parseLink,
  parseListen,
  parsePushTarget,
  parseSwitch,
  percentage,
  plainText,
  positiveNumber,
  wholeNumber,
} from '../../src/config/values.ts';
import { escapeControls, quote } from '../../src/text/printable.ts';

describe('duration', () => {
  const parse = duration({ least: '100ms', most: '1h' });

  test.each([
    ['20s', 20],
    ['20', 20],
    ['0.1', 0.1],
    ['100ms', 0.1],
    ['1.5s', 1.5],
    ['1m', 60],
    ['1h', 3600],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parse(text)).toEqual({ value: seconds });
  });

  test.each(['', 's', '99ms', '0', '-1', '3601', '2h', '20 s', '1e1', '0x10', 'Infinity', '20S', '1d', '.5', '2 0'])(
    '%j is not a duration',
    (text) => {
      expect(parse(text)).toHaveProperty('problem');
    },
  );
});

describe('numbers', () => {
  test('whole ones stay in their range', () => {
    const parse = wholeNumber({ least: 1, most: 500 });
    expect(['1', '500'].map(parse)).toEqual([{ value: 1 }, { value: 500 }]);
    for (const text of ['0', '501', '1.0', '-1', '', ' 1', '1e2', 'NaN', '9'.repeat(400)]) {
      expect(parse(text), text).toHaveProperty('problem');
    }
  });

  test('positive ones are greater than 0', () => {
    const parse = positiveNumber({ most: 1000 });
    expect(['1', '0.25', '.5', '1000'].map(parse)).toEqual([1, 0.25, 0.5, 1000].map((value) => ({ value })));
    for (const text of ['0', '0.0', '1000.1', '-1', '', '.', 'NaN', 'Infinity', '1e2', `0.${'0'.repeat(400)}1`]) {
      expect(parse(text), text).toHaveProperty('problem');
    }
  });
});

test('a percentage has its sign, and is more than none and no more than all', () => {
  expect(['1%', '0.5%', '.5%', '100%'].map(percentage)).toEqual([0.01, 0.005, 0.005, 1].map((value) => ({ value })));
  for (const text of ['0%', '0.0%', '100.1%', '1', '-1%', '', '%', '.%', '1 %', 'NaN%', '1e2%']) {
    expect(percentage(text), text).toHaveProperty('problem');
  }
});

describe('parseListen', () => {
  test.each([
    ['127.0.0.1:9917', { host: '127.0.0.1', port: 9917 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:9917', { host: '::1', port: 9917 }],
    ['[fe80::1%eth0]:65535', { host: 'fe80::1%eth0', port: 65535 }],
    [':9917', { host: '', port: 9917 }],
    ['off', undefined],
  ])('%s', (text, value) => {
    expect(parseListen(text)).toEqual({ value });
  });

  test.each([
    '',
    '9917',
    'localhost',
    'localhost:',
    'localhost:65536',
    'localhost:-1',
    '::1:9917',
    '[]:1',
    '[localhost]:1',
    '[127.0.0.1]:1',
    '127.0.0.256:1',
    '127.1:1',
    'a b:1',
    '*:1',
    'http://localhost:1',
    'localhost:1\n',
    'OFF',
  ])('%j is no address', (text) => {
    expect(parseListen(text)).toHaveProperty('problem');
  });
});

describe('parseGroup', () => {
  test('cuts at the first =', () => {
    expect(parseGroup('web.1:/@+-=a=b')).toEqual({ value: { name: 'web.1:/@+-', pattern: /a=b/ } });
  });

  test.each([
    ['web', 'must be NAME=REGEX, not "web"'],
    ['=x', 'NAME of 1 to 64'],
    ['a b=x', 'not "a b"'],
    [`${'x'.repeat(65)}=x`, 'NAME of 1 to 64'],
    ['web=', 'after "web="'],
    [
      'web=^(?!x)y',
      'must have no negative lookahead (?! in "^(?!x)y": other users choose the command lines, so patterns are',
    ],
    ['web=(a)\\1', 'must have no backreference, as in \\1 in "(a)\\1"'],
    ['web=(', 'a valid regular expression for "web", not "("'],
  ])('%s', (text, part) => {
    expect((parseGroup(text) as { problem: string }).problem).toContain(part);
  });
});

test('a switch is on or off', () => {
  expect(['on', 'true', 'off', 'false'].map(parseSwitch)).toEqual(
    [true, true, false, false].map((value) => ({ value })),
  );
  for (const text of ['', 'ON', 'yes', '1', ' on']) expect(parseSwitch(text), text).toHaveProperty('problem');
});

test.each([
  ['https://wiki.example/leakwatch/', 'https://wiki.example/leakwatch'],
  ['HTTP://HOST:9917', 'http://host:9917'],
])('parseLink %s', (text, value) => {
  expect(parseLink(text)).toEqual({ value });
});

test.each(['http://name:secret@host', 'http://host/?a', 'http://host/#a', 'host', '', 'file:///a', 'javascript:a'])(
  'parseLink refuses %j, and does not repeat it',
  (text) => {
    expect(parseLink(text)).toEqual({
      problem: 'must be a URL such as https://host/path, without a name, a password, ? or #',
    });
  },
);

describe('parsePushTarget', () => {
  const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

  test.each([
    ['http://push.example:9091', { url: 'http://push.example:9091' }],
    ['https://push.example:443/a/b//', { url: 'https://push.example/a/b' }],
    ['http://[::1]:9091/', { url: 'http://[::1]:9091' }],
    ['HTTP://PUSH.example', { url: 'http://push.example' }],
    ['http://name:pa%20ss@host', { url: 'http://host', authorization: basic('name:pa ss') }],
    ['http://name@host', { url: 'http://host', authorization: basic('name:') }],
    ['http://name:p%40%3A%2F@host/x', { url: 'http://host/x', authorization: basic('name:p@:/') }],
  ])('%s', (text, value) => {
    expect(parsePushTarget(text)).toEqual({ value });
  });

  test.each([
    '',
    'host',
    'host:9091',
    'name:secret@host',
    '//host',
    'ftp://secret@host',
    'http://',
    'http://:secret@',
    'http://ho st',
    'http://host\n',
    'http://host?secret',
    'http://host/#secret',
    'http://na%3Ame:secret@host',
    'http://name:secret%zz@host',
    `http://host/${'x'.repeat(5000)}`,
  ])('%j is refused, and not repeated in the message', (text) => {
    const { problem } = parsePushTarget(text) as { problem: string };
    expect(problem).toMatch(/^must /);
    expect(problem).not.toContain('secret');
  });
});

test('plain text has a maximum length and no control characters', () => {
  const parse = plainText('a file');
  expect(parse('/a b/ü')).toEqual({ value: '/a b/ü' });
  for (const text of ['', 'a\0', 'a\n', 'a\u0085', 'x'.repeat(4097)]) {
    expect(parse(text)).toHaveProperty('problem');
  }
});

test('control characters and invisible characters become escapes', () => {
  expect(escapeControls('a\x1b[31m\r\n\u202e\u2028\u200b\ud800 ü😀')).toBe(
    'a\\u{1b}[31m\\u{d}\\u{a}\\u{202e}\\u{2028}\\u{200b}\\u{d800} ü😀',
  );
  expect(quote('x'.repeat(9999))).toHaveLength(203);
});

test.each([
  ['intervall', 'interval'],
  ['lisetn', 'listen'],
  ['INTERVAL', undefined],
  ['x', undefined],
  ['', undefined],
  ['interval'.repeat(1000), undefined],
])('%s is closest to %s', (word, name) => {
  expect(closest(word, ['listen', 'interval', 'json'])).toBe(name);
});
