import { describe, expect, test } from 'vitest';
import { COMMANDS, findCommand } from '../../src/config/commands.ts';
import { renderHelp } from '../../src/config/help.ts';
import { OPTIONS } from '../../src/config/options.ts';
import { expectGolden } from '../support/golden.ts';

const TEXTS = [
  ['help.txt', renderHelp()] as const,
  ...COMMANDS.map(({ name }) => [`help-${name}.txt`, renderHelp(name)] as const),
];

describe('renderHelp', () => {
  test.each(TEXTS)('%s is the golden file', (name, text) => {
    expectGolden(name, text);
  });

  test.each(TEXTS)('%s is ASCII of at most 80 columns', (_, text) => {
    expect(text).toMatch(/^[\x20-\x7e\n]+$/);
    expect(text.split('\n').filter((line) => line.length > 80 || /\s$/.test(line))).toEqual([]);
  });

  test('a command shows its own options and no others', () => {
    for (const { name } of COMMANDS) {
      const shown = [...renderHelp(name).matchAll(/^ {2}--([\w-]+)(?: [A-Z]|\[=)/gm)].map(([, option]) => option);
      expect(shown).toEqual(findCommand(name)?.options);
    }
    const all = OPTIONS.map(({ name }) => name);
    expect(findCommand('watch')?.options).toEqual(all.filter((name) => name !== 'html' && name !== 'explain'));
  });
});
