/** A child process that answers each line on standard input with a line: the drivers and the C loop. */
import { createInterface } from 'node:readline';
import { end, outputOf, start } from './cleanup.js';

export class Coprocess {
  #child;
  /** @type {AsyncIterator<string>} */
  #lines;

  /** @param {string} command @param {readonly string[]} args */
  constructor(command, args) {
    this.#child = start(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: outputOf(this.#child) })[Symbol.asyncIterator]();
  }

  get pid() {
    return Number(this.#child.pid);
  }

  /** @param {string | number} question @returns {Promise<string>} */
  async ask(question) {
    this.#child.stdin?.write(`${question}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnargs.join(' ')} ended without an answer`);
    return value;
  }

  stop() {
    return end(this.#child);
  }
}
