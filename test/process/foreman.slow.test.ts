/**
 * A line of its own in a Procfile, under the managers that people use: node-foreman, and the Ruby one where it is installed.
 * What runs beside the monitor is seen as groups, and the monitor ends with its manager.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Exposition, PROGRAM } from '../support/daemon.ts';
import { environment, follow } from '../support/dyno.ts';
import { temporaryDirectory } from '../support/files.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

const NODE_FOREMAN = fileURLToPath(new URL('../../node_modules/foreman/nf.js', import.meta.url));

/** Opens a file every 20 ms and closes none. */
const LEAKING = `const { openSync } = require('node:fs'); setInterval(() => openSync('/dev/null'), 20);`;
const HEALTHY = 'setInterval(() => {}, 1000);';

const WEB = uniqueName('web');
const WORKER = uniqueName('worker');

interface Manager {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What it is called as a group. */
  readonly group: string;
  readonly isThere: boolean;
  /** Lines of a Procfile that end with the manager, by what it is told. */
  readonly lines: readonly { readonly line: string; readonly signals: readonly (NodeJS.Signals | 'Ctrl-C')[] }[];
}

const MANAGERS: readonly Manager[] = [
  {
    name: 'node-foreman',
    command: [process.execPath, NODE_FOREMAN, 'start'],
    group: 'nf',
    isThere: true,
    lines: [
      { line: 'leakwatch', signals: ['Ctrl-C'] },
      // It tells only the shells, which tell nobody, and dies of SIGTERM without telling anybody.
      { line: 'exec leakwatch', signals: ['Ctrl-C', 'SIGINT'] },
      { line: 'exec leakwatch --stop-with $PPID', signals: ['Ctrl-C', 'SIGINT', 'SIGTERM', 'SIGKILL'] },
    ],
  },
  {
    name: 'ruby-foreman',
    // Its five seconds until it kills are too few for a host that is busy with other things.
    command: ['foreman', 'start', '--timeout', '60'],
    group: 'foreman',
    isThere: spawnSync('foreman', ['version']).status === 0,
    lines: [
      { line: 'leakwatch', signals: ['Ctrl-C', 'SIGINT', 'SIGTERM'] },
      { line: 'exec leakwatch --stop-with $PPID', signals: ['Ctrl-C', 'SIGINT', 'SIGTERM', 'SIGKILL'] },
    ],
  },
];

describe.each(MANAGERS)('under $name', ({ command, group, isThere, lines: procfileLines }) => {
  let dir: string;
  let manager: ChildProcess;
  let lines: string[];

  beforeEach(() => {
    dir = temporaryDirectory('leakwatch-foreman-');
    mkdirSync(join(dir, 'bin'));
    symlinkSync(PROGRAM, join(dir, 'bin/leakwatch'));
    symlinkSync(process.execPath, join(dir, 'bin/node'));
    writeFileSync(join(dir, `${WEB}.js`), LEAKING);
    writeFileSync(join(dir, `${WORKER}.js`), HEALTHY);
  });

  afterEach(() => {
    try {
      process.kill(-manager.pid!, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    rmSync(dir, { recursive: true, force: true });
  });

  async function start(monitor: string): Promise<void> {
    const node = monitor.startsWith('exec ') ? 'exec node' : 'node';
    const others = `web: ${node} ${WEB}.js\nworker: ${node} ${WORKER}.js --queue mail\n`;
    writeFileSync(join(dir, 'Procfile'), `${others}monitor: ${monitor}\n`);
    const [file, ...words] = command;
    manager = spawn(file, words, {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // as in a terminal: a process group, to which Ctrl-C goes
      env: environment({
        PATH: `${dir}/bin:${environment().PATH}`,
        HOME: dir,
        LEAKWATCH_INTERVAL: '200ms',
        LEAKWATCH_LISTEN: '127.0.0.1:0',
        LEAKWATCH_MAX_GROUPS: '500',
      }),
    });
    lines = follow(manager);
    await seen((line) => line.includes('"watching"'), 'the monitor to watch');
  }

  const seen = (condition: (line: string) => boolean, what: string): Promise<true> =>
    until(() => lines.some(condition) as true, { what });

  const address = (): string => /"address":"([^"]+)"/.exec(lines.find((line) => line.includes('"watching"'))!)![1]!;

  /** The monitor, as its manager knows it; undefined once it has ended. */
  function monitorPid(): number | undefined {
    const found = spawnSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8' })
      .stdout.split('\n')
      .map((line) => /^\s*(\d+) (\S+)\s+(.*)$/.exec(line))
      .find(
        (row) =>
          row && !row[2]!.startsWith('Z') && /^\S*\/node --/.test(row[3]!) && row[3]!.includes(`${dir}/bin/leakwatch`),
      );
    return found ? Number(found[1]) : undefined;
  }

  test.skipIf(!isThere).each(procfileLines)('beside "monitor: $line" each other line is a group', async ({ line }) => {
    await start(line);
    const metric = async (name: string, of: string): Promise<number | undefined> => {
      const response = await fetch(`${address()}/metrics`, { signal: AbortSignal.timeout(5000) });
      return new Exposition(await response.text()).value(`leakwatch_group_${name}{group="${of}"}`);
    };
    await seen((text) => text.includes(` group=${WEB} `), 'the line of a group');
    // The lines as the manager prints them are still whole.
    expect(lines.find((text) => text.includes(` group=${WEB} `))).toMatch(
      new RegExp(
        `monitor\\.1\\s+\\|\\s+source=\\S+ dyno=\\S+ group=${WEB} sample#group_threads=\\d+ .* sample#group_open_fds=\\d+ .*MB$`,
      ),
    );
    const before = (await metric('open_fds', WEB))!;
    expect(before).toBeGreaterThan(0);
    await until(async () => (await metric('open_fds', WEB))! >= before + 20, {
      what: 'the leak to be seen',
    });
    expect(await metric('processes', WEB)).toBe(1);
    expect(await metric('processes', WORKER)).toBe(1);
    expect(await metric('processes', group)).toBeGreaterThanOrEqual(1);
  });

  test.skipIf(!isThere).each(procfileLines.flatMap(({ line, signals }) => signals.map((signal) => ({ line, signal }))))(
    'the line "monitor: $line" ends with the manager on $signal',
    async ({ line, signal }) => {
      await start(line);
      expect(monitorPid()).toBeGreaterThan(0);
      const exit = once(manager, 'exit');
      if (signal === 'Ctrl-C') process.kill(-manager.pid!, 'SIGINT');
      else manager.kill(signal);
      await until(() => monitorPid() === undefined, { what: 'the end of the monitor' });
      await exit;
      // A manager that is gone hears nothing any more; a shell between the two says only how it has ended itself.
      if (signal === 'SIGKILL' || (group === 'nf' && signal === 'SIGTERM')) return;
      await seen((text) => text.includes('"stopping"'), 'the last words of the monitor');
      if (group === 'nf' && !line.startsWith('exec ')) return;
      await seen((text) => /monitor\.1\s+(\|\s+exited with code 0|Exited Successfully)/.test(text), 'its status');
    },
  );
});
