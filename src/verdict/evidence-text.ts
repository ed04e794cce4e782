/**
 * What looks at a culprit tell, in words: `412 x TCP in CLOSE_WAIT to 10.0.0.5:5432 (+400)`. Names of kinds come from the
 * host and are made printable here.
 */
import type { Kind, LookedAt } from '../model/look.ts';
import { printable } from '../text/printable.ts';
import { processName } from '../text/process-name.ts';
import { formatBytes, formatCount } from '../text/quantity.ts';
import { type GrownKind, mostDo } from './grown-kinds.ts';
import type { LookEvidence } from './look-evidence.ts';

/** Chosen: what is rarer is in the report. */
const MOST_KINDS = 6;
/** Chosen: with its kind and two others it fits one line. */
const MOST_STATES = 3;

/** What is shown of each kind of look where no growth is known. */
const SHOWS: Readonly<Record<LookedAt, string>> = {
  threads: 'Threads',
  fds: 'Open',
  memory: 'Memory',
  zombies: 'They were',
  children: 'They are',
};

/** Has it been looked at? */
export function hasEvidence<C extends Partial<LookEvidence>>(culprit: C): culprit is C & LookEvidence {
  return culprit.look !== undefined;
}

/** `57 x Timer-# in futex_wait`, `210 MB in malloc arenas` */
export function kindText(kind: Pick<Kind, 'name' | 'amount' | 'states'>, at: LookedAt): string {
  const { name, amount } = kind;
  const most = mostDo(kind);
  const does = most ? `${most.count < amount ? ' mostly' : ''} ${printable(most.name)}` : statesText(kind);
  return `${at === 'memory' ? `${formatBytes(amount)} in` : `${formatCount(amount)} x`} ${printable(name)}${does}`;
}

/** ` (20 killed by SIGABRT, 18 exited with 1)`, where none is what most do */
function statesText({ states = [] }: Pick<Kind, 'states'>): string {
  const some = states.slice(0, MOST_STATES).map(({ name, count }) => `${formatCount(count)} ${printable(name)}`);
  return some.length > 0 ? ` (${some.join(', ')})` : '';
}

/** `57 x Timer-# in futex_wait (+50)` */
export function grownText(kind: GrownKind, at: LookedAt): string {
  const { gained } = kind;
  const growth = gained ? ` (+${at === 'memory' ? formatBytes(gained) : formatCount(gained)})` : '';
  return `${kindText(kind, at)}${growth}`;
}

/** All that is told, in lines: the kinds, what the first of them means, the rhythm, remarks, and what is missing. */
export function evidenceLines({ look, telling, rhythm }: LookEvidence): readonly string[] {
  const { at, remarks = [], incomplete } = look;
  const kinds = telling.slice(0, MOST_KINDS).map((kind) => grownText(kind, at));
  const isGrowth = (telling[0]?.gained ?? 0) > 0;
  return [
    ...(kinds.length > 0 ? [`${isGrowth ? 'Grown' : SHOWS[at]}: ${kinds.join(', ')}`] : []),
    ...(telling[0]?.meaning === undefined ? [] : [telling[0].meaning]),
    ...(rhythm === undefined ? [] : [`They came ${rhythm}.`]),
    ...remarks.map((remark) => `It ${printable(remark)}.`),
    ...(incomplete === undefined ? [] : [`Not all could be seen: ${printable(incomplete)}.`]),
  ];
}

/** The same in one sentence, with the kind that grew most alone; undefined where no kind was seen. */
export function evidenceSentence(
  culprit: LookEvidence & { readonly pid: number; readonly comm: string },
): string | undefined {
  const { look, telling, rhythm } = culprit;
  const [kind] = telling;
  if (!kind) return undefined;
  const { meaning, gained = 0 } = kind;
  const parts = [
    `${gained > 0 ? 'Grown in' : 'Held by'} ${processName(culprit)}: ${grownText(kind, look.at)}`,
    ...(rhythm === undefined ? [] : [rhythm]),
    ...(look.remarks ?? []).map((remark) => `it ${printable(remark)}`),
    ...(meaning === undefined ? [] : [`${meaning[0]!.toLowerCase()}${meaning.slice(1)}`]),
  ];
  return parts.join('; ');
}
