/** Alerts of leakwatch in the dyno that no series of the log shows: crash loops, orphans, too many workers. */
import { expect, test } from 'vitest';
import { reportAsJson } from '../../src/logs-report/json.ts';
import { renderReport } from '../../src/logs-report/table.ts';
import { ALERT_CODES, ALERTS, type AlertCode, type At } from '../../src/model/alerts.ts';
import { readLog } from './reading.ts';

const log = (...told: readonly (readonly [code: string, at: At])[]): string =>
  told
    .map(
      ([code, at], minute) =>
        `2026-11-20T00:0${minute}:00Z app[web.1]: source=web.1 dyno=heroku.1.2 at=${at} code=${code} desc=d group=shop`,
    )
    .join('\n');
const codesIn = (text: string) => readLog(text).findings.map((one) => one.kind === 'alert' && one.code);

const OF_NO_SERIES = ALERT_CODES.filter((code) => ['processes', 'memory'].includes(ALERTS[code].about));

test.each(OF_NO_SERIES)('%s is a finding for as long as it stands', (code) => {
  expect(codesIn(log([code, 'alert']))).toEqual([code]);
  expect(codesIn(log([code, 'alert'], [code, 'resolved']))).toEqual([]);
  expect(codesIn(log([code, 'alert'], [code, 'resolved'], [code, 'alert']))).toEqual([code]);
});

test('a mere warning is one only where nothing graver can follow', () => {
  const warned = (code: AlertCode) => codesIn(log([code, 'warn']));
  expect([warned('W30'), warned('W31'), warned('W40')]).toEqual([[], [], ['W40']]);
  expect(warned('W20')).toEqual([]);
});

test('a code of a newer leakwatch is none', () => {
  expect(codesIn(log(['W00', 'alert']))).toEqual([]);
});

test('is told in words and as JSON, critical ones first', () => {
  const report = readLog(log(['W40', 'warn'], ['W30', 'alert'], ['W31', 'alert']));
  const text = renderReport(report, (_, one) => one);
  expect(text).toContain('Crash loop in web.1.');
  expect(text).toContain("web.1: crash loop: shop crashes again and again, told in the app's lines at 00:01 (W30).");
  expect(text).toContain(
    "web.1: orphaned processes: shop has orphaned processes, told in the app's lines at 00:02 (W31).",
  );
  expect(reportAsJson(report)).toMatchObject({
    conclusion: { kind: 'alert' },
    findings: [{ code: 'W30', group: 'shop', dyno: 'web.1' }, { code: 'W31' }, { code: 'W40' }],
  });
});
