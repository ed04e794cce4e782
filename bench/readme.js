/** The parts of README.md that benches write: between a comment that names the command and one that says `until here`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const README = join(import.meta.dirname, '../README.md');

/** @param {string} command `npm run bench` @param {string} text Markdown */
export function writeReadmePart(command, text) {
  const readme = readFileSync(README, 'utf8');
  const begin = `<!-- ${command} writes this -->\n`;
  const from = readme.indexOf(begin);
  const until = readme.indexOf('<!-- until here -->', from);
  if (from < 0 || until < 0) process.stderr.write(`README.md has no comments that mark the part of ${command}\n`);
  else writeFileSync(README, `${readme.slice(0, from + begin.length)}\n${text}\n\n${readme.slice(until)}`);
}
