/** A real Prometheus server scrapes the daemon, asking for each of the formats it knows, and answers from what it got. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { Puppet } from '../support/puppet.ts';
import { freeAddress } from '../support/servers.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

const missing = spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status !== 0;
if (missing) console.log('prometheus is not installed (Debian: apt-get install prometheus): scraping is not tested');

/** Before 2.49 a server has no say in it: it asks for OpenMetrics first. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  openmetrics: 'OpenMetricsText1.0.0',
  text: 'PrometheusText0.0.4',
};

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [t: number, value: string];
}

describe.skipIf(missing)('a Prometheus server', () => {
  const title = uniqueName('scraped');
  const directory = temporaryDirectory('leakwatch-prometheus-');
  let daemon: Daemon;
  let puppet: Puppet;
  let prometheus: ChildProcess;
  let complaints: Promise<string>;
  let url: string;

  beforeAll(async () => {
    puppet = await Puppet.start({ title });
    daemon = await Daemon.start(['--interval', '100ms', '--group', `scraped=^${title}$`]);
    const address = await freeAddress();
    url = `http://${address}`;
    writeFileSync(`${directory}/prometheus.yml`, configuration({ choose: true }));
    const check = ['check', 'config', `${directory}/prometheus.yml`];
    if (spawnSync('promtool', check, { stdio: 'ignore' }).status !== 0)
      writeFileSync(`${directory}/prometheus.yml`, configuration({ choose: false }));
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${directory}/prometheus.yml`,
        `--storage.tsdb.path=${directory}/data`,
        `--web.listen-address=${address}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    complaints = text(prometheus.stderr!);
    await until(async () => (await fetch(`${url}/-/ready`)).ok, { what: 'the server', everyMs: 50 });
  });

  afterAll(async () => {
    daemon?.kill();
    await puppet?.stop();
    if (prometheus?.exitCode === null) {
      const exit = once(prometheus, 'exit');
      prometheus.kill('SIGKILL');
      await exit;
    }
    rmSync(directory, { recursive: true, force: true });
  });

  function configuration({ choose }: { readonly choose: boolean }): string {
    const jobs = Object.entries(PROTOCOLS).map(
      ([name, protocol]) => `
  - job_name: ${name}
    ${choose ? `scrape_protocols: [${protocol}]` : 'honor_labels: true'}
    static_configs: [{ targets: ['${new URL(daemon.address).host}'] }]`,
    );
    return `global: { scrape_interval: 500ms, scrape_timeout: 500ms }\nscrape_configs:${jobs.join('')}\n`;
  }

  async function ask(query: string): Promise<readonly Result[]> {
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = (await response.json()) as { data: { result: Result[] } };
    return data.result;
  }

  const answer = (query: string, enough: (results: readonly Result[]) => boolean): Promise<readonly Result[]> =>
    until(
      async () => {
        const results = await ask(query);
        return enough(results) && results;
      },
      { what: `an answer to ${query}`, everyMs: 100 },
    ) as Promise<readonly Result[]>;

  test.each(Object.keys(PROTOCOLS))('takes what it is given as %s', async (job) => {
    const [up] = await answer(`up{job="${job}"}`, ([result]) => result?.value[1] === '1');
    expect(up?.metric.job).toBe(job);
    const [scraped] = await answer(`scrape_samples_scraped{job="${job}"}`, ([result]) => Number(result?.value[1]) > 0);
    const { text: body } = await daemon.metrics();
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    // Programs come and go on the host.
    expect(Number(scraped?.value[1])).toBeGreaterThan(0.5 * samples);
  });

  test('answers how many threads a group has, and follows them', async () => {
    const query = 'leakwatch_group_threads{group="scraped"}';
    const before = await answer(query, (results) => results.length === 2);
    await puppet.do({ threads: 5 });
    const expected = Number(before[0]!.value[1]) + 5;
    const after = await answer(query, (results) => results.every(({ value }) => Number(value[1]) === expected));
    expect(after.map(({ metric }) => metric.job).sort()).toEqual(['openmetrics', 'text']);
  });

  test('knows what is a counter and what a gauge', async () => {
    await answer('leakwatch_samples_total', (results) => results.length === 2);
    const metadata = async (metric: string): Promise<string | undefined> => {
      const response = await fetch(`${url}/api/v1/metadata?metric=${metric}`);
      const { data } = (await response.json()) as { data: Record<string, { type: string }[]> };
      return data[metric]?.[0]?.type;
    };
    expect(await metadata('leakwatch_group_threads')).toBe('gauge');
    // OpenMetrics names the family of a counter without the ending of its samples.
    const names = ['leakwatch_samples_total', 'leakwatch_samples'];
    expect(await Promise.all(names.map(metadata))).toContain('counter');
  });

  test('has nothing to complain about', async () => {
    await daemon.stop();
    prometheus.kill('SIGTERM');
    await once(prometheus, 'exit');
    expect(
      (await complaints).split('\n').filter((line) => /level=(warn|error)/i.test(line) && /scrape/.test(line)),
    ).toEqual([]);
  });
});
