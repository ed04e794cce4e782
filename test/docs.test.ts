/** The documentation against the code: what it must name, that its links lead somewhere, that its lines are our lines. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { literalsOf, readPage, sources } from '../scripts/constants.js';
import { decodeLine, encodeLine } from '../src/formats/l2met.ts';
import { parseRecordingLine } from '../src/formats/recording.ts';
import { ALERT_CODES, ALERTS } from '../src/model/alerts.ts';
import { METRICS } from '../src/model/metrics.ts';
import { FAMILIES } from '../src/sinks/prometheus/families.ts';
import { CAUSE_NAMES, CAUSES } from '../src/verdict/causes.ts';
import { CAUSE_REMEDIES, remediesInGeneral } from '../src/verdict/remedies.ts';
import { sentence } from '../src/verdict/sentence.ts';
import { isOfficialLine } from './support/clients.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('docs/metrics.md has every family, with its type and its labels', () => {
  const rows = read('docs/metrics.md').split('\n');
  for (const { name, type, labels } of FAMILIES) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\``));
    const [, , typeCell, labelCell] = (row ?? '').split('|').map((cell) => cell.trim());
    expect([name, typeCell, labelCell]).toEqual([name, type, labels.map((label) => `\`${label}\``).join(', ')]);
  }
});

test('docs/metrics.md has no family that is not', () => {
  const names = new Set(FAMILIES.map(({ name }) => name));
  for (const [name] of read('docs/metrics.md').matchAll(/\bleakwatch_\w+/g)) expect(names).toContain(name);
});

/** The paragraph, line of a list or row of a table in which this text stands, from the text on. */
function passage(page: string, begins: string): string {
  const [, rest = ''] = read(page).split(begins, 2);
  return `${begins}${rest.split(/\n(?=\n|- |\|)/)[0]}`;
}

// What is told of a failure here is all that a new metric needs in the documentation.
test.each(METRICS)('the metric $name is in every list of docs/metrics.md and docs/recording.md', (row) => {
  const { name, logName, hostLog } = row;
  const lists = [
    ['docs/metrics.md', '`metric` is one of', `\`${name}\``],
    ['docs/metrics.md', '- each group, for each sample:', `\`sample#${logName}\``],
    ...(hostLog ? [['docs/metrics.md', '- the host, for each sample:', `\`sample#${hostLog.name}\``]] : []),
  ] as const;
  const lacking = lists
    .filter(([page, begins, text]) => !passage(page, begins).includes(text))
    .map(([page, begins, text]) => `${page}: "${begins} ..." lacks ${text}`);
  const [, keys = ''] = read('docs/recording.md').split('| Key of a group |', 2);
  if (!keys.split('\n\n')[0]!.includes(`\`${name}\``))
    lacking.push(`docs/recording.md: "Key of a group" lacks \`${name}\``);
  expect(lacking).toEqual([]);
});

test('docs/constants.md has every number of the constants once, in order and with its present value', () => {
  const numbers = sources().flatMap(({ file }) => literalsOf(file));
  expect(readPage().map(({ file, name, value }) => `${file} ${name} = ${value}`)).toEqual(
    numbers.map(({ file, name, value }) => `${file} ${name} = ${value}`),
  );
});

describe.each(ALERT_CODES)('%s', (code) => {
  const [, section = ''] = read('docs/alerts.md').split(`## ${code}\n`);

  test('has a section in docs/alerts.md with a line of its own', () => {
    const line = section
      .split('\n## ')[0]!
      .split('\n')
      .find((text) => text.startsWith('source='));
    expect(decodeLine(line ?? '').get('code')).toBe(code);
  });

  test('is told what to do about in the words of the alerts', () => {
    const words = section.split('\n## ')[0]!.replaceAll(/\s+/g, ' ').replaceAll('`', '');
    const [first, ...others] = remediesInGeneral(code);
    for (const remedy of code === 'W50' ? [] : [`What to do: ${first}`, ...others]) expect(words).toContain(remedy);
  });

  test('is in the table of README.md', () => {
    expect(read('README.md')).toContain(`| ${code} | \`${ALERTS[code].name}\` |`);
  });
});

