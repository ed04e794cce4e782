/**
 * The Cloud Native Buildpack: the layer that a build makes, and its program of exec.d, run as the launcher of the lifecycle
 * runs it (buildpacks/lifecycle launch/exec_d.go): it reads fd 3 to its end, and takes what it has read for TOML.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { environment, type Finished, finish, follow, monitored, Workshop } from '../support/dyno.ts';
import { until } from '../support/until.ts';

let workshop: Workshop;
let buildpack: string;
let layers: string;
let layer: string;
let build: () => Promise<Finished>;
let built: Finished;
const started: ChildProcess[] = [];

beforeAll(async () => {
  workshop = new Workshop();
  buildpack = workshop.buildpack('buildpack');
  mkdirSync(workshop.path('platform'));
  workshop.config('platform/env', workshop.offline);
  layers = workshop.path('layers');
  layer = `${layers}/leakwatch`;
  mkdirSync(layers);
  build = () => finish(`${buildpack}/bin/build`, [layers, workshop.path('platform'), workshop.path('plan.toml')]);
  built = await build();
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await workshop.kill();
});

afterAll(() => workshop?.clear());

/** What the launcher does before it becomes the app. */
function launch(env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(`${layer}/exec.d/leakwatch`, [], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: environment({ ...monitored, ...env }),
  });
  started.push(child);
  return child;
}

/** What the launcher reads, and how the program ends; comes only when nobody holds fd 3 any more. */
async function answer(child: ChildProcess): Promise<{ code: number | null; toml: string }> {
  const exit = once(child, 'exit');
  const toml = await text(child.stdio[3] as Readable);
  const [code] = (await exit) as [number | null];
  return { code, toml };
}

test('detect passes, and buildpack.toml says the version of the program', async () => {
  expect(await finish(`${buildpack}/bin/detect`, [])).toMatchObject({ code: 0 });
  expect(readFileSync(`${buildpack}/buildpack.toml`, 'utf8')).toContain(`\nversion = "${packageJson.version}"\n`);
});

test('build makes a layer for the launch, and one for what it has downloaded', () => {
  expect(built, built.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(layers).toSorted()).toEqual(['downloads', 'downloads.toml', 'leakwatch', 'leakwatch.toml']);
  expect(readFileSync(`${layers}/leakwatch.toml`, 'utf8')).toBe('[types]\nlaunch = true\n');
  expect(readFileSync(`${layers}/downloads.toml`, 'utf8')).toBe('[types]\ncache = true\n');
  expect(readdirSync(`${layer}/exec.d`)).toEqual(['leakwatch']);
  expect(statSync(`${layer}/exec.d/leakwatch`).mode & 0o111).toBe(0o111);
});

test('the layer has nothing that would come before what the app has on its paths', () => {
  for (const folder of ['bin', 'lib', 'env', 'env.launch', 'profile.d'])
    expect(existsSync(`${layer}/${folder}`)).toBe(false);
});

test('the next build downloads nothing', async () => {
  expect(await build()).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Downloading') });
});

test('the program of exec.d starts the monitor, and holds nobody up', async () => {
  const child = launch({ DYNO: 'web-12a34b56d-e78f9' });
  const lines = follow(child);
  expect(await answer(child)).toEqual({ code: 0, toml: '' });
  await until(() => lines.some((line) => line.startsWith('source=web-12a34b56d-e78f9 ')), {
    what: 'its lines',
    timeoutMs: 60_000,
  });
  const pid = await workshop.monitor(layer);
  process.kill(pid, 'SIGTERM');
  await workshop.ended(layer);
  await until(() => lines.some((line) => line.includes('"stopping"')), { what: 'its last words', timeoutMs: 60_000 });
});

test('a second launch in the same dyno, such as heroku run:inside, starts no second one', async () => {
  await answer(launch({ DYNO: 'web-12a34b56d-e78f9' }));
  const pid = await workshop.monitor(layer);
  const second = launch({ DYNO: 'web-12a34b56d-e78f9' });
  const output = Promise.all([text(second.stdout!), text(second.stderr!)]);
  expect(await answer(second)).toEqual({ code: 0, toml: '' });
  expect(await output).toEqual(['', '']); // and nobody has it any more
  await until(() => workshop.monitors(layer).length === 1, { what: 'the end of the second one', timeoutMs: 60_000 });
  expect(workshop.monitors(layer)).toEqual([pid]);
});

test.each<[string, Record<string, string>]>([
  ['outside of a dyno', {}],
  ['on a one-off dyno', { DYNO: 'run-23z34x56y-w78k9' }],
  ['where it is switched off', { DYNO: 'web-12a34b56d-e78f9', LEAKWATCH: 'off' }],
])('it starts nothing %s', async (_, env) => {
  const child = launch(env);
  const output = Promise.all([text(child.stdout!), text(child.stderr!)]);
  expect(await answer(child)).toEqual({ code: 0, toml: '' });
  expect(await output).toEqual(['', '']);
  expect(workshop.monitors(layer)).toEqual([]);
});
