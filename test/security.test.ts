/** The table of limits in SECURITY.md against the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

interface Row {
  readonly what: string;
  readonly limit: string;
  readonly name: string;
  readonly path: string;
}

const [, table = ''] = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8').split('## All limits');
const ROWS: readonly Row[] = [...table.matchAll(/^\| (.+) \| (.+) \| `(\w+)` (\S+) \|$/gm)].map(
  ([, what = '', limit = '', name = '', path = '']) => ({ what, limit, name, path }),
);

/** What one of it is, in the unit of the constant: bytes, or what its name says. */
function unitOf(unit: string, name: string): number {
  if (unit === '') return 1;
  const bytes = { KB: 1024, MB: 1024 * 1024 }[unit];
  if (bytes !== undefined) return bytes;
  const seconds = { s: 1, min: 60, days: 86_400 }[unit];
  if (seconds === undefined || !/_(MS|SECONDS)$/.test(name)) throw new Error(`${name}: what is ${unit}?`);
  return seconds * (name.endsWith('_MS') ? 1000 : 1);
}

/** @returns the value of a constant that is made of numbers; undefined if there is none */
function constantOf({ name, path }: Row): number | undefined {
  const [, written] =
    new RegExp(`^(?:export )?const ${name} = ([^;]+);`, 'm').exec(readFileSync(join(ROOT, path), 'utf8')) ?? [];
  if (written === undefined || !/^[\d_.e*<()\s+-]+$/.test(written)) return undefined;
  return Function(`return ${written}`)() as number;
}

test.each(ROWS)('$name of $path is $limit', (row) => {
  const [, number = '', unit = ''] = /^([\d,.]+)(?: (\w+))?$/.exec(row.limit) ?? [];
  expect(constantOf(row)).toBe(Number(number.replaceAll(',', '')) * unitOf(unit, row.name));
});

test('each row of the table is compared, and stands once', () => {
  const rows = table.split('\n').filter((line) => /^\| [^-*]/.test(line) && !line.startsWith('| What '));
  expect(ROWS).toHaveLength(rows.length);
  expect(ROWS.length).toBeGreaterThan(50);
  expect(new Set(ROWS.map(({ name, path }) => `${name} ${path}`)).size).toBe(ROWS.length);
});
