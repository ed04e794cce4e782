/**
 * `npm run bench`: the cost of leakwatch and of similar programs on populations of real processes. CPU time is what the
 * kernel counts. Prints tables; a full run also writes results.md, and the short table into README.md.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.js';
import { compileNative } from './native.js';
import { enterPidNamespace } from './pid-namespace.js';
import { clearProgress, explain } from './progress.js';
import { writeReadmePart } from './readme.js';
import { FULL, labelOf, QUICK, runStage, shortTable } from './stages.js';
import { SUBJECTS } from './subjects.js';
import { table } from './tables.js';
import { TARGETS } from './targets.js';

const ROOT = dirname(import.meta.dirname);
const DIST = join(ROOT, 'dist');
const RESULTS = join(import.meta.dirname, 'results.md');

const HELP = `Usage: npm run bench -- [OPTIONS]

  --quick       small populations and few rounds, a minute; prints only
  --only NAME   measure only this; may be repeated: a population
                (${FULL.map(labelOf).join(', ')}),
                a subject (${SUBJECTS.map(({ name }) => name).join(', ')})
                or a target (${TARGETS.map(({ name }) => name).join(', ')});
                prints only
  --dist DIR    measure this build instead of dist/; prints only
  --help

If root starts it, it runs in a PID namespace of its own, so that other processes
of the host are not measured. A run without --quick, --only and --dist takes
about twenty minutes and writes bench/results.md and a table of README.md.
Nothing else should run on the machine meanwhile.
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    dist: { type: 'string', default: DIST },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (options.help) {
  process.stdout.write(HELP);
} else {
  await enterPidNamespace();
  await main();
  process.exit(0);
}

async function main() {
  const { quick, only } = options;
  const isComplete = !quick && only.length === 0 && options.dist === DIST;
  const names = [...FULL, ...QUICK].map(labelOf).concat([...SUBJECTS, ...TARGETS].map(({ name }) => name));
  const unknown = only.filter((name) => !names.includes(name));
  const entry = join(resolve(options.dist), 'leakwatch.cjs');
  if (unknown.length > 0) fail(`no population, subject or target is called ${unknown.join(', ')}`);
  if (!existsSync(entry)) fail(`there is no ${entry}: npm run build`);
  const native = compileNative();
  const place = { native, entry, quick };
  const machine = describeMachine({ compiler: native?.compiler, entry })
    .map(([what, value]) => `- ${what}: ${value}`)
    .join('\n');
  print([machine, ...(native ? [] : ['No C compiler: the C loops are left out, and a shell makes the populations.'])]);

  // A population is measured with subjects, a target alone: naming one kind leaves the other out.
  const wantsTargets = only.length === 0 || only.some((name) => TARGETS.some((target) => target.name === name));
  const wantsStages = only.length === 0 || only.some((name) => !TARGETS.some((target) => target.name === name));
  const subjects = chosen(SUBJECTS, ({ name }) => name, only);
  /** @type {import('./stages.js').Section[]} */
  const sections = [];
  /** @type {import('./targets.js').Outcome[]} */
  const outcomes = [];
  if (wantsStages) {
    for (const stage of chosen(quick ? QUICK : FULL, labelOf, only)) {
      const section = await runStage(stage, { subjects, setting: { ...place, processes: stage.processes } });
      sections.push(section);
      outcomes.push(...section.outcomes);
      print(section.text);
    }
  }
  if (wantsTargets) {
    const targets = chosen(TARGETS, ({ name }) => name, only).filter(({ notQuick }) => !(quick && notQuick));
    for (const target of targets) outcomes.push(...(await runTarget(target, place)));
  }
  print(['## Targets', targetTable(outcomes)]);
  if (isComplete) write({ machine, sections, outcomes });
}

/** @param {{ machine: string, sections: readonly import('./stages.js').Section[], outcomes: readonly import('./targets.js').Outcome[] }} all */
function write({ machine, sections, outcomes }) {
  const short = shortTable(sections);
  const paragraphs = [
    '# What leakwatch costs',
    'Written by `npm run bench`; do not edit. [docs/cost.md](../docs/cost.md) explains how it is measured.',
    machine,
    short,
    '## Targets',
    targetTable(outcomes),
    ...sections.flatMap(({ text }) => text),
  ];
  writeFileSync(RESULTS, `${paragraphs.join('\n\n')}\n`);
  writeReadmePart('npm run bench', short);
}

/**
 * @template T
 * @param {readonly T[]} all
 * @param {(one: T) => string} nameOf
 * @param {readonly string[]} only
 * @returns {readonly T[]} all of them where none is named
 */
function chosen(all, nameOf, only) {
  const named = all.filter((one) => only.includes(nameOf(one)));
  return named.length > 0 ? named : all;
}

/**
 * @param {import('./targets.js').Target} target
 * @param {import('./targets.js').Place} place
 * @returns {Promise<readonly import('./targets.js').Outcome[]>}
 */
async function runTarget(target, place) {
  try {
    return await target.run(place);
  } catch (error) {
    return [{ what: target.name, measured: `failed: ${explain(error)}` }];
  }
}

/** @param {readonly import('./targets.js').Outcome[]} outcomes */
function targetTable(outcomes) {
  const rows = outcomes.map(({ what, target = '-', measured, met, note }) => [
    what,
    target,
    note ? `${measured} (${note})` : measured,
    met === undefined ? '-' : met ? 'met' : 'not met',
  ]);
  return table(['what', 'target', 'measured', ''], rows);
}

/** @param {readonly string[]} paragraphs */
function print(paragraphs) {
  clearProgress();
  process.stdout.write(`${paragraphs.join('\n\n')}\n\n`);
}

/** @param {string} why @returns {never} */
function fail(why) {
  process.stderr.write(`bench: ${why}\n\n${HELP}`);
  process.exit(64);
}
