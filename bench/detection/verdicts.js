/** The verdicts as numbers, in the order of their severity. */

/** @type {readonly import('../../src/verdict/report.ts').Verdict[]} */
export const VERDICTS = ['learning', 'ok', 'suspect', 'leak'];
export const [LEARNING, OK, SUSPECT, LEAK] = [0, 1, 2, 3];
