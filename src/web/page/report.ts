/** What /api/v1/report and the events look like to the page: maps have become objects, unknown values are absent. */
import type { NamedEvent } from '../../verdict/culprit.ts';
import type { EvidenceOf } from '../../verdict/evidence.ts';
import type { Publication } from '../../verdict/publication.ts';
import type { GroupReport, Report } from '../../verdict/report.ts';

/** The report before it becomes JSON. A group may have more fields than the page reads. */
export interface ReportSource
  extends Omit<Publication, 'report' | 'details'>,
    Pick<Report, 't' | 'bounds' | 'exhaustionSeconds'> {
  readonly version: string;
  readonly groups: readonly GroupReport[];
}

/** What `T` is after `toJson` and `JSON.parse`. */
type Json<T> =
  T extends ReadonlyMap<string, infer V>
    ? Readonly<Record<string, Json<V>>>
    : T extends readonly (infer Item)[]
      ? readonly Json<Item>[]
      : T extends object
        ? { readonly [Key in keyof T]: Json<T[Key]> }
        : T;

export type PageReport = Json<ReportSource>;
/** With the fields of any kind of evidence. */
export type PageEvent = Omit<Json<NamedEvent>, 'evidence'> & {
  readonly evidence: Partial<
    EvidenceOf['growth'] & EvidenceOf['restarts'] & EvidenceOf['orphans'] & EvidenceOf['overcommit']
  >;
};
export type PageGroup = Json<GroupReport>;

/** A point of /api/v1/series. */
export interface Point {
  readonly t: number;
  readonly v: number;
}
