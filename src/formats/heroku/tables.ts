/**
 * Tables of log services, as CSV or with tabs or semicolons: the lines of a file in, the cells of its rows out. A cell
 * in quotes may hold separators, doubled quotes and newlines; the lines of such a row are joined. Source: RFC 4180.
 */
import { LONGEST_LINE } from './lines.ts';
import { areColumns } from './records.ts';

/** Chosen: more than any service has; further cells are dropped. */
const MOST_COLUMNS = 200;
const TAB = '\t';
const SEPARATORS = [TAB, ',', ';'];

export class Table {
  readonly columns: readonly string[];
  readonly #separator: string;
  /** The lines so far of a row with an open quote, and their total length. */
  #open: string[] = [];
  #length = 0;

  private constructor(columns: readonly string[], separator: string) {
    this.columns = columns;
    this.#separator = separator;
  }

  /** @returns a table with the column names of this line; undefined if the line has no such names */
  static begunBy(line: string): Table | undefined {
    for (const separator of SEPARATORS) {
      const columns = cellsOf(line.replace(/^\ufeff/, ''), separator);
      if (areColumns(columns) && (columns.length > 1 || separator === SEPARATORS.at(-1)))
        return new Table(columns, separator);
    }
    return undefined;
  }

  /** @returns the cells of the row that ends with this line; undefined if the row goes on, or is too long */
  row(line: string): readonly string[] | undefined {
    const changes = this.#separator !== TAB && hasOddQuotes(line);
    const goesOn = this.#open.length > 0 !== changes;
    if (this.#open.length === 0 && !goesOn) return cellsOf(line, this.#separator);
    this.#open.push(line);
    this.#length += line.length;
    if (!goesOn) return this.rest();
    if (this.#length > LONGEST_LINE) this.#forget();
    return undefined;
  }

  /** The cells of the lines so far, also if a quote is still open at the end of the log. */
  rest(): readonly string[] | undefined {
    if (this.#open.length === 0) return undefined;
    const text = this.#open.join('\n');
    this.#forget();
    return cellsOf(text, this.#separator);
  }

  #forget(): void {
    this.#open = [];
    this.#length = 0;
  }
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

export function cellsOf(text: string, separator: string): string[] {
  // Cells between tabs are not quoted, and a message may contain a single quotation mark.
  if (separator === TAB) return text.split(TAB, MOST_COLUMNS);
  const cells: string[] = [];
  let at = 0;
  while (at <= text.length && cells.length < MOST_COLUMNS) {
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1);
      while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end < 0) end = text.length;
      cells.push(text.slice(at + 1, end).replaceAll('""', '"'));
      const next = text.indexOf(separator, end + 1);
      if (next < 0) return cells;
      at = next + 1;
    } else {
      const next = text.indexOf(separator, at);
      cells.push(text.slice(at, next < 0 ? text.length : next));
      if (next < 0) return cells;
      at = next + 1;
    }
  }
  return cells;
}
