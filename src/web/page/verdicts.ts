/** The verdict on a group: the worst of those on its metrics. */
import type { GroupReport, Verdict } from '../../verdict/report.ts';

export const RANK: Readonly<Record<Verdict, number>> = { leak: 0, suspect: 1, learning: 2, ok: 3 };

/** Metrics that cannot be read here do not count, unless there is no other. */
export function worstOf({ series }: Pick<GroupReport, 'series'>): Verdict {
  const known = series.filter(({ value }) => value !== undefined);
  const verdicts = (known.length > 0 ? known : series).map(({ verdict }) => verdict);
  return verdicts.toSorted((a, b) => RANK[a] - RANK[b])[0] ?? 'learning';
}
