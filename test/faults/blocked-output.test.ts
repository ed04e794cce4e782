/**
 * Nobody reads standard output for a while: the daemon goes on, alerts outlive sample lines, and every line that was
 * lost is accounted for.
 */
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { decodeLine } from '../../src/formats/l2met.ts';
import { Daemon } from '../support/daemon.ts';
import { Puppet } from '../support/puppet.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

/** Makes long lines, so that the lines that are held reach their bound within seconds. */
const LONG_NAME = 'x'.repeat(128);

test('an alert that turned meanwhile is read afterwards, and the lines that were lost are counted to the last', async () => {
  const group = uniqueName('blocked');
  const leaking = await Puppet.start({ argv0: group });
  onTestFinished(() => leaking.stop());
  const args = ['--interval', '100ms', '--source', LONG_NAME, '--group', `${group}=^${group}`];
  const daemon = await Daemon.start(args, { stdout: 'unread' });
  onTestFinished(() => daemon.kill());
  const lostNow = async () => (await daemon.metrics()).value('leakwatch_dropped_total{what="log_lines"}')!;
  await until(async () => (await lostNow()) > 50, { what: 'lines to be lost' });
  const standing = async () =>
    ((await daemon.report()).standing as { code: string; group: string; at: string }[]) ?? [];
  await until(
    async () => {
      await leaking.do({ zombies: 1 });
      return (await standing()).some((event) => event.code === 'W11' && event.group === group && event.at === 'alert');
    },
    { what: 'the alert to stand', everyMs: 100 },
  );
  expect((await standing()).some(({ code }) => code === 'W50')).toBe(true);

  const lines: string[] = [];
  createInterface({ input: daemon.child.stdout! }).on('line', (line) => lines.push(line));
  const fields = () => lines.map((line) => decodeLine(line));
  const isOver = (line: ReadonlyMap<string, string>) =>
    line.get('cause') === 'log_lines' && line.get('at') === 'resolved';
  await until(() => fields().some(isOver), { what: 'the end of the losses' });
  const lost = await lostNow();
  await daemon.stop();

  const told = fields().map((line) => Number(line.get('count#lost_lines') ?? 0));
  expect(told.reduce((sum, number) => sum + number, 0)).toBe(lost);
  expect(Number(fields().find(isOver)!.get('amount'))).toBe(lost);
  const alerts = fields().filter((line) => line.get('code') === 'W11' && line.get('group') === group);
  expect(alerts.filter((line) => line.get('at') === 'alert' && line.get('again') === undefined)).toHaveLength(1);
  expect(alerts.filter((line) => line.get('again') === '1').length).toBeGreaterThanOrEqual(1);
  // Nothing is torn.
  for (const line of lines) expect(line).toMatch(/^source=x+ /);
});

test('what is lost at the end, because nobody reads, is said on standard error', async () => {
  const daemon = await Daemon.start(['--interval', '100ms', '--source', LONG_NAME], { stdout: 'unread' });
  const taken = async () => (await daemon.metrics()).value('leakwatch_samples_total')!;
  await until(async () => (await taken()) > 60, { what: 'samples' });
  await daemon.stop();
  const [last] = daemon.log.filter((line) => line.includes('has lost data')).map((line) => JSON.parse(line));
  expect(last.dropped.log_lines).toBeGreaterThan(5);
});
