/** Cgroups that are many and deep: the samples go on, and what is not looked at is counted. */
import { expect, onTestFinished, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { procTree } from '../support/proc-tree.ts';
import { until } from '../support/until.ts';

const TOO_MANY = 'leakwatch_unreadable{what="cgroup_limits",reason="too_many"}';

test.each([
  ['600 cgroups of depth 500', 600, 500, true],
  ['a cgroup of depth 50,000', 1, 50_000, false],
])('%s do not end the samples', async (_, count, depth, areMany) => {
  const processes = Array.from({ length: count }, (_, at) => ({
    pid: 2 + at,
    cgroup: `/${at}${'/x'.repeat(depth - 1)}`,
  }));
  const tree = procTree({ processes: [{ pid: 1 }, ...processes] });
  onTestFinished(() => tree.remove());
  const daemon = await Daemon.start(['--interval', '200ms', '--procfs', tree.dir]);
  onTestFinished(() => daemon.kill());
  await until(async () => (await daemon.metrics()).value('leakwatch_samples_total')! >= 5, { what: 'samples' });
  expect(((await daemon.metrics()).value(TOO_MANY) ?? 0) > 0).toBe(areMany);
  await daemon.stop();
});
