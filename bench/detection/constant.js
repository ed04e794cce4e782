/**
 * A build in which one constant of the detectors has another value, for a sensitivity run: a copy of the build with the
 * definition `const NAME = VALUE;` of one module replaced.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of the modules that decide. */
const FOLDERS = ['model', 'series', 'stats', 'trend', 'verdict'];

/** @typedef {{ dist: string, text: string }} Variant `text` = what was changed, for people */

/**
 * @param {string} dist folder of the build
 * @param {string} change `NAME=VALUE`, or `MODULE.NAME=VALUE` if several modules have a constant of this name
 * @param {string} copy an empty folder for the changed build
 * @returns {Variant}
 * @throws {Error} if that names no constant, or more than one
 */
export function variantOf(dist, change, copy) {
  const [, module, name, value] = /^(?:([\w/-]+)\.)?(\w+)=(.+)$/.exec(change) ?? [];
  if (!name || !value) throw new Error(`--constant takes NAME=VALUE or MODULE.NAME=VALUE, not ${change}`);
  const definition = new RegExp(`^((?:export )?const ${name} = )([^;]+);$`, 'm');
  const defining = modulesOf(dist)
    .map((path) => ({ path, text: readFileSync(join(dist, path), 'utf8') }))
    .filter(({ path, text }) => definition.test(text) && (!module || `/${path}`.endsWith(`/${module}.js`)));
  const [found, ...others] = defining;
  if (!found) throw new Error(`no module of ${FOLDERS.join(', ')} defines the constant ${name} in a line of its own`);
  if (others.length > 0) {
    const names = defining.map(({ path }) => `${path.replace(/\.js$/, '')}.${name}`);
    throw new Error(`which of ${names.join(', ')} is meant?`);
  }
  cpSync(dist, copy, { recursive: true });
  writeFileSync(
    join(copy, found.path),
    found.text.replace(definition, (_, start) => `${start}${value};`),
  );
  const [, , was] = definition.exec(found.text) ?? [];
  return { dist: copy, text: `${found.path.replace(/\.js$/, '')}.${name} = ${value} (was ${was})` };
}

/** @param {string} dist @returns {readonly string[]} paths below it */
function modulesOf(dist) {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.js'))
      .map((path) => join(folder, path)),
  );
}
