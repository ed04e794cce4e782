/** All that is wrong with the file, a sentence each; the message has them a line each. */
export class WebConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
