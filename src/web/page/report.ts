/** What /api/v1/report and the events look like to the page: maps have become objects, unknown values are absent. */
import type { Identity } from '../../model/identity.ts';
import type { Publication, SelfState } from '../../verdict/publication.ts';
import type { GroupReport, Report } from '../../verdict/report.ts';

/** The report before it becomes JSON. A group may have more fields than the page reads. */
export interface ReportSource
  extends Omit<Publication, 'report' | 'details'>,
    Pick<Report, 't' | 'bounds' | 'exhaustionSeconds'> {
  readonly version: string;
  /** What is watched. */
  readonly target: Identity;
  readonly groups: readonly GroupReport[];
}

type AsJson<T> = T extends ReadonlyMap<string, infer V> ? Readonly<Record<string, V>> : T;
type FieldsAsJson<T> = { readonly [Key in keyof T]: AsJson<T[Key]> };

export interface PageReport extends FieldsAsJson<Omit<ReportSource, 'self'>> {
  readonly self: FieldsAsJson<SelfState>;
}

/** A point of /api/v1/series. */
export interface Point {
  readonly t: number;
  readonly v: number;
}
