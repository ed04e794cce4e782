/** Tests of the tests' own tools: what puppets and demo leaks claim to make is there, according to /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pids } from '../support/processes.ts';
import { Puppet, type PuppetOptions } from '../support/puppet.ts';
import { until } from '../support/until.ts';

interface Seen {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly state: string;
}

function look(pid: number): Seen | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ppid] = line.slice(line.lastIndexOf(')') + 2).split(' ');
    const comm = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'));
    return { pid, ppid: Number(ppid), comm, state: state! };
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): Seen[] {
  return pids()
    .map(look)
    .filter((seen) => seen !== undefined && seen.ppid === pid) as Seen[];
}

/** Gone, or a zombie that init has not reaped yet. */
function isOver(pid: number): boolean {
  const seen = look(pid);
  return seen === undefined || seen.state === 'Z';
}

const threadsOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).length;
const openFdsOf = (pid: number): number => readdirSync(`/proc/${pid}/fdinfo`).filter((fd) => Number(fd) > 2).length;
const rssOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
const zombiesOf = (pid: number): Seen[] => childrenOf(pid).filter(({ state }) => state === 'Z');

async function puppet(options?: PuppetOptions): Promise<Puppet> {
  const started = await Puppet.start(options);
  onTestFinished(() => started.stop());
  return started;
}

