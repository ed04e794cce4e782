/** Tables that read well in a terminal and are Markdown too, and the numbers in them. */

/** @typedef {readonly string[]} Row */

/** The first column is text, the others are numbers. @param {Row} head @param {readonly Row[]} rows */
export function table(head, rows) {
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (/** @type {Row} */ cells) =>
    `| ${widths.map((width, at) => (at === 0 ? (cells[at] ?? '').padEnd(width) : (cells[at] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Three digits that mean something. @param {number | undefined} value */
export function digits(value) {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** @param {import('./statistics.js').Spread} spread @returns {string} median and quartiles */
export function spread({ median, low, high }) {
  return `${digits(median)} (${digits(low)} to ${digits(high)})`;
}
