/** Golden files: text that people and programs rely on, kept in the repository so that a change of it shows in review. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Expects the file to hold `text`, or with UPDATE_GOLDEN=1 in the environment makes it so.
 * @param name file under test/golden/, or with a `/` in it a path from the root of the repository
 */
export function expectGolden(name: string, text: string): void {
  if (isAbsolute(name)) throw new Error(`golden file outside the repository: ${name}`);
  const path = `${ROOT}${name.includes('/') ? name : `test/golden/${name}`}`;
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text, `${name} is out of date: UPDATE_GOLDEN=1 npx vitest run --project pure, then look at the change`).toBe(
    read(path),
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
