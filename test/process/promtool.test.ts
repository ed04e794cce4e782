/** promtool (Debian: prometheus) accepts what /metrics exposes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { PrometheusSink } from '../../src/sinks/prometheus/prometheus.ts';
import type { Publication } from '../../src/verdict/publication.ts';
import { IDENTITY } from '../support/identity.ts';
import { publication, quietPublication } from '../support/publication.ts';

function havePromtool(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const promtool = havePromtool();
if (!promtool)
  console.log('promtool is not installed (Debian: apt-get install prometheus): /metrics is not checked by it');

test.skipIf(!promtool).each<[string, Publication | undefined]>([
  ['in trouble', publication()],
  ['all quiet', quietPublication()],
  ['before the first sample', undefined],
])('promtool check metrics has no complaint: %s', async (_, published) => {
  const sink = new PrometheusSink({ version: '1.2.3', identity: IDENTITY });
  if (published) sink.publish(published);
  const { body } = await sink.render('text/plain');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
