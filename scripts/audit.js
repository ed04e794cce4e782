/**
 * Asks npm's registry for known faults of the packages that are in dist/, after a build: node scripts/audit.js
 * They are development dependencies, which `npm audit --omit=dev` leaves out, and with which it reports on all tools. So
 * the bill of materials becomes a package of its own. A registry that does not answer is said, and is no failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bill = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8'));
/** @type {readonly (readonly [name: string, version: string])[]} */
const parts = bill.components.map((/** @type {{ name: string, version: string }} */ { name, version }) => [
  name,
  version,
]);

const directory = mkdtempSync(join(tmpdir(), 'leakwatch-audit-'));
try {
  const own = { name: 'audited', version: '0.0.0', dependencies: Object.fromEntries(parts) };
  const installed = parts.map(([name, version]) => [`node_modules/${name}`, { version }]);
  const lock = { ...own, lockfileVersion: 3, packages: { '': own, ...Object.fromEntries(installed) } };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(own));
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify(lock));
  const words = ['audit', '--json', '--fetch-retries=1', '--fetch-timeout=20000'];
  const { stdout } = spawnSync('npm', words, { cwd: directory, encoding: 'utf8' });
  process.exitCode = judge(stdout);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/**
 * @param {string} answer what npm prints
 * @returns {number} the exit code: 1 for a fault that is high or critical
 */
function judge(answer) {
  const { vulnerabilities, message = 'no answer' } = parse(answer);
  if (vulnerabilities === undefined) {
    console.log(`not audited: the registry does not answer (${message})`);
    return 0;
  }
  const found = Object.values(vulnerabilities);
  for (const { name, severity, via } of found) {
    const titles = via.map((/** @type {{ title?: string }} */ one) => one.title ?? one);
    console.log(`${name}: ${severity}: ${titles.join('; ')}`);
  }
  if (found.length === 0) console.log(`nothing is known against the ${parts.length} packages in dist/`);
  return found.some(({ severity }) => severity === 'high' || severity === 'critical') ? 1 : 0;
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