test.each(CAUSE_NAMES)('docs/alerts.md says of the cause %s of W50 what alerts do', (cause) => {
  const row = read('docs/alerts.md')
    .split('\n')
    .find((line) => line.startsWith(`| \`${cause}\` |`));
  const [, , at, , todo = ''] = (row ?? '').split('|').map((cell) => cell.trim().replaceAll('`', ''));
  expect([at, todo.slice(0, CAUSE_REMEDIES[cause].length)]).toEqual([CAUSES[cause].at, CAUSE_REMEDIES[cause]]);
});

const [, detection] =
  /do not edit\.\n\n(On generated[\s\S]+?)\n\nThe worst families/.exec(read('docs/detection-results.md')) ?? [];

test('README.md says how good the detection is as docs/detection-results.md does in its first lines', () => {
  expect(detection).toBeDefined();
  expect(read('README.md')).toContain(
    `<!-- npm run bench:detection writes this -->\n\n${detection}\n\n<!-- until here -->`,
  );
});

test.each([
  ['bench/results.md', 'process-exporter / whole tick, 2000', '33.2'],
  ['bench/results.md', 'node_exporter, processes / whole tick, 2000', '2.96'],
  ['bench/results.md', 'ps-list + pidusage / whole tick, 2000', '11.4'],
  ['bench/results.md', 'memory after 60 ticks, 2,000 processes', '58.2'],
  ['bench/results.md', 'CPU of a small host, 100 processes every 20 s, ticks 2 to 15', '0.0370 %'],
  ['bench/results.md', 'scrapes at 100 a second: 50 groups, 2,000 processes', '4.79'],
  ['bench/results.md', 'event loop held at most: start and first tick, 2,000 processes', '70.8 ms'],
])('README.md says that a goal is missed as %s does: %s, %s', (page, row, figure) => {
  expect(
    read(page)
      .split('\n')
      .find((line) => line.startsWith(`| ${row}`)),
  ).toContain(figure);
  expect(read('README.md')).toContain(figure);
});

describe('the example of README.md', () => {
  const [example = ''] = read('docs/alerts.md').match(/^source=.* code=W11 .*$/m) ?? [];
  const fields = decodeLine(example);

  test('is the line of docs/alerts.md, folded and with notes', () => {
    const folded = /^ {2}source=[\s\S]*?(?=```)/m.exec(read('README.md'))?.[0] ?? '';
    const unfolded = folded
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/)[0]);
    expect(unfolded.join(' ')).toBe(example);
  });

  test('is put into the sentence that the program writes', () => {
    const zombies = Number(fields.get('sample#group_zombies'));
    const comm = fields.get('parent_comm')!;
    const oldestSeconds = Number(fields.get('oldest_zombie_seconds'));
    const text = sentence({
      t: 0,
      at: 'alert',
      code: 'W11',
      desc: 'zombie_leak',
      metric: 'zombies',
      group: fields.get('group')!,
      verdict: 'leak',
      previous: 'suspect',
      value: zombies,
      bound: { used: 137, limit: 256 },
      evidence: {
        slopePerSecond: Number(fields.get('growth_per_hour')) / 3600,
        since: 0,
        exhaustionSeconds: Number(fields.get('exhaustion_seconds')),
      },
      culprit: {
        pid: Number(fields.get('parent')),
        comm,
        children: zombies,
        zombies: { oldestSeconds, names: [{ name: fields.get('zombie_comm')!, count: zombies }] },
      },
    });
    expect(read('README.md')).toContain(`\n> ${text}\n`);
  });
});

describe.each(PAGES)('%s', (page) => {
  const text = read(page);
  // What stands in fences or backticks is no link.
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));

  test('has links that lead somewhere', () => {
    for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https:\/\//.test(target)) continue;
      const [path = ''] = target.split('#');
      expect(existsSync(join(ROOT, dirname(page), path)), `${page}: ${target}`).toBe(true);
    }
  });

  test('has log lines as the encoder writes them', () => {
    for (const line of text.split('\n').filter((candidate) => candidate.startsWith('source='))) {
      if (/ sample#(?:memory|load_avg)_/.test(line)) expect(line).toSatisfy(isOfficialLine);
      else expect(encodeLine([...decodeLine(line)])).toBe(line);
    }
  });

  test('says nothing of the place where it was written', () => {
    expect(text).not.toMatch(/shared\/|\/work\/|\/tmp\//);
  });
});

test('the recording in docs/recording.md can be read', () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(read('docs/recording.md')) ?? [];
  expect(
    json
      .trim()
      .split('\n')
      .map((line) => parseRecordingLine(line).kind),
  ).toEqual(['header', 'readings']);
});
