/**
 * What leakwatch in the dyno told of the processes of a group or of its memory: crash loops, orphans, too many workers.
 * Only leakwatch sees these, so its alert is the finding. Alerts about a series are in counted-leaks.ts.
 */
import { ALERTS, type AlertCode, type AlertRow } from '../model/alerts.ts';
import type { DynoState } from './dyno.ts';
import { nameOf, type ToldAlert } from './findings.ts';
import type { OwnAlert } from './life.ts';

/** The alerts that stand: of each code and group the last word in the log is not that it is over. */
export function toldAlerts(dyno: DynoState): ToldAlert[] {
  const standing = new Map<string, ToldAlert>();
  for (const alert of dyno.lives.flatMap(({ alerts }) => alerts)) {
    const { code, group, t } = alert;
    const key = `${code}\n${group}`;
    if (!isFinding(alert)) standing.delete(key);
    else if (!standing.has(key))
      standing.set(key, {
        ...nameOf(dyno),
        kind: 'alert',
        certainty: 'found',
        code: code as AlertCode,
        group,
        from: t,
      });
  }
  return [...standing.values()];
}

/** A warning counts where the code has nothing graver to say. A newer leakwatch may have codes that we do not know. */
function isFinding({ code, at }: OwnAlert): boolean {
  const row: AlertRow | undefined = ALERTS[code as AlertCode];
  if (row?.about !== 'processes' && row?.about !== 'memory') return false;
  return at === 'alert' || (at === 'warn' && row.severity === 'warning');
}
