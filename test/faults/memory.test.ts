/** Its own cgroup is nearly full: leakwatch lets go of what only saves time, says so, and takes it back. */
import { expect, onTestFinished, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import { Daemon } from '../support/daemon.ts';
import { MemoryCgroup } from '../support/memory-cgroup.ts';
import { Puppet } from '../support/puppet.ts';
import { until } from '../support/until.ts';

const MB = 1024 * 1024;

test('near its memory limit it keeps no files open, and says so until there is room', async ({ skip }) => {
  const cgroup = MemoryCgroup.make();
  if (!cgroup) return skip('no cgroup can be made here: it takes root and a writable file system of cgroups');
  cgroup.limitBytes = 4096 * MB;
  // Most of what fills the limit, so that the rest of it is room enough for the daemon.
  const ballast = await Puppet.start();
  cgroup.move(ballast.pid);
  await ballast.do({ memory: 400 * MB });
  const daemon = await Daemon.start(['--interval', '200ms'], { prefix: ['sh', '-c', cgroup.enter, 'sh'] });
  onTestFinished(async () => {
    daemon.kill();
    await ballast.stop();
    await until(() => cgroup.remove(), { what: 'the cgroup to be empty' });
  });
  const openFds = async () => (await daemon.metrics()).value('leakwatch_self_open_fds')!;
  const isShort = async () => (await daemon.metrics()).value('leakwatch_degraded{cause="memory"}');
  const told = (at: string) => (line: string) => line.includes(' cause=memory ') && line.includes(` at=${at} `);
  const before = await until(openFds, { what: 'the first sample' });

  cgroup.limitBytes = (await daemon.metrics()).value('leakwatch_used{resource="memory"}')! / 0.93;
  await until(async () => (await isShort()) === 1, { what: 'memory to be short' });
  const line = decodeLine(await daemon.line(told('warn'), { what: 'the warning' }));
  expect(Number(line.get('amount'))).toBeGreaterThan(0);
  const kept = (await until(
    async () => {
      const now = await openFds();
      return now < before ? now : undefined;
    },
    { what: 'descriptors to be given back' },
  ))!;

  cgroup.limitBytes = 4096 * MB;
  await daemon.line(told('resolved'), { what: 'the end' });
  await until(async () => (await openFds()) > kept, { what: 'descriptors to be kept again' });
  await daemon.stop();
});
