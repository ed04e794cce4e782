import type { Look } from '../../src/model/look.ts';
import { evidenceOf, type LookEvidence } from '../../src/verdict/look-evidence.ts';

/** What looks at a culprit tell, as the daemon adds it. */
export function seen(look: Look, first = look): LookEvidence {
  return evidenceOf(look, first, (t) => t);
}
