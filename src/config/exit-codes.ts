/** Exit codes of the program. 64, 70 and 78 are those of sysexits(3). */
export const EXIT = { ok: 0, failure: 1, usage: 64, internal: 70, configuration: 78 } as const;

export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, 'success, or stopped as asked'],
  [EXIT.failure, 'failure'],
  [EXIT.usage, 'wrong command line'],
  [EXIT.internal, 'an error of leakwatch itself'],
  [EXIT.configuration, 'wrong configuration; all problems are listed on standard error'],
];
