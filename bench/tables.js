/** Markdown tables that are also readable in a terminal, and their numbers. */

/** @typedef {readonly string[]} Row */

/** Columns of numbers are aligned to the right. @param {Row} head @param {readonly Row[]} rows */
export function table(head, rows) {
  const columns = head.map((name, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    return {
      width: Math.max(3, name.length, ...cells.map(({ length }) => length)),
      isNumbers: cells.every((cell) => /^[-\d]/.test(cell)),
    };
  });
  const line = (/** @type {Row} */ cells) => {
    const padded = columns.map(({ width, isNumbers }, at) =>
      isNumbers ? (cells[at] ?? '').padStart(width) : (cells[at] ?? '').padEnd(width),
    );
    return `| ${padded.join(' | ')} |`;
  };
  const rule = columns.map(({ width, isNumbers }) => `${'-'.repeat(width + 1)}${isNumbers ? ':' : '-'}`);
  return [line(head), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

/** Three significant digits; whole numbers from 100 on. @param {number | undefined} value */
export function digits(value) {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** @param {import('./statistics.js').Spread} spread @returns {string} median and quartiles */
export function spread({ median, low, high }) {
  return `${digits(median)} (${digits(low)} to ${digits(high)})`;
}
