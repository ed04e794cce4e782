/** How the program ends. 64, 70 and 78 as in sysexits(3). */
export const EXIT = { ok: 0, failure: 1, usage: 64, internal: 70, configuration: 78 } as const;

export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, 'success, or stopped as asked'],
  [EXIT.failure, 'failure'],
  [EXIT.usage, 'wrong usage of a command'],
  [EXIT.internal, 'an error of leakwatch itself'],
  [EXIT.configuration, 'bad configuration; every problem is listed on standard error'],
];
