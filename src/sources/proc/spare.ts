/**
 * A descriptor that is held so that files can be read when no other is left: it is closed, a file is opened in its place,
 * read and closed, and the spare is taken again. If others have taken it meanwhile (the host's table is full, ENFILE),
 * one of the stat files that are kept open is given up for it.
 */
import { closeSync, openSync } from 'node:fs';

export class Spare {
  #fd: number | undefined;

  /** Gives up another descriptor. @returns false if there is none to give */
  giveUp: () => boolean = () => false;

  constructor() {
    this.hold();
  }

  /**
   * Tries again to open what could not be opened. Call `hold` when it is closed.
   * @throws {Error} the last error, if it is another one or if there is no room to be made
   */
  retry<T>(error: unknown, open: () => T): T {
    let last = error;
    for (const makeRoom of [this.#close, this.giveUp]) {
      const { code } = last as NodeJS.ErrnoException;
      if (code !== 'EMFILE' && code !== 'ENFILE') break;
      if (!makeRoom()) continue;
      try {
        return open();
      } catch (again) {
        last = again;
      }
    }
    this.hold();
    throw last;
  }

  get isHeld(): boolean {
    return this.#fd !== undefined;
  }

  /** Takes the spare again, if it was used. */
  hold(): void {
    if (this.#fd !== undefined) return;
    try {
      this.#fd = openSync('/dev/null', 'r');
    } catch {
      // The next one that is closed makes room for it.
    }
  }

  readonly #close = (): boolean => {
    if (this.#fd === undefined) return false;
    closeSync(this.#fd);
    this.#fd = undefined;
    return true;
  };
}
