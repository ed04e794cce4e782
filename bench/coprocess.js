/** A program that answers each line with a line: how the drivers and the C floor are asked for passes. */
import { createInterface } from 'node:readline';
import { end, start } from './belongings.js';

export class Coprocess {
  #child;
  /** @type {AsyncIterator<string>} */
  #lines;

  /** @param {string} command @param {readonly string[]} args */
  constructor(command, args) {
    this.#child = start(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#child.stdout) throw new Error('unreachable: standard output is a pipe');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
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
