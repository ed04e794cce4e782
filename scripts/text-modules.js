/**
 * A plugin of rolldown and Vite: `import { text } from './page/page.css?text'` gives what stands in the file. Of a
 * script it is one classic script for the browser with all that it imports; of a style sheet, without comments and line
 * breaks.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const QUERY = '?text';
/** Such a name has no extension, so that no other plugin takes the module for a style sheet or a script. */
const PREFIX = '\0text:';
const SUFFIX = ':';

export function textModules() {
  return {
    name: 'text-modules',
    /** @type {'pre'} Vite has queries of its own. */
    enforce: 'pre',
    /**
     * @param {string} id
     * @param {string | undefined} importer
     */
    resolveId: (id, importer = '') =>
      id.endsWith(QUERY) ? PREFIX + resolve(dirname(importer), id.slice(0, -QUERY.length)) + SUFFIX : null,
    /** @param {string} id */
    load: async (id) => {
      if (!id.startsWith(PREFIX)) return null;
      const text = await readText(id.slice(PREFIX.length, -SUFFIX.length));
      return { code: `export const text = ${JSON.stringify(text)};`, moduleType: 'js' };
    },
  };
}

/** @param {string} path */
async function readText(path) {
  if (path.endsWith('.ts')) return bundleForBrowser(path);
  const text = readFileSync(path, 'utf8');
  return path.endsWith('.css') ? squeeze(text) : text;
}

/**
 * @param {string} input
 * @returns {Promise<string>}
 */
async function bundleForBrowser(input) {
  const build = await rolldown({ input, platform: 'browser' });
  const { output } = await build.generate({ format: 'iife', minify: true, codeSplitting: false });
  return output[0].code.trim();
}

/**
 * No text of a style sheet of ours has a comment or two spaces in it.
 * @param {string} css
 */
function squeeze(css) {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
