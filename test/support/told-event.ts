/** An event of any code, with what a test says of it. */
import { ALERTS, type AlertCode } from '../../src/model/alerts.ts';
import { METRICS } from '../../src/model/metrics.ts';
import type { CulpritEvent } from '../../src/verdict/culprit.ts';

export const TOLD_AT = 1_795_214_220;

/** An alert on the first metric that has this code. */
export function toldEvent(code: AlertCode, more: Partial<CulpritEvent> = {}): CulpritEvent {
  const metric = METRICS.find((row) => row.code === code)?.name ?? 'threads';
  const base = {
    t: TOLD_AT,
    at: 'alert',
    code,
    desc: ALERTS[code].name,
    group: 'shop',
    metric,
    verdict: 'leak',
    previous: 'ok',
  };
  return { ...base, value: 87, evidence: {}, ...more } as CulpritEvent;
}
