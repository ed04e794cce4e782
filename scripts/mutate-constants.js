/**
 * `npm run test:constants [-- FILE...]`: does a test notice when a constant of the detectors, watches or log reports is
 * changed? Each number in a constant is moved up and down by a factor, one at a time, and the tests of its room must
 * fail. Writes docs/constants.md. Takes about half an hour on two cores. With FILEs, only the constants of those files
 * are tried again, and the other rows of the page stay.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { literalsOf, PAGE, readPage, sources } from './constants.js';

/** A number is moved up and down by this factor. A smaller change may make no difference that matters. */
const FACTOR = 2;

/** Numbers that no test can pin, by file and name, with the reason. */
const EXCUSED = new Map([
  [
    'src/trend/growth-line.ts ROUNDING',
    'any number between the rounding of doubles and the smallest real rise is as good',
  ],
]);

/**
 * @typedef {object} Mutant
 * @property {string} file
 * @property {number} from
 * @property {number} to
 * @property {string} text what stands there instead
 */

/** @import { Row } from './constants.js' */

/**
 * A number above and one below. A share of one stays a share; a whole number is moved by one at least.
 * @param {string} literal
 * @returns {string[]}
 */
function movesOf(literal) {
  const value = Number(literal.replaceAll('_', ''));
  const isShare = value < 1;
  const isWhole = Number.isInteger(value) && value < 1e15;
  const up = isShare && value >= 0.5 ? 1 - (1 - value) / FACTOR : value * FACTOR;
  const down = value / FACTOR;
  return isWhole
    ? [String(up), String(Math.max(0, Math.min(value - 1, Math.floor(down))))]
    : [String(up), String(down)];
}

await main(process.argv.slice(2));

/** @param {readonly string[]} wanted files; all where there is none */
async function main(wanted) {
  const rows = sources().map(({ file, tests }) => ({ tests, literals: literalsOf(file) }));
  const jobs = rows.flatMap(({ tests, literals }) =>
    literals.filter(({ file }) => wanted.length === 0 || wanted.includes(file)).map((literal) => ({ literal, tests })),
  );
  const known = new Map(readPage().map((row) => [`${row.file} ${row.name}`, row]));
  /** @type {Map<string, Row>} */
  const done = new Map();
  let next = 0;
  const begun = performance.now();
  const work = async () => {
    for (let at = next++; at < jobs.length; at = next++) {
      const { literal, tests } = /** @type {(typeof jobs)[number]} */ (jobs[at]);
      const moves = [];
      for (const text of movesOf(literal.value))
        moves.push({ text, noticedBy: await noticedBy({ ...literal, text }, tests) });
      done.set(`${literal.file} ${literal.name}`, { ...literal, moves });
      const survived = moves.filter(({ noticedBy }) => noticedBy === undefined).map(({ text }) => text);
      const what = `${literal.file} ${literal.name} = ${literal.value}`;
      console.log(
        `${at + 1}/${jobs.length} ${what}: ${survived.length === 0 ? 'noticed' : `NOT NOTICED: ${survived.join(', ')}`}`,
      );
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => work()));
  const all = rows.flatMap(({ literals }) =>
    literals.flatMap(
      (literal) => done.get(`${literal.file} ${literal.name}`) ?? known.get(`${literal.file} ${literal.name}`) ?? [],
    ),
  );
  writeFileSync(PAGE, renderPage(all, rows.flatMap(({ literals }) => literals).length));
  const survivors = all.filter(isUnpinned);
  console.log(
    `${all.length} numbers, ${survivors.length} of them not pinned on both sides, ${Math.round((performance.now() - begun) / 1000)} s`,
  );
  process.exitCode = survivors.length > 0 ? 1 : 0;
}

/**
 * @param {Mutant} mutant
 * @param {readonly string[]} tests asked one after the other
 * @returns {Promise<string | undefined>} the test file that fails; undefined where none does
 */
async function noticedBy(mutant, tests) {
  for (const test of tests) {
    const failed = await run(mutant, test);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

/**
 * @param {Mutant} mutant
 * @param {string} test
 * @returns {Promise<string | undefined>}
 */
function run({ file, from, to, text }, test) {
  const args = ['run', '--config', 'scripts/mutants.config.js', '--reporter=json', test];
  const env = { ...process.env, MUTANT: JSON.stringify({ file, from, to, text }) };
  const child = spawn('node_modules/.bin/vitest', args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve(undefined);
      resolve(failedIn(output) ?? test);
    });
  });
}

/**
 * @param {string} output of vitest's JSON reporter
 * @returns {string | undefined} the path of the test file that failed
 */
function failedIn(output) {
  try {
    /** @type {{ testResults: { name: string, status: string }[] }} */
    const { testResults } = JSON.parse(output.slice(output.indexOf('{')));
    const { name = '' } = testResults.find(({ status }) => status === 'failed') ?? {};
    return /test\/.*$/.exec(name)?.[0];
  } catch {
    return undefined;
  }
}

/**
 * @param {readonly Row[]} rows of the numbers that were tried
 * @param {number} total numbers that there are
 */
function renderPage(rows, total) {
  const survivors = rows.filter(isUnpinned);
  const lines = rows.map(({ file, name, value, moves }) => {
    const cells = moves.map(
      ({ text, noticedBy }) => `${text}: ${noticedBy === undefined ? '**no test**' : short(noticedBy)}`,
    );
    return `| ${file.slice('src/'.length)} | \`${name}\` | ${value} | ${cells.join(' | ')} |`;
  });
  return `# Constants, and the tests that hold them

Each number in a constant of the detectors, the watches and the log reports was moved up and down by a factor of ${FACTOR}, one at a
time, and the tests of its room were run: the file named is the first that failed. Where the values come from is said beside
them in the sources. Of ${total} numbers ${rows.length} have been tried. Of those, ${survivors.length} are not pinned on both sides.

Written by \`npm run test:constants\`, a number that is new or was changed by \`npm run test:constants -- src/trend/growth.ts\`.

| File | Constant | Value | Moved up | Moved down |
|---|---|---|---|---|
${lines.join('\n')}

Numbers that no test can pin:

${[...EXCUSED].map(([name, reason]) => `- \`${name.replace('src/', '')}\`: ${reason}.`).join('\n')}
`;
}

/** @param {Row} row @returns {boolean} whether no test noticed a move that one should have noticed */
function isUnpinned({ file, name, moves }) {
  return !EXCUSED.has(`${file} ${name}`) && moves.some(({ noticedBy }) => noticedBy === undefined);
}

/** @param {string} test */
function short(test) {
  return test.replace(/^test\//, '').replace(/\.test\.ts$/, '');
}
