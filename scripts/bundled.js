/**
 * What of others is in dist/: their licences, which must be shipped with them, and a software bill of materials
 * (CycloneDX 1.6, JSON). They are development dependencies of ours, because the package has no others, so npm's own
 * `sbom --omit dev` names none, and with them names all the tools. The bundler knows which modules it took.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';

/** @typedef {{ directory: string, name: string, version: string, license: string, integrity: string }} Package */

/**
 * @param {readonly string[]} modules paths
 * @returns {readonly Package[]} by name
 * @throws {Error} if a package is not in package-lock.json with its hash
 */
export function packagesOf(modules) {
  const found = modules.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  // The bundler follows links, also one that stands for node_modules.
  const installed = realpathSync('node_modules');
  const locked = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  return [...new Set(found)].toSorted().map((directory) => {
    const { name, version, license } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
    const entry = locked[join('node_modules', relative(installed, directory))];
    if (entry?.version !== version || !/^sha512-/.test(entry.integrity ?? ''))
      throw new Error(`${name} ${version} is not in package-lock.json`);
    return { directory, name, version, license, integrity: entry.integrity };
  });
}

/**
 * @param {readonly Package[]} packages
 * @returns {string}
 * @throws {Error} if one has no licence
 */
export function licencesOf(packages) {
  const texts = packages.map(({ directory, name, version }) => {
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no file with its licence`);
    return `${name} ${version}\n\n${readFileSync(`${directory}/${file}`, 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/**
 * Has no time and no serial number, so that two builds are the same. Source: cyclonedx.org/docs/1.6/json
 * @param {readonly Package[]} packages
 * @returns {string} JSON
 */
export function billOf(packages) {
  const own = JSON.parse(readFileSync('package.json', 'utf8'));
  const parts = packages.map(({ integrity, ...one }) => ({
    ...component('library', one),
    hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex') }],
  }));
  const whole = component('application', own);
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: whole },
    components: parts,
    dependencies: [{ ref: whole['bom-ref'], dependsOn: parts.map((part) => part['bom-ref']) }],
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

/**
 * @param {'application' | 'library'} type
 * @param {{ name: string, version: string, license: string }} from
 */
function component(type, { name, version, license }) {
  // github.com/package-url/purl-spec: the @ of a scope is escaped.
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
  const licence = / (OR|AND|WITH) /.test(license) ? { expression: license } : { license: { id: license } };
  return { type, 'bom-ref': purl, name, version, licenses: [licence], purl };
}
