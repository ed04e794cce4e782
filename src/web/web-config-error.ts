/** Chosen: more problems than anybody reads. The rest are counted. */
const MOST_PROBLEMS = 50;

/** The problems of the web configuration file, a sentence each; the message has one a line. */
export class WebConfigError extends Error {
  readonly problems: readonly string[];

  constructor(all: readonly string[]) {
    const more = all.length - MOST_PROBLEMS;
    const problems = more > 0 ? [...all.slice(0, MOST_PROBLEMS), `There are ${more} more problems.`] : all;
    super(problems.join('\n'));
    this.problems = problems;
  }
}
