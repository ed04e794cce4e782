/** The facts about a run: machine, kernel, versions, date, command. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { isInPidNamespace } from './pid-namespace.js';

const ROOT = dirname(import.meta.dirname);

/** Number and model of the processors. */
export function processors() {
  return `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
}

export function memory() {
  return `${Math.round(totalmem() / 2 ** 30)} GB`;
}

/** The commit of the working copy, `-dirty` if something was changed since; undefined without git. */
export function commitOf() {
  const { status, stdout } = spawnSync('git', ['-C', ROOT, 'describe', '--always', '--dirty'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * @param {{ compiler: string | undefined, entry: string }} options
 * @returns {readonly (readonly [what: string, value: string])[]}
 */
export function describeMachine({ compiler, entry }) {
  const { version } = readJson(join(dirname(dirname(entry)), 'package.json'));
  const commit = dirname(dirname(entry)) === ROOT ? commitOf() : undefined;
  const library = (/** @type {string} */ name) =>
    `${name} ${readJson(join(ROOT, 'node_modules', name, 'package.json')).version}`;
  return [
    ['machine', `${processors()}, ${memory()}`],
    ['kernel', `Linux ${release()}`],
    ['leakwatch', `${version}, ${commit ? `commit ${commit}` : `built in ${dirname(entry)}`}`],
    // The version that dist/leakwatch.cjs finds in PATH.
    ['node', firstLine('node', ['--version']) ?? 'none'],
    ['compared', [library('ps-list'), library('pidusage'), ...others()].join(', ')],
    ['PID namespace', isInPidNamespace() ? 'of its own' : 'that of the host'],
    ['compiler', (compiler && firstLine(compiler, ['--version'])) ?? 'none'],
    ['date', new Date().toISOString().slice(0, 10)],
    ['command', `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`],
  ];
}

function others() {
  const exporters = [
    ['node_exporter', 'prometheus-node-exporter'],
    ['process-exporter', 'prometheus-process-exporter'],
  ].map(([name = '', packaged = '']) => {
    const version = firstLine('dpkg-query', ['--show', packaged])?.split('\t')[1];
    return version ? `${name} ${version}` : firstLine(packaged, ['--version']);
  });
  return [firstLine('ps', ['--version']), ...exporters].filter((line) => line !== undefined);
}

/** @param {string} command @param {readonly string[]} args @returns {string | undefined} */
function firstLine(command, args) {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  const [line] = (error ? '' : stdout || stderr).split('\n');
  return line || undefined;
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
