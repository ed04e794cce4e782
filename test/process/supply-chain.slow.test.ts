/** What is shipped is what the sources say: two builds are the same, the bill of materials is whole, and it is audited. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import packageLock from '../../package-lock.json' with { type: 'json' };
import { PROGRAM } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = dirname(PROGRAM);
const directory = temporaryDirectory('leakwatch-supply-');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What a release is made of. */
const SOURCES = `package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json scripts src systemd deploy docs
  README.md LICENSE CHANGELOG.md CONTRIBUTING.md SECURITY.md`.split(/\s+/);

function checkout(...path: string[]): string {
  const home = join(directory, ...path);
  mkdirSync(home, { recursive: true });
  for (const source of SOURCES) cpSync(join(ROOT, source), join(home, source), { recursive: true });
  // Not a symbolic link: the bundler would name the modules by where they are.
  const { status } = spawnSync('cp', ['-al', join(ROOT, 'node_modules'), home]);
  if (status !== 0) cpSync(join(ROOT, 'node_modules'), join(home, 'node_modules'), { recursive: true });
  return home;
}

/** Builds and packs there. */
function release(home: string, { umask, env }: { umask: string; env: Record<string, string> }): string {
  const script = `umask ${umask} && npm run --silent build && npm pack --ignore-scripts --silent`;
  const { status, stderr } = spawnSync('sh', ['-c', script], {
    cwd: home,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: directory, npm_config_offline: 'true', ...env },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return home;
}

/** Path and content of all files below. */
function filesOf(home: string): Map<string, string> {
  const paths = readdirSync(home, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = paths.filter((path) => statSync(join(home, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(home, path), 'latin1')]));
}

test('two builds in two places, with another mask, time zone and language, are the same to the byte, packed too', () => {
  const first = release(checkout('a'), { umask: '022', env: { TZ: 'UTC', LC_ALL: 'C' } });
  const env = { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', SOURCE_DATE_EPOCH: '1', USER: 'another' };
  const second = release(checkout('another place', 'ü'), { umask: '077', env });
  const [one, other] = [first, second].map((home) => filesOf(join(home, 'dist')));
  expect([...one!.keys()]).toEqual([...other!.keys()]);
  expect([...one!.keys()].filter((path) => one!.get(path) !== other!.get(path))).toEqual([]);
  expect(one!.size).toBeGreaterThan(20);

  const archives = [first, second].map((home) => readdirSync(home).filter((name) => name.endsWith('.tgz')));
  expect(archives[0]).toHaveLength(1);
  expect(archives[1]).toEqual(archives[0]);
  const [a, b] = [first, second].map((home) => readFileSync(join(home, archives[0]![0]!)));
  expect(a!.equals(b!)).toBe(true);
});

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
}

describe('the bill of materials', () => {
  const bill = JSON.parse(readFileSync(join(DIST, 'sbom.cdx.json'), 'utf8'));
  const components: readonly Component[] = bill.components;

  test('is CycloneDX, of this version, without a time', () => {
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
    expect(bill.metadata).toEqual({ component: expect.objectContaining({ type: 'application', name: 'leakwatch' }) });
    expect(bill.dependencies[0].dependsOn).toEqual(components.map(({ purl }) => purl));
  });

  test('names what has a licence in licenses.txt, and nothing else', () => {
    const parts = readFileSync(join(DIST, 'licenses.txt'), 'utf8').split(`\n${'-'.repeat(80)}\n\n`);
    const named = parts.map((part) => part.split('\n')[0]);
    expect(components.map(({ name, version }) => `${name} ${version}`)).toEqual(named);
    expect(named.length).toBeGreaterThan(5);
  });

  test.each(components)('has $name as package-lock.json has it', ({ name, version, purl, licenses, hashes }) => {
    const locked = packageLock.packages[`node_modules/${name}` as keyof typeof packageLock.packages] as {
      version: string;
      integrity: string;
      license: string;
    };
    expect(version).toBe(locked.version);
    expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    expect(licenses.map(({ license, expression }) => license?.id ?? expression)).toEqual([locked.license]);
    const sha512 = `sha512-${Buffer.from(hashes[0]!.content, 'hex').toString('base64')}`;
    expect([hashes[0]!.alg, sha512]).toEqual(['SHA-512', locked.integrity]);
  });
});

describe('the audit', () => {
  /** @param severity of a fault of pino; absent: none is known */
  async function audit(severity?: string): Promise<{ code: number; said: string; asked: readonly string[] }> {
    let asked: readonly string[] = [];
    const registry = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        if (!request.url?.endsWith('/advisories/bulk')) return response.writeHead(404).end();
        const plain =
          request.headers['content-encoding'] === 'gzip'
            ? process.getBuiltinModule('node:zlib').gunzipSync(body)
            : body;
        asked = Object.keys(JSON.parse(plain.toString()));
        // npm keeps what it has been told of a number.
        const id = 1 + ['critical', 'high', 'moderate'].indexOf(severity ?? '');
        const fault = { id, url: 'https://example.com', title: 'a fault', vulnerable_versions: '*', severity };
        response.setHeader('Content-Type', 'application/json');
        return response.end(JSON.stringify(severity === undefined ? {} : { pino: [fault] }));
      });
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    onTestFinished(() => void registry.close());
    const { code, said } = await ask(`http://127.0.0.1:${(registry.address() as AddressInfo).port}/`);
    return { code, said, asked };
  }

  async function ask(registry: string): Promise<{ code: number; said: string }> {
    const env = { PATH: process.env.PATH, HOME: directory, npm_config_registry: registry };
    const child = spawn(process.execPath, ['scripts/audit.js'], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    return { said: await text(child.stdout), code: (await exit)[0] };
  }

  test('asks about all that is bundled', async () => {
    const { code, said, asked } = await audit();
    const bill = JSON.parse(readFileSync(join(DIST, 'sbom.cdx.json'), 'utf8'));
    expect(asked.toSorted()).toEqual(bill.components.map(({ name }: Component) => name).toSorted());
    expect([code, said]).toEqual([0, expect.stringMatching(/^nothing is known/)]);
  });

  test.each([
    ['critical', 1],
    ['high', 1],
    ['moderate', 0],
  ])('ends with a fault that is %s with status %i', async (severity, status) => {
    const { code, said } = await audit(severity);
    expect(said).toContain(`pino: ${severity}: a fault`);
    expect(code).toBe(status);
  });

  test('says that the registry does not answer, and does not fail', async () => {
    const { code, said } = await ask('http://127.0.0.1:1/');
    expect([code, said]).toEqual([0, expect.stringMatching(/^not audited: the registry does not answer/)]);
  });
});
