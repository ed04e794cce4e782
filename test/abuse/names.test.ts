/**
 * Programs get secrets as arguments: as code, behind options, behind a script from standard input, in a title. leakwatch
 * watches them, and nobody reads a secret in anything that it writes or answers.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { interpreterOf } from '../../src/model/interpreters.ts';
import { programName } from '../../src/model/program.ts';
import { Daemon, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { until } from '../support/until.ts';

/** No word of it may be seen; the last is a part of a path as well. */
const SECRET = 'Hunter2Hunter2';
const PATH = `keys/${SECRET}`;
/** Standard input stays open, so that an interpreter waits for its script. */
const FOR_EVER = 'setInterval(() => undefined, 1e6)';

interface Started {
  readonly command: string;
  readonly args: readonly string[];
  readonly argv0?: string;
  /** The group that it is in. */
  readonly group: string;
}

function programs(directory: string): Started[] {
  const script = join(directory, 'honest-script.js');
  const plain = join(directory, 'honest-plain');
  writeFileSync(script, FOR_EVER);
  writeFileSync(plain, 'read line\n');
  const all: Started[] = [
    { command: 'bash', args: ['-s', SECRET], group: 'bash' },
    { command: 'bash', args: ['-xs', PATH], group: 'bash' },
    { command: 'bash', args: ['-o', 'pipefail', '-s', SECRET], group: 'bash' },
    { command: 'bash', args: ['--rcfile', PATH, '-c', `read ${SECRET}; :`], group: 'bash' },
    { command: 'bash', args: [plain, SECRET], group: 'honest-plain' },
    { command: 'sh', args: ['-ec', `read ${SECRET}; :`], group: 'sh' },
    { command: 'busybox', args: ['sh', '-s', SECRET], group: 'sh' },
    { command: 'timeout', args: ['300', 'bash', '-s', SECRET], group: 'bash' },
    { command: 'node', args: ['-', SECRET], group: 'node' },
    { command: 'node', args: ['--input-type=module', '-', PATH], group: 'node' },
    { command: 'node', args: [`--eval=/* ${PATH} */ ${FOR_EVER}`], group: 'node' },
    { command: 'node', args: ['-p', `'${SECRET}'; ${FOR_EVER}`], group: 'node' },
    { command: 'node', args: ['-C', PATH, '--stack-trace-limit=5', script, SECRET], group: 'honest-script' },
    { command: 'python3', args: ['-', SECRET], group: 'python3' },
    { command: 'python3', args: ['-I', '-W', 'ignore', '-', PATH], group: 'python3' },
    { command: 'python3', args: [`-cinput() # ${PATH}`], group: 'python3' },
    { command: 'perl', args: ['-ne', `'${SECRET}'`], group: 'perl' },
    { command: 'perl', args: ['-0777', '-pi.bak', '-e', `"${PATH}"`], group: 'perl' },
    { command: 'ruby', args: ['-W0e', `gets # ${PATH}`], group: 'ruby' },
    { command: 'tclsh', args: ['-encoding', 'utf-8'], group: 'tclsh' },
    { command: 'sleep', args: ['300'], argv0: `PostgreSQL: user password ${PATH}`, group: 'PostgreSQL' },
    { command: 'sleep', args: ['300'], argv0: `node: ${PATH}`, group: 'node' },
    { command: 'sleep', args: ['300'], argv0: `honest-title ${SECRET} x`, group: 'honest-title' },
  ];
  const isInstalled = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
  return all.filter(({ command }) => isInstalled(command));
}

test('no argument that is no script is seen anywhere', async () => {
  const directory = temporaryDirectory('leakwatch-names-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const started = programs(directory);
  const children: ChildProcess[] = started.map(({ command, args, argv0 }) =>
    spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'], ...(argv0 !== undefined && { argv0 }) }),
  );
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  const files = { record: join(directory, 'recording.ndjson'), state: join(directory, 'state.json') };
  const daemon = await Daemon.start(['--interval', '200ms', '--record', files.record, '--state', files.state]);
  onTestFinished(() => daemon.kill());
  const expected = [...new Set(started.map(({ group }) => group))];
  const report = await until(
    async () => {
      const seen = await daemon.report();
      const names: string[] = seen.groups.map(({ name }: { name: string }) => name);
      return expected.every((name) => names.includes(name)) && seen;
    },
    { what: `the groups ${expected.join(', ')}` },
  );
  const taken = async (): Promise<number> => (await daemon.metrics()).value('leakwatch_samples_total')!;
  const before = await taken();
  await until(async () => (await taken()) > before + 5, { what: 'five more samples' });
  const answers: Record<string, string> = { report: JSON.stringify(report) };
  for (const path of ['/metrics', '/', '/api/v1/report']) answers[path] = await (await daemon.get(path)).text();
  for (const args of [['snapshot'], ['snapshot', '--json'], ['doctor']]) {
    const { stdout, stderr } = await run(args);
    answers[args.join(' ')] = stdout + stderr;
  }
  for (const child of children) child.kill('SIGKILL');
  await daemon.stop();
  answers.lines = daemon.lines.join('\n');
  answers.log = daemon.log.join('\n');
  answers.recording = readFileSync(files.record, 'utf8');
  answers.state = readFileSync(files.state, 'utf8');
  answers.replay = (await run(['replay', files.record])).stdout;
  for (const [where, text] of Object.entries(answers)) {
    expect(text, where).not.toContain(SECRET);
    expect(text.length, where).toBeGreaterThan(0);
  }
  expect(answers.recording).toContain('"honest-script"');
});

test('every option of this Node is known: after an unknown one a script is named only by its ending', () => {
  const { stdout } = spawnSync(process.execPath, ['--help'], { encoding: 'utf8' });
  // `  -r, --require=...   preload a module`; `[=...]` is a value in the same word alone; an alias need not have one.
  const options = [...stdout.matchAll(/^ {2}((?:--?[\w.-]+, )*--[\w.-]+)(=\.\.\.)?/gm)].flatMap(([, names, value]) =>
    names!.split(', ').map((option, _, { length }) => ({ option, hasValue: value !== undefined && length === 1 })),
  );
  expect(options.length).toBeGreaterThan(100);
  const node = interpreterOf('node')!;
  for (const { option, hasValue } of options) {
    const isKnown = [node.code, node.value, node.flag].some((expression) => expression.test(option));
    expect(isKnown || /^-[hv]$/.test(option), `${option} is in the row of node in src/model/interpreters.ts`).toBe(
      true,
    );
    if (!hasValue) continue;
    expect(['node', 'server'], option).toContain(programName(['node', option, 'secret', 'server', 'secret'], 'comm'));
  }
});
