/** Where /proc is mounted with hidepid=2 a user who is not root sees only what is his own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../dist/sources/proc/proc-source.js', import.meta.url));

/** Mounts a /proc of its own, becomes nobody, and prints what our source sees there. */
const SCRIPT = `
  mount -t proc -o hidepid=2 proc /proc || exit 77
  exec "$0" --input-type=module -e '
    process.setgid(65534); process.setuid(65534);
    const { ProcSource } = await import(process.argv[1]);
    const { processes, selfPid, misses, host } = await new ProcSource({ procfs: "/proc" }).sample();
    console.log(JSON.stringify({ pid: process.pid, selfPid, processes, misses: [...misses], host }));
  ' "$1"
`;

const run = () => spawnSync('unshare', ['--mount', 'sh', '-c', SCRIPT, process.execPath, SOURCE], { encoding: 'utf8' });

/** Why this cannot be tried here; undefined where it can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.geteuid?.() !== 0) return 'only root may mount a /proc';
  const { error, status } = spawnSync('unshare', [
    '--mount',
    'mount',
    '-t',
    'proc',
    '-o',
    'hidepid=2',
    'proc',
    '/proc',
  ]);
  if (error) return 'there is no unshare(1)';
  return status === 0 ? undefined : 'no /proc may be mounted here';
}

const reason = obstacle();

describe.skipIf(reason !== undefined)(`with hidepid=2${reason ? ` (skipped: ${reason})` : ''}`, () => {
  test('we see ourselves whole, and miss nothing that we were shown', () => {
    const { stdout, stderr, status } = run();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { pid, selfPid, processes, misses, host } = JSON.parse(stdout);
    expect(selfPid).toBe(pid);
    expect(processes.map((one: { pid: number }) => one.pid)).toEqual([pid]);
    expect(processes[0]).toMatchObject({ uid: 65534, kernel: false });
    expect(processes[0].threads).toBeGreaterThan(0);
    expect(processes[0].fds).toBeGreaterThan(0);
    expect(misses).toEqual([]);
    // The kernel tells of the whole host even so: more tasks than we can see.
    expect(host.tasks).toBeGreaterThan(processes[0].threads);
  });
});
