/**
 * Which life of a group this is: it ends when the root of the group is another process. A group may be without a root,
 * when all that is left are zombies whose parent cannot be seen. A short process that a sample catches there (a health
 * check, say) is no root that begins a new life: it has to last first, and so does one before the group has none.
 */

/** A health check that hangs is given up sooner than that, after 30 seconds by default. */
const LASTING_SECONDS = 240;

export class Incarnation {
  /** Identity of the root; '' without one. */
  #root: string;
  #since = Number.NaN;
  /** A root of a group that was without one, and when it was first seen. */
  #candidate: { readonly root: string; readonly since: number } | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** When its root was first seen; NaN before the first reading. */
  get since(): number {
    return this.#since;
  }

  /** Its root; '' = it has none that lasts. */
  get root(): string {
    return this.#root;
  }

  /** The group has no root that lasts. */
  get isRootless(): boolean {
    return this.#root === '';
  }

  /** @returns whether a new incarnation begins with this reading */
  see(root: string, t: number): boolean {
    if (Number.isNaN(this.#since)) this.#since = t;
    if (root === this.#root) {
      this.#candidate = undefined;
      return false;
    }
    if (root === '') {
      const hasLasted = t - this.#since >= LASTING_SECONDS;
      this.#begin('', t);
      return hasLasted;
    }
    if (this.isRootless) {
      if (this.#candidate?.root !== root) this.#candidate = { root, since: t };
      const { since } = this.#candidate;
      if (t - since < LASTING_SECONDS) return false;
      this.#begin(root, since);
      return true;
    }
    this.#begin(root, t);
    return true;
  }

  #begin(root: string, since: number): void {
    this.#root = root;
    this.#since = since;
    this.#candidate = undefined;
  }
}
