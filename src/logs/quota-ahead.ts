/**
 * The finding that memory is on its way to the quota: of a life that goes on when the log ends. One that has ended has not
 * reached it.
 */
import type { DynoState } from './dyno.ts';
import { nameOf, type QuotaAhead } from './findings.ts';

/** The finding on a dyno whose present life is on its way to the quota. The parts of a log may be in the wrong order. */
export function quotaAhead(dyno: DynoState): QuotaAhead[] {
  const life = dyno.lives.at(-1);
  if (!life?.ahead || life.end || dyno.lives.some(({ to }) => to > life.to)) return [];
  const { t, ...numbers } = life.ahead;
  return [{ ...nameOf(dyno), kind: 'quota_ahead', certainty: 'found', measure: 'memory', at: t, ...numbers }];
}
