/** /api/v1/report: the last publication as one JSON object, maps as objects, unknown values absent. */

import type { Identity } from '../model/identity.ts';
import { escapeJson } from '../text/printable.ts';
import type { Publication } from '../verdict/publication.ts';
import type { ReportSource } from './page/report.ts';

export interface ReportOrigin {
  /** Version of leakwatch. */
  readonly version: string;
  readonly identity: Identity;
}

/** @returns JSON */
export function reportJson(publication: Publication, { version, identity: target }: ReportOrigin): string {
  const { report, details, ...rest } = publication;
  const groups = report.groups.map((group) => ({ ...group, ...details.get(group.name) }));
  const { t, bounds, exhaustionSeconds } = report;
  const source: ReportSource = { version, target, t, groups, bounds, exhaustionSeconds, ...rest };
  return toJson(source);
}

/** JSON in which an infinite number or NaN is absent, as everything unknown is, and not null. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Map) return Object.fromEntries(inner);
    return typeof inner === 'number' && !Number.isFinite(inner) ? undefined : inner;
  });
  return escapeJson(json);
}
