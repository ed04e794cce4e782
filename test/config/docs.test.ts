import { expect, test } from 'vitest';
import { renderConfigurationDoc, renderExampleFile } from '../../src/config/docs.ts';
import { loadConfig } from '../../src/config/load.ts';
import { OPTIONS } from '../../src/config/options.ts';
import { expectGolden } from '../support/golden.ts';

test('docs/configuration.md is current', () => {
  expectGolden('docs/configuration.md', renderConfigurationDoc());
});

test('the example file in it has every key and is valid', async () => {
  const loaded = await loadConfig({ args: ['--config', 'example.yml'], env: {}, readFile: renderExampleFile });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  expect(new Set(Object.keys(loaded.config))).toEqual(
    new Set(OPTIONS.filter(({ name }) => name !== 'stop-with').map(({ field }) => field)),
  );
  expect(loaded.config.groups).toEqual([
    { name: 'web', pattern: /puma|unicorn/ },
    { name: 'worker', pattern: /^sidekiq/ },
  ]);
  expect(loaded.config.alertmanagers).toEqual([{ url: 'http://alertmanager.example:9093' }]);
});
