/** Which kinds of what a process holds have grown. */
import type { Kind, Look } from '../model/look.ts';

/** The kinds of a look, those that came since the growth began first, then those of which there is most. */
export function newestKinds({ kinds }: Pick<Look, 'kinds'>): readonly Kind[] {
  return kinds.toSorted((a, b) => (b.newer ?? 0) - (a.newer ?? 0) || b.amount - a.amount);
}