describe('a puppet', () => {
  test('makes the requested number of threads, and ends them', async () => {
    const { pid, ...rest } = await settled();
    await rest.puppet.do({ threads: 5 });
    expect(threadsOf(pid)).toBe(rest.threads + 5);
    await rest.puppet.do({ threads: 2 });
    expect(threadsOf(pid)).toBe(rest.threads + 7);
    await rest.puppet.do({ release: 'threads' });
    await until(() => threadsOf(pid) === rest.threads, { what: 'the threads to be gone' });
  });

  test('keeps zombies until it is told to reap them', async () => {
    const actor = await puppet();
    await actor.do({ zombies: 12 });
    expect(zombiesOf(actor.pid)).toHaveLength(12);
    await actor.do({ zombies: 3 });
    expect(zombiesOf(actor.pid)).toHaveLength(15);
    // Reaping other children does not reap the zombies.
    await actor.do({ processes: 2, release: 'processes' });
    expect(zombiesOf(actor.pid)).toHaveLength(15);
    await actor.do({ release: 'zombies' });
    expect(childrenOf(actor.pid)).toEqual([]);
    await actor.do({ zombies: 1 });
    expect(zombiesOf(actor.pid)).toHaveLength(1);
  });

  test('opens descriptors, and closes them', async () => {
    const { pid, puppet: actor, fds } = await settled();
    await actor.do({ fds: 20 });
    expect(openFdsOf(pid)).toBe(fds + 20);
    await actor.do({ release: 'fds' });
    expect(openFdsOf(pid)).toBe(fds);
  });

  test('allocates resident memory, and frees it', async () => {
    const { pid, puppet: actor } = await settled();
    const before = rssOf(pid);
    await actor.do({ memory: 64 << 20 });
    const held = rssOf(pid);
    expect(held - before).toBeGreaterThanOrEqual(63 << 20);
    await actor.do({ release: 'memory' });
    await until(() => rssOf(pid) < held - (60 << 20), { what: 'the memory to be given back' });
  });

  test('starts children, and ends them', async () => {
    const actor = await puppet();
    await actor.do({ processes: 4 });
    const children = childrenOf(actor.pid);
    expect(children).toHaveLength(4);
    expect(children.every(({ state }) => state !== 'Z')).toBe(true);
    await until(() => childrenOf(actor.pid).every(({ comm }) => comm === 'sleep'), { what: 'children named sleep' });
    await actor.do({ release: 'processes' });
    expect(childrenOf(actor.pid)).toEqual([]);
  });

  test('has the name that it is given', async () => {
    const titled = await puppet({ title: 'unicorn master' });
    expect(look(titled.pid)?.comm).toBe('unicorn master');
    const named = await puppet({ argv0: 'ruby' });
    expect(readFileSync(`/proc/${named.pid}/cmdline`, 'utf8').split('\0')[0]).toBe('ruby');
  });

  test('reports a command that it does not know, and continues', async () => {
    const actor = await puppet();
    await expect(actor.do({ nonsense: 1 } as object)).rejects.toThrow('puppet: Error: there is no nonsense');
    await actor.do({ fds: 1 });
  });

  test('is stopped with all its children', async () => {
    const actor = await puppet();
    await actor.do({ processes: 3, zombies: 3, threads: 1 });
    const pids = [actor.pid, ...childrenOf(actor.pid).map(({ pid }) => pid)];
    expect(pids).toHaveLength(7);
    await actor.stop();
    await until(() => pids.every(isOver), { what: 'all to be over' });
    await actor.stop();
    await expect(actor.do({ fds: 1 })).rejects.toThrow('the puppet has ended');
  });

  test('ends with all its children when its standard input ends', async () => {
    const path = fileURLToPath(new URL('../support/puppet-child.js', import.meta.url));
    const child = spawn(process.execPath, [path], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdin.write('{"processes":3,"zombies":2}\n');
    await once(child.stdout, 'data');
    const pids = childrenOf(child.pid!).map(({ pid }) => pid);
    expect(pids).toHaveLength(5);
    child.stdin.end();
    await exit;
    await until(() => pids.every(isOver), { what: 'all to be over' });
  });

  /** A puppet, with its threads and descriptors before any command. */
  async function settled(): Promise<{ puppet: Puppet; pid: number; threads: number; fds: number }> {
    const actor = await puppet();
    return { puppet: actor, pid: actor.pid, threads: threadsOf(actor.pid), fds: openFdsOf(actor.pid) };
  }
});

describe('a demo leak', () => {
  const program = fileURLToPath(new URL('../../dist/demo-leak.js', import.meta.url));

  function start(kind: string, rate: number): ChildProcess & { pid: number } {
    const child = spawn(process.execPath, [program, kind, String(rate)], { stdio: ['pipe', 'ignore', 'inherit'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child as ChildProcess & { pid: number };
  }

  const kinds: [kind: string, measure: (pid: number) => number, rise: number][] = [
    ['threads', threadsOf, 20],
    ['zombies', (pid) => zombiesOf(pid).length, 10],
    ['memory', rssOf, 16 << 20],
    ['fds', openFdsOf, 20],
    ['processes', (pid) => childrenOf(pid).filter(({ state }) => state !== 'Z').length, 10],
  ];

  test.each(kinds)('of %s grows, and ends when its standard input ends', async (kind, measure, rise) => {
    const child = start(kind, 50);
    await until(() => look(child.pid)?.comm === `leaky-${kind}`.slice(0, 15), { what: 'its name' });
    const before = measure(child.pid);
    await until(() => measure(child.pid) >= before + rise, { what: `${rise} more` });
    const pids = childrenOf(child.pid).map(({ pid }) => pid);
    const exit = once(child, 'exit');
    child.stdin!.end();
    expect(await exit).toEqual([0, null]);
    await until(() => pids.every(isOver), { what: 'its children to be over' });
  });

  test.each(['processes', 'zombies', 'threads'])('of %s ends on SIGTERM', async (kind) => {
    const child = start(kind, 50);
    const measure = kinds.find(([name]) => name === kind)![1];
    await until(() => measure(child.pid) >= 3 && look(child.pid)?.comm.startsWith('leaky'), { what: 'a few' });
    const pids = childrenOf(child.pid).map(({ pid }) => pid);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    await until(() => pids.every(isOver), { what: 'its children to be over' });
  });

  test.each([
    ['nonsense', 1],
    ['threads', 0],
    ['fds', 1e-9],
    ['threads', Number.NaN],
    ['constructor', 1],
  ])('refuses %s at rate %s', async (kind, rate) => {
    const child = spawn(process.execPath, [program, kind, String(rate)], { stdio: ['pipe', 'ignore', 'pipe'] });
    const said = once(child.stderr, 'data');
    expect(await once(child, 'exit')).toEqual([64, null]);
    expect(String((await said)[0])).toMatch(/^usage: demo-leak threads\|zombies\|memory\|fds\|processes \[RATE\]/);
  });
});
