import { expect, test } from 'vitest';
import { ALERT_CODES } from '../../src/model/alerts.ts';
import { METRICS, RESOURCES } from '../../src/model/metrics.ts';
import type { Publication } from '../../src/verdict/publication.ts';
import { reportJson } from '../../src/web/report-json.ts';
import { IDENTITY } from '../support/identity.ts';
import { publication, quietPublication } from '../support/publication.ts';
import { reportProblems, SCHEMA } from '../support/report-schema.ts';
import { seen } from '../support/seen.ts';

const written = (published: Publication) => JSON.parse(reportJson(published, { version: '1.2.3', identity: IDENTITY }));

test.each([
  ['with findings', publication()],
  ['without', quietPublication()],
])('a report %s keeps to its schema', (_, published) => {
  expect(reportProblems(written(published))).toEqual([]);
});

test('all that looks tell of a culprit keeps to it', () => {
  const published = publication();
  const kinds = [{ name: 'Timer-#', amount: 57, newer: 50, states: [{ name: 'in futex_wait', count: 57 }] }];
  const first = { t: 0, at: 'threads', kinds } as const;
  const starts = Array.from({ length: 20 }, (_, at) => 20 * at);
  const now = { ...first, t: 400, rest: 3, starts, remarks: ['blocks SIGCHLD'], incomplete: 'denied' };
  const [event] = published.standing;
  const standing = [{ ...event!, culprit: { ...event!.culprit!, ...seen(now, first) } }];
  const report = written({ ...published, standing });
  expect(report.standing[0].culprit).toMatchObject({
    firstLook: {},
    telling: [{ gained: 50 }],
    rhythm: expect.any(String),
  });
  expect(reportProblems(report)).toEqual([]);
});

test('a report that does not keep to it is found', () => {
  const report = written(publication());
  expect(reportProblems({ ...report, standing: [{ ...report.standing[0], code: 'W98' }] })).toHaveLength(1);
  expect(reportProblems({ ...report, more: 1 })).toHaveLength(1);
});

test('the schema has every metric, resource and code', () => {
  const { metric, event } = SCHEMA.$defs;
  expect(metric.enum).toEqual(METRICS.map(({ name }) => name));
  expect(Object.keys(SCHEMA.properties.bounds.properties)).toEqual(RESOURCES);
  expect(event.properties.code.enum).toEqual(ALERT_CODES);
});
