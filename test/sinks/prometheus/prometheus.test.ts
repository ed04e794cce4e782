import { setImmediate } from 'node:timers/promises';
import { register } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { ALERT_CODES } from '../../../src/model/alerts.ts';
import { METRICS } from '../../../src/model/metrics.ts';
import { PrometheusSink } from '../../../src/sinks/prometheus/prometheus.ts';
import type { Publication } from '../../../src/verdict/publication.ts';
import { expectGolden } from '../../support/golden.ts';
import { IDENTITY } from '../../support/identity.ts';
import { groupReport, publication } from '../../support/publication.ts';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
const FORMATS = [
  ['text', 'text/plain'],
  ['OpenMetrics', OPENMETRICS],
] as const;

function newSink(): PrometheusSink {
  return new PrometheusSink({ version: '1.2.3', identity: IDENTITY, node: 'v20.19.0' });
}

/** What is written ahead has been, after so many turns of the event loop. */
async function written(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await setImmediate();
}

async function render(published: Publication | undefined, accept = 'text/plain'): Promise<string> {
  const sink = newSink();
  if (published) sink.publish(published);
  return (await sink.render(accept)).body;
}

/** Values by series as written, and types by family. Throws at a line that is neither sample nor comment. */
function parse(body: string): { samples: Map<string, number>; types: Map<string, string> } {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of body.split('\n')) {
    if (line === '' || line === '# EOF' || line.startsWith('# HELP ')) continue;
    const [, family, type] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
    if (family !== undefined && type !== undefined) {
      types.set(family, type);
      continue;
    }
    const [, series, value] = /^(\w+(?:\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (\S+)$/.exec(line) ?? [];
    if (series === undefined) throw new Error(`no sample: ${line}`);
    expect(samples.has(series), `twice: ${series}`).toBe(false);
    samples.set(series, Number(value));
  }
  return { samples, types };
}

function withGroups(names: readonly string[], base = publication()): Publication {
  return { ...base, report: { ...base.report, groups: names.map((name) => groupReport(name, { threads: 3 })) } };
}

test('the text format', async () => {
  const sink = newSink();
  sink.publish(publication());
  const { contentType, body } = await sink.render(undefined);
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  expectGolden('metrics.txt', body);
});

test('the OpenMetrics format', async () => {
  const sink = newSink();
  sink.publish(publication());
  const { contentType, body } = await sink.render(OPENMETRICS);
  expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(body.endsWith('# EOF\n')).toBe(true);
  expectGolden('metrics-openmetrics.txt', body);
});

describe.each(FORMATS)('in %s', (_, accept) => {
  test('every sample belongs to a family with a type, and a counter ends in _total', async () => {
    const { samples, types } = parse(await render(publication(), accept));
    for (const series of samples.keys()) {
      const name = series.replace(/\{.*/s, '');
      const type = types.get(name) ?? types.get(name.replace(/_total$/, ''));
      expect(type, series).toBe(name.endsWith('_total') ? 'counter' : 'gauge');
    }
  });

  test('before the first sample there is a whole exposition, and events start from 0', async () => {
    const { samples, types } = parse(await render(undefined, accept));
    expect([...samples]).toEqual([
      ...ALERT_CODES.map((code) => [`leakwatch_events_total{code="${code}"}`, 0]),
      ['leakwatch_samples_total', 0],
      ['leakwatch_samples_late_total', 0],
      ['leakwatch_samples_failed_total', 0],
      ['leakwatch_build_info{version="1.2.3",node="v20.19.0"}', 1],
      [
        `leakwatch_target_info{app="shop",source="web.1",host="${IDENTITY.host}",dyno="${IDENTITY.dyno}",release="v43"}`,
        1,
      ],
    ]);
    expect(types).toEqual(parse(await render(publication(), accept)).types);
  });

  test('names from the host stay inside their quotes', async () => {
    const hostile = [
      'a"} 1\nleakwatch_threads{x="',
      'back\\slash\\',
      'new\nline',
      '__proto__',
      'a,metric:rss',
      '雪 ',
      '{}',
    ];
    const { samples } = parse(await render(withGroups(hostile), accept));
    const names = [...samples.keys()]
      .filter((series) => series.startsWith('leakwatch_group_threads{'))
      .map((series) => /="(.*)"\}$/s.exec(series)?.[1]?.replace(/\\(.)/g, (__, c) => (c === 'n' ? '\n' : c)));
    expect(names).toEqual(hostile);
  });

  test('a group that is gone vanishes at once, and comes back as it is', async () => {
    const sink = newSink();
    sink.publish(withGroups(['here', 'gone']));
    expect((await sink.render(accept)).body).toContain('group="gone"');
    // The details may know it still.
    sink.publish({ ...withGroups(['here']), details: new Map([['gone', publication().details.get('unicorn')!]]) });
    await written();
    expect((await sink.render(accept)).body).not.toContain('gone');
    sink.publish(withGroups(['here', 'gone']));
    await written();
    expect((await sink.render(accept)).body).toBe(await render(withGroups(['here', 'gone']), accept));
  });

  test('what is unknown is absent: no zero, no NaN', async () => {
    const { report, self, tasks: _, ...rest } = publication();
    const { cpuSecondsTotal, residentBytes, openFds, threads, ...known } = self;
    const broken = groupReport('broken', { threads: Number.NaN, rss: Number.POSITIVE_INFINITY });
    const { samples } = parse(
      await render(
        {
          ...rest,
          tasks: undefined,
          report: { ...report, groups: [broken], bounds: {}, exhaustionSeconds: {} },
          self: known,
        },
        accept,
      ),
    );
    const names = new Set([...samples.keys()].map((series) => series.replace(/\{.*/s, '')));
    for (const metric of METRICS) expect(names).not.toContain(metric.prometheusName);
    for (const name of [
      'leakwatch_group_cpu_seconds_total',
      'leakwatch_group_oldest_zombie_seconds',
      'leakwatch_growth_per_second',
      'leakwatch_evidence_log_e',
      'leakwatch_limit',
      'leakwatch_used',
      'leakwatch_exhaustion_seconds',
      'leakwatch_tasks',
      'leakwatch_self_cpu_seconds_total',
      'leakwatch_self_resident_memory_bytes',
      'leakwatch_self_open_fds',
      'leakwatch_self_threads',
    ]) {
      expect(names).not.toContain(name);
    }
    for (const value of samples.values()) expect(Number.isFinite(value)).toBe(true);
  });

  test('a counter is what was published last, not the sum of it', async () => {
    const sink = newSink();
    let last = -1;
    for (const samplesTotal of [1, 2, 2, 3]) {
      const base = publication();
      sink.publish({ ...base, eventsTotal: new Map([['W11', samplesTotal]]), self: { ...base.self, samplesTotal } });
      await written();
      await sink.render(accept);
      const { samples } = parse((await sink.render(accept)).body);
      expect(samples.get('leakwatch_samples_total')).toBe(samplesTotal);
      expect(samples.get('leakwatch_events_total{code="W11"}')).toBe(samplesTotal);
      expect(samples.get('leakwatch_group_cpu_seconds_total{group="unicorn"}')).toBe(1234.56);
      expect(samplesTotal).toBeGreaterThanOrEqual(last);
      last = samplesTotal;
    }
  });
});

test('both formats say the same', async () => {
  const text = parse(await render(publication()));
  const openMetrics = parse(await render(publication(), OPENMETRICS));
  expect(openMetrics.samples).toEqual(text.samples);
});

test('only the verdict that holds is told', async () => {
  const { samples } = parse(await render(publication()));
  const verdicts = [...samples].filter(([series]) =>
    series.startsWith('leakwatch_verdict{group="unicorn",metric="zombies"'),
  );
  expect(verdicts).toEqual([['leakwatch_verdict{group="unicorn",metric="zombies",verdict="leak"}', 1]]);
});

test('it is written once a publication', async () => {
  const sink = newSink();
  sink.publish(publication());
  const first = await sink.render('text/plain');
  expect(await sink.render('*/*')).toBe(first);
  expect(await sink.render(OPENMETRICS)).not.toBe(first);
  sink.publish(publication());
  await written();
  expect(await sink.render('text/plain')).not.toBe(first);
});

test('the registry that all programs share is left alone', async () => {
  await render(publication());
  expect(register.getMetricsAsArray()).toEqual([]);
});

test('a format that was asked for is written ahead, and until then the last one is given', async () => {
  const sink = newSink();
  sink.publish(withGroups(['a']));
  const first = await sink.render('text/plain');
  sink.publish(withGroups(['b']));
  expect(await sink.render('text/plain')).toBe(first);
  await written();
  expect((await sink.render('text/plain')).body).toContain('group="b"');
});

test('a format that nobody has asked for since the last publication is written when somebody does', async () => {
  const sink = newSink();
  sink.publish(withGroups(['a']));
  await sink.render('text/plain');
  sink.publish(withGroups(['b']));
  sink.publish(withGroups(['c']));
  expect((await sink.render('text/plain')).body).toContain('group="c"');
  expect((await sink.render(OPENMETRICS)).body).toContain('group="c"');
});

test('a text that is asked for while others are written is that of its publication', async () => {
  const sink = new PrometheusSink({ version: '1.2.3', identity: IDENTITY });
  const texts = ['a', 'b', 'c'].map((group) => {
    sink.publish(withGroups([group]));
    return sink.render('text/plain');
  });
  for (const [at, group] of ['a', 'b', 'c'].entries()) {
    const named = new Set([...(await texts[at]!).body.matchAll(/group="(.)"/g)].map(([, name]) => name));
    expect(named).toEqual(new Set([group]));
  }
});
