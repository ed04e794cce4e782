/**
 * A plugin of rolldown and Vite: `import { text } from './page/page.css?text'` gives what stands in the file. Of a script it
 * is one classic script for the browser with all that it imports; of a style sheet, without comments and line breaks.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const QUERY = '?text';

export function textModules() {
  return {
    name: 'text-modules',
    /** @type {'pre'} Vite has queries of its own. */
    enforce: 'pre',
    /**
     * @param {string} id
     * @param {string | undefined} importer
     */
    resolveId: (id, importer = '') => (id.endsWith(QUERY) ? resolve(dirname(importer), id) : null),
    /** @param {string} id */
    load: async (id) => {
      if (!id.endsWith(QUERY)) return null;
      const path = id.slice(0, -QUERY.length);
      const text = path.endsWith('.ts') ? await bundleForBrowser(path) : readFileSync(path, 'utf8');
      return {
        code: `export const text = ${JSON.stringify(path.endsWith('.css') ? squeeze(text) : text)};`,
        moduleType: 'js',
      };
    },
  };
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
