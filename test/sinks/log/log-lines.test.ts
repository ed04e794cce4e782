import { expect, test } from 'vitest';
import { renderJson, renderL2met } from '../../../src/sinks/log/log-lines.ts';
import { publication, threadSuspicion } from '../../support/publication.ts';

const IDENTITY = { source: 'host', dyno: 'leakwatch.1' };

test('where processes could not be seen, sums over the host are absent, and the groups that are seen are not', () => {
  const whole = {
    ...publication(),
    report: { ...publication().report, groups: publication().report.groups.slice(0, 2) },
  };
  const partial = { ...whole, isPartial: true };
  const [host, ...others] = renderL2met(whole, IDENTITY);
  expect(host).toMatch(/sample#processes=\d/);
  const [seen, ...same] = renderL2met(partial, IDENTITY);
  expect(seen?.replaceAll(/ sample#\w+_limit(_used)?=\d+/g, '')).toBe('source=host dyno=leakwatch.1');
  expect(same).toEqual(others);

  const [json] = renderJson(whole, IDENTITY).map((line) => JSON.parse(line));
  const [told] = renderJson(partial, IDENTITY).map((line) => JSON.parse(line));
  expect(json.processes).toBeGreaterThan(0);
  expect(Object.keys(told)).toEqual(['time', 'source', 'dyno', 'at', 'limits']);
});

test('the lines of events say the release; those of samples do not, and all begin as ever', () => {
  const host = { ...IDENTITY, host: 'h', app: 'shop', release: 'v43' };
  const lines = renderL2met(publication(), host);
  const told = lines.filter((line) => line.includes(' release=v43'));
  expect(told).toEqual(lines.filter((line) => / at=(alert|warn|resolved) /.test(line)));
  expect(told.length).toBe(publication().events.length);
  for (const line of lines) expect(line).toMatch(/^source=host dyno=leakwatch\.1 /);
  const json = renderJson(publication(), host).map((line) => JSON.parse(line));
  expect(json.map(({ release }) => release)).toEqual(json.map(({ code }) => (code === undefined ? undefined : 'v43')));
  for (const line of json) expect(Object.keys(line).slice(0, 3)).toEqual(['time', 'source', 'dyno']);
  expect(json.some((line) => 'app' in line || 'host' in line)).toBe(false);
});

test.each([
  [0.4, '0.4'],
  [160, '160'],
])('the interval of W50 may be a fraction of a second: %s', (amount, written) => {
  const event = {
    ...publication().events[0]!,
    code: 'W50' as const,
    at: 'warn' as const,
    evidence: { cause: 'interval' as const, amount, since: 0 },
  };
  const line = renderL2met({ ...publication(), events: [event] }, { source: 'web.1', dyno: 'heroku.1' }).at(-1)!;
  expect(line).toContain(` amount=${written} since=`);
});

test('the line of an event says in which rhythm what grew came', () => {
  const event = threadSuspicion();
  const rhythm = 'one every 20.0 s (±0.1 s): a timer';
  const told = { ...event, culprit: { ...event.culprit!, rhythm } };
  expect(renderL2met({ ...publication(), events: [told] }, IDENTITY).at(-1)).toContain(
    ' kind=worker-_ kind_count=14 kind_growth=8 rhythm=one_every_20.0_s___0.1_s_:_a_timer ',
  );
  expect(renderL2met({ ...publication(), events: [event] }, IDENTITY).at(-1)).not.toContain('rhythm=');
});
