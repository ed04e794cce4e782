/**
 * One row for each parser: its name, inputs to begin with, and what must hold of its result for any bytes. `npm run fuzz`
 * looks for bytes for which it does not; test/fuzz/fuzz.test.ts runs all that were ever found, and a few new ones.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { HEROKU_TARGETS } from './heroku-targets.ts';
import { HOST_TARGETS } from './host-targets.ts';
import { LOOK_TARGETS } from './look-targets.ts';
import { TEXT_TARGETS } from './text-targets.ts';

export interface Target {
  readonly name: string;
  readonly seeds: () => readonly (string | Buffer)[];
  /** Throws if an invariant does not hold. */
  readonly run: (bytes: Buffer) => void;
}

export const TARGETS: readonly Target[] = [...HOST_TARGETS, ...LOOK_TARGETS, ...HEROKU_TARGETS, ...TEXT_TARGETS];

/** The inputs on which a target failed once. */
export function foundInputs(name: string): readonly { readonly file: string; readonly bytes: Buffer }[] {
  const directory = `test/fixtures/fuzz/${name}`;
  try {
    return readdirSync(directory).map((file) => ({ file, bytes: readFileSync(`${directory}/${file}`) }));
  } catch {
    return [];
  }
}

/** All that fuzzing begins with. */
export function seedsOf(target: Target): readonly Buffer[] {
  return [
    ...target.seeds().map((seed) => Buffer.from(seed as string)),
    ...foundInputs(target.name).map(({ bytes }) => bytes),
  ];
}
