import { expect, test } from 'vitest';
import type { Verdict } from '../../../src/verdict/report.ts';
import { worstOf } from '../../../src/web/page/verdicts.ts';

test.each<readonly [verdicts: readonly Verdict[], worst: Verdict]>([
  [['ok', 'learning', 'ok'], 'learning'],
  [['ok', 'ok'], 'ok'],
  [['learning', 'suspect', 'ok'], 'suspect'],
  [['suspect', 'leak'], 'leak'],
  [[], 'learning'],
])('a group whose metrics are %j is %s', (verdicts, worst) => {
  const series = verdicts.map((verdict) => ({ metric: 'threads', value: 1, verdict, evidence: {} }) as const);
  expect(worstOf({ series })).toBe(worst);
});

test('a metric that cannot be read says nothing about the group, unless there is no other', () => {
  const unknown = { metric: 'fds', value: undefined, verdict: 'learning', evidence: {} } as const;
  const known = { metric: 'threads', value: 3, verdict: 'ok', evidence: {} } as const;
  expect(worstOf({ series: [unknown, known] })).toBe('ok');
  expect(worstOf({ series: [unknown] })).toBe('learning');
});
