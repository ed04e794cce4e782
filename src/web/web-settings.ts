/** One section of the web configuration file: its settings by name, and what is wrong with them in sentences. */
import type { YamlEntry, YamlItem } from '../config/yaml-text.ts';
import { quote } from '../text/printable.ts';

/** @param line undefined = the whole file */
export type Report = (line: number | undefined, sentence: string) => void;

type Section = Pick<YamlEntry, 'items' | 'line'>;

export class WebSettings<Name extends string> {
  /** Name of the section, as messages give it. */
  readonly section: string;
  readonly line: number;
  readonly #items: ReadonlyMap<string, YamlItem>;
  readonly #report: Report;

  /** @param names all that the section may have */
  constructor(section: string, { items, line }: Section, names: readonly Name[], report: Report) {
    this.section = section;
    this.line = line;
    this.#items = new Map(items.flatMap((item) => (item.name === undefined ? [] : [[item.name, item]])));
    this.#report = report;
    for (const [name, item] of this.#items)
      if (!(names as readonly string[]).includes(name))
        report(item.line, `${section} has the unknown key ${quote(name)}; leakwatch knows ${names.join(', ')}.`);
  }

  /** @param sentence without the section and the name, with which it begins */
  problem(name: Name, sentence: string): void {
    this.#report(this.#items.get(name)?.line ?? this.line, `${this.section} ${name} ${sentence}`);
  }

  has(name: Name): boolean {
    return this.#items.has(name);
  }

  /** @returns undefined if it is not set, empty, or no text (reported) */
  text(name: Name): string | undefined {
    const item = this.#items.get(name);
    if (item?.below) this.problem(name, `must be one value, not a ${item.below.shape}.`);
    return item === undefined || item.below || item.text === '' ? undefined : item.text;
  }

  /** @returns empty if it is not set or no list (reported) */
  list(name: Name): readonly string[] {
    const item = this.#items.get(name);
    if (item === undefined || (!item.below && item.text === '')) return [];
    if (item.below?.shape === 'list') return item.below.items.map(({ text }) => text);
    this.problem(name, 'must be a list.');
    return [];
  }

  /** @returns the items of a mapping; empty if it is not set or no mapping (reported) */
  mapping(name: Name): Section | undefined {
    const item = this.#items.get(name);
    if (item === undefined || (!item.below && item.text === '')) return undefined;
    if (item.below?.shape === 'mapping') return { line: item.line, items: item.below.items };
    this.problem(name, 'must be a mapping.');
    return undefined;
  }

  flag(name: Name, otherwise: boolean): boolean {
    const text = this.text(name);
    if (text !== undefined && text !== 'true' && text !== 'false')
      this.problem(name, `must be true or false, not ${quote(text)}.`);
    return text === undefined ? otherwise : text === 'true';
  }

  /** @returns the row of the table; undefined if it is not set or not in the table (reported) */
  oneOf<T>(name: Name, table: ReadonlyMap<string, T>): T | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : this.#row(name, text, table);
  }

  /** @returns the rows of the table, in the order of the list */
  allOf<T>(name: Name, table: ReadonlyMap<string, T>): readonly T[] {
    return this.list(name).flatMap((text) => this.#row(name, text, table) ?? []);
  }

  #row<T>(name: Name, text: string, table: ReadonlyMap<string, T>): T | undefined {
    const row = table.get(text);
    if (row === undefined) this.problem(name, `must be of ${[...table.keys()].join(', ')}, not ${quote(text)}.`);
    return row;
  }
}
