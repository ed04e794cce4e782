/**
 * The files of deploy/ are valid (YAML, rules of Prometheus, a call of docker), and what they say about the image, the
 * options and the metrics of leakwatch is true. promtool is in Debian's package prometheus.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { OPTIONS, variableOf } from '../../src/config/options.ts';
import { FAMILIES } from '../../src/sinks/prometheus/families.ts';
import { lastWords, parseDockerfile } from '../support/dockerfile.ts';
import { temporaryDirectory } from '../support/files.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const read = (name: string): string => readFileSync(`${DEPLOY}${name}`, 'utf8');
const [user, group] = lastWords(parseDockerfile(read('../Dockerfile')).at(-1)!, 'USER')
  .split(':')
  .map(Number);
const VARIABLES = OPTIONS.map(({ name }) => variableOf(name));

test.each(readdirSync(DEPLOY).filter((name) => name.endsWith('.yaml')))('%s is strict YAML', (name) => {
  expect(parse(read(name), { strict: true, uniqueKeys: true, stringKeys: true })).toBeTypeOf('object');
});

test('compose.yaml: one service sees the processes of the other, and has no other privilege', () => {
  const { app, leakwatch } = parse(read('compose.yaml')).services;
  expect(app).toBeDefined();
  expect(leakwatch).toMatchObject({
    ...{ pid: 'service:app', read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
    depends_on: { app: { restart: true } },
  });
  expect(leakwatch.ports).toBeUndefined();
  for (const name of Object.keys(leakwatch.environment)) expect(VARIABLES).toContain(name);
});

test('kubernetes.yaml: a sidecar sees the pod, as the user of the image, and has no other privilege', () => {
  const { spec } = parse(read('kubernetes.yaml')).spec.template;
  const { version } = JSON.parse(read('../package.json'));
  expect(spec.shareProcessNamespace).toBe(true);
  const sidecar = spec.initContainers[0];
  expect(sidecar).toMatchObject({
    ...{ image: `leakwatch:${version}`, restartPolicy: 'Always' },
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: user, runAsGroup: group, readOnlyRootFilesystem: true },
      ...{ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  });
  for (const { name } of sidecar.env) expect(VARIABLES).toContain(name);
  // It listens on the port that is declared and that the probes ask.
  const [port] = sidecar.ports;
  expect(sidecar.env).toContainEqual({ name: 'LEAKWATCH_LISTEN', value: `:${port.containerPort}` });
  for (const probe of [sidecar.readinessProbe, sidecar.livenessProbe]) expect(probe.httpGet.port).toBe(port.name);
});

test('docker-host.sh: sees processes and limits of the host, has no other privilege, and passes arguments on', () => {
  const stand = temporaryDirectory('leakwatch-docker-');
  writeFileSync(`${stand}/docker`, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(`${stand}/docker`, 0o755);
  const { status, stdout } = spawnSync(`${DEPLOY}docker-host.sh`, ['--group', 'web=a b'], {
    env: { PATH: `${stand}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  const words = stdout.trimEnd().split('\n');
  expect(words.slice(-4)).toEqual(['leakwatch', 'watch', '--group', 'web=a b']);
  const said = ` ${words.join(' ')} `;
  for (const pair of ['--pid host', '--cgroupns host', '--cap-drop ALL', '--security-opt no-new-privileges']) {
    expect(said).toContain(` ${pair} `);
  }
});

const promtool = spawnSync('promtool', ['--version']).status === 0;
if (!promtool) console.log('promtool is not installed (Debian: apt-get install prometheus): the rules are not tried');

describe('prometheus-rules.yaml', () => {
  test('uses only families that exist', () => {
    const names = FAMILIES.map(({ name }) => name);
    const { rules } = parse(read('prometheus-rules.yaml')).groups[0];
    for (const { expr } of rules) {
      for (const [name] of expr.matchAll(/leakwatch_\w+/g)) expect(names).toContain(name);
    }
  });

  test.skipIf(!promtool)('promtool check has no complaint', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'rules', `${DEPLOY}prometheus-rules.yaml`], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test.skipIf(!promtool)('promtool test: each rule fires for its case, and none for a healthy host', () => {
    const instance = 'instance="h:9917",job="leakwatch"';
    /** Series that make each rule fire, by rule. */
    const cases: Record<string, Record<string, string>> = {
      // The last sample is 20 seconds old, and half of the limit is used: both are fine.
      quiet: {
        [`up{${instance}}`]: '1x20',
        [`leakwatch_verdict{${instance},group="web",metric="rss",verdict="ok"}`]: '1x20',
        [`leakwatch_used{${instance},resource="threads"}`]: '50x20',
        [`leakwatch_limit{${instance},resource="threads"}`]: '100x20',
        [`leakwatch_exhaustion_seconds{${instance},resource="threads"}`]: '90000x20',
        [`leakwatch_last_sample_timestamp_seconds{${instance}}`]: '-20+60x20',
        [`leakwatch_sample_interval_seconds{${instance}}`]: '20x20',
        [`leakwatch_unreadable{${instance},what="fds",reason="vanished"}`]: '2x20',
      },
      LeakwatchLeak: { [`leakwatch_verdict{${instance},group="web",metric="threads",verdict="leak"}`]: '1x20' },
      LeakwatchRunsOut: { [`leakwatch_exhaustion_seconds{${instance},resource="memory"}`]: '3000x20' },
      LeakwatchLimitReached: {
        [`leakwatch_used{${instance},resource="fds"}`]: '1024x20',
        [`leakwatch_limit{${instance},resource="fds"}`]: '1024x20',
      },
      LeakwatchDown: { [`up{${instance}}`]: '0x20' },
      LeakwatchStalled: {
        [`leakwatch_last_sample_timestamp_seconds{${instance}}`]: '0x20',
        [`leakwatch_sample_interval_seconds{${instance}}`]: '20x20',
      },
      LeakwatchBlind: { [`leakwatch_unreadable{${instance},what="fds",reason="denied"}`]: '3x70' },
    };
    const rules = parse(read('prometheus-rules.yaml')).groups[0].rules;
    const names = rules.map(({ alert }: { alert: string }) => alert);
    expect(Object.keys(cases).filter((name) => name !== 'quiet')).toEqual(names);
    const tests = Object.entries(cases).map(([name, series]) => ({
      interval: '1m',
      input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
      // The names of all rules that fire.
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: name === 'LeakwatchBlind' ? '65m' : '15m',
          exp_samples: name !== 'quiet' ? [{ labels: `{alertname="${name}"}`, value: 1 }] : [],
        },
      ],
    }));
    const file = `${temporaryDirectory('leakwatch-rules-')}/test.json`;
    writeFileSync(
      file,
      JSON.stringify({ rule_files: [`${DEPLOY}prometheus-rules.yaml`], evaluation_interval: '1m', tests }),
    );
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  });
});
