/** The package as npm makes and installs it, without a network: what is in it, and that it works where nothing else is. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Nearly half of it is documentation and pictures. */
const MOST_PACKED_BYTES = 700_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly bundled: readonly string[];
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const directory = temporaryDirectory('leakwatch-package-');
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const home = join(directory, 'app');
let packed: Packed;

function run(command: string, args: readonly string[], cwd = home): string {
  // Not what npm has said to the test, if it has started it.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST|LEAKWATCH)/.test(name));
  const env = { ...Object.fromEntries(inherited), npm_config_offline: 'true', npm_config_loglevel: 'error' };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8', input: '' });
  expect({ status, error }, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toEqual({ status: 0 });
  return stdout;
}

beforeAll(() => {
  mkdirSync(home);
  // Built it is; a build in the middle of the tests would take dist/ away from them.
  const list = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', directory], ROOT);
  [packed] = JSON.parse(list) as [Packed];
  writeFileSync(join(home, 'package.json'), '{ "name": "app", "private": true, "type": "module" }');
  run('npm', ['install', '--no-audit', '--no-fund', join(directory, packed.filename)]);
});

describe('the package', () => {
  test('has what is needed, and the licences of what is in it', () => {
    const paths = packed.files
      .map(({ path }) => path)
      .filter((path) => !/^(systemd|deploy|docs)\/|\.d\.ts$/.test(path));
    expect(paths.toSorted()).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist/demo-leak.js',
      'dist/detector.js',
      'dist/index.js',
      'dist/leakwatch.cjs',
      'dist/licenses.txt',
      'dist/sbom.cdx.json',
      'package.json',
    ]);
    expect(packed.files.find(({ path }) => path === 'dist/leakwatch.cjs')?.mode).toBe(0o755);
    expect(packed.size).toBeLessThan(MOST_PACKED_BYTES);
  });

  test('has every file that its README links to', () => {
    const links = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/\]\(([^)#:]+)[^)]*\)/g)];
    const paths = packed.files.map(({ path }) => path);
    expect(links.length).toBeGreaterThan(20);
    expect(links.map(([, path]) => path).filter((path) => !paths.includes(path!))).toEqual([]);
  });

  test('needs no other', () => {
    expect(readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['leakwatch']);
  });
});

describe.each([
  ['npx', 'npx', ['leakwatch']],
  ['its link', 'node_modules/.bin/leakwatch', []],
])('by %s', (_, program, before) => {
  const leakwatch = (...args: string[]) => run(program, [...before, ...args]);

  test('it says its version', () => {
    expect(leakwatch('--version')).toMatch(/^leakwatch \d+\.\d+\.\d+\n$/);
  });

  test('it takes a sample', () => {
    expect(JSON.parse(leakwatch('snapshot', '--json'))).toHaveProperty('groups');
  });

  test('it becomes a program', () => {
    const words = leakwatch('exec', '--listen', 'off', '--', 'printf', '%s|', 'a  b', '--', '"c"', '-d');
    expect(words).toBe('a  b|--|"c"|-d|');
  });
});

test('the library can be imported', () => {
  const script = `
    import { createDetector } from 'leakwatch/detector';
    import { createMonitor } from 'leakwatch';
    const detector = createDetector({ metric: 'threads', intervalSeconds: 20 });
    const stop = new AbortController();
    const monitor = createMonitor({ onSample: ({ tasks }) => { console.log(detector.push(0, tasks)); stop.abort(); } });
    await monitor.run(stop.signal);`;
  expect(run(process.execPath, ['--input-type=module', '--eval', script])).toBe('learning\n');
});

test('the library has its types', () => {
  const file = 'consumer.ts';
  writeFileSync(
    join(home, file),
    `import { createMonitor, type Publication } from 'leakwatch';
     import { createDetector, type Verdict } from 'leakwatch/detector';
     const verdict: Verdict = createDetector({ metric: 'threads', intervalSeconds: 20 }).push(0, 43);
     export const seen: [Verdict, Publication['report']['t']][] = [];
     export const monitor = createMonitor({ onSample: ({ report }) => seen.push([verdict, report.t]) });`,
  );
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom'];
  run(join(ROOT, 'node_modules/.bin/tsc'), [...options, '--types', '', file]);
});
