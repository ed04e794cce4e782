/** What one or two looks at a process tell of it: the kinds that grew, what such kinds mean, and in which rhythm they came. */
import type { Kind, Look, LookedAt, Meaning } from '../model/look.ts';
import { type GrownKind, grownKinds, mostDo } from './grown-kinds.ts';
import { DESCRIPTOR_MEANINGS } from './meanings/descriptors.ts';
import { MEMORY_MEANINGS } from './meanings/memory.ts';
import { THREAD_MEANINGS, WAIT_MEANINGS } from './meanings/threads.ts';
import { tellRhythm } from './rhythm-text.ts';

/** A kind that is told of a process. */
export interface TellingKind extends Pick<GrownKind, 'name' | 'amount' | 'gained' | 'states'> {
  /** One sentence on what such growth usually means; absent where the tables have none. */
  readonly meaning?: string;
}

export interface LookEvidence {
  /** As last taken. */
  readonly look: Look;
  /** What the first one saw; absent until there is a second. */
  readonly firstLook?: Pick<Look, 't' | 'kinds'>;
  /** The kinds that grew, most growth first; where no growth is known, those of which there is most. */
  readonly telling: readonly TellingKind[];
  /** How those came that are newer than the growth: words without a subject, see `rhythm-text.ts`. */
  readonly rhythm?: string;
}

/** Chosen: what is rarer explains nothing. */
const MOST_TOLD = 10;

const MEANINGS: Readonly<Record<LookedAt, readonly Meaning[]>> = {
  threads: THREAD_MEANINGS,
  fds: DESCRIPTOR_MEANINGS,
  memory: MEMORY_MEANINGS,
  zombies: [],
  children: [],
};

/**
 * @param first the first look at the same process; the same one if there is no other
 * @param toHost from the clock of samples to the host's, for times of the day
 */
export function evidenceOf(look: Look, first: Look, toHost: (t: number) => number): LookEvidence {
  const rhythm = look.starts && tellRhythm(look.starts.map(toHost), toHost(look.t));
  return {
    look,
    ...(first !== look && {
      firstLook: { t: first.t, kinds: first.kinds.map(({ name, amount }) => ({ name, amount })) },
    }),
    telling: grownKinds(look, first)
      .slice(0, MOST_TOLD)
      .map((kind) => told(look.at, kind)),
    ...(rhythm !== undefined && { rhythm }),
  };
}

/** Where what most of them do has a meaning of its own. */
const DO: readonly LookedAt[] = ['threads', 'children'];

/** What growth of such a kind usually means, and what most of them do; undefined where the tables have nothing on it. */
export function meaningOf(at: LookedAt, kind: Pick<Kind, 'name' | 'states'>): string | undefined {
  const does = DO.includes(at) ? mostDo(kind)?.name : undefined;
  const said = [saysOf(MEANINGS[at], kind.name), does && saysOf(WAIT_MEANINGS, does)].filter(Boolean);
  return said.length > 0 ? said.join(' ') : undefined;
}

function saysOf(meanings: readonly Meaning[], name: string): string | undefined {
  return meanings.find(({ pattern }) => pattern.test(name))?.says;
}

function told(at: LookedAt, kind: GrownKind): TellingKind {
  const { name, amount, gained, states } = kind;
  const meaning = meaningOf(at, kind);
  return {
    name,
    amount,
    ...(gained !== undefined && { gained }),
    ...(states && { states }),
    ...(meaning !== undefined && { meaning }),
  };
}
