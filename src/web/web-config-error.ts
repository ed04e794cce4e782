/** All problems of the web configuration file, a sentence each; the message has one a line. */
export class WebConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
