/** `--state`: writes what was learned to the state file, every ten minutes and at the end. */
import type { Learned } from '../../model/learned.ts';
import type { Sink } from '../sink.ts';
import type { StateFile } from './state-file.ts';

export class State implements Sink {
  readonly name = 'state';
  readonly #file: StateFile;
  readonly #learned: () => Learned;

  constructor(file: StateFile, learned: () => Learned) {
    this.#file = file;
    this.#learned = learned;
  }

  publish(): void {
    if (this.#file.isDue) this.#file.write(this.#learned());
  }

  dropped() {
    return this.#file.dropped();
  }

  close(): void {
    this.#file.write(this.#learned());
  }
}
