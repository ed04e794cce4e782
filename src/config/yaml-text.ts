/**
 * The entries of a configuration file: each top-level key with its line and its text, list of texts or mapping of
 * texts; where the caller says so, one more level below. Values stay text (YAML 1.2 failsafe schema, chapter 10.1), because the options parse them: `off`, `1` and
 * `0x10` mean the same in a file as in a flag. Aliases and tags are not followed.
 */
import { Composer, type Document, isMap, isScalar, isSeq, Lexer, LineCounter, type ParsedNode, Parser } from 'yaml';
import { printable, quote } from '../text/printable.ts';

export interface YamlItem {
  readonly line: number;
  /** Key in a mapping. */
  readonly name?: string;
  /** Empty where there is more below. */
  readonly text: string;
  /** A list or mapping below this one. */
  readonly below?: Pick<YamlEntry, 'shape' | 'items'>;
}

export interface YamlEntry {
  readonly key: string;
  readonly line: number;
  readonly shape: 'text' | 'list' | 'mapping';
  readonly items: readonly YamlItem[];
}

/**
 * The composer recurses: deep nesting could exhaust the stack and abort Node. Chosen: a file of ours nests three
 * levels, which is about 10 open tokens; Node's stack holds thousands.
 */
const MAX_OPEN_TOKENS = 64;

/**
 * @param problem is called for each problem; line undefined = the whole file
 * @param levels of lists and mappings that a key may have below it
 */
export function readYaml(
  text: string,
  problem: (line: number | undefined, sentence: string) => void,
  levels: 1 | 2 = 1,
): readonly YamlEntry[] {
  const lines = new LineCounter();
  const lineOf = (node: unknown) => lines.linePos((node as ParsedNode | null)?.range?.[0] ?? 0).line;
  const documents = compose(text, lines);
  if (documents === 'too deep') {
    problem(undefined, 'it is nested too deeply.');
    return [];
  }
  for (const error of documents.flatMap((document) => document.errors).slice(0, 1)) {
    // Only the first error: those after it mostly follow from it.
    problem(lines.linePos(error.pos[0]).line, `it is not valid YAML: ${printable(error.message)}.`);
    return [];
  }
  if (documents.length > 1) {
    problem(undefined, 'it must be one YAML document, not several.');
    return [];
  }
  const contents = documents[0]?.contents;
  if (contents === undefined || contents === null || (isScalar(contents) && contents.value === '')) {
    return [];
  }
  if (!isMap(contents)) {
    problem(lineOf(contents), 'it must be a mapping of option names to values.');
    return [];
  }

  const entries: YamlEntry[] = [];
  for (const { key, name, value } of pairs(contents)) {
    const line = lineOf(key);
    const node = value as ParsedNode | null;
    const found = name === undefined ? undefined : items(node, levels);
    if (name === undefined || found === undefined) {
      const what = name === undefined ? 'a key' : printable(name);
      problem(line, `${what} must be plain text${name === undefined ? '.' : ', or a list or mapping of plain text.'}`);
    } else {
      entries.push({ key: name, line, ...found });
    }
  }
  for (const [line, name] of duplicates(entries.map(({ key, line }) => [line, key]))) {
    problem(line, `key ${quote(name)} is given more than once.`);
  }
  for (const { key, items: list } of entries) reportRepeated(key, list);
  return entries;

  function reportRepeated(key: string, list: readonly YamlItem[]): void {
    const names = list.flatMap(({ line, name }) => (name === undefined ? [] : [[line, name] as const]));
    for (const [line, name] of duplicates(names)) problem(line, `${printable(key)} has ${quote(name)} more than once.`);
    for (const { name, below } of list) if (below && name !== undefined) reportRepeated(name, below.items);
  }

  function items(node: ParsedNode | null, depth: number): Pick<YamlEntry, 'shape' | 'items'> | undefined {
    const single = textOf(node);
    if (single !== undefined) {
      return { shape: 'text', items: [{ line: lineOf(node), text: single }] };
    }
    if (depth === 0) return undefined;
    if (isSeq(node)) {
      const found = node.items.map((value) => item(value, lineOf(value), undefined, depth));
      return found.every((one) => one !== undefined) ? { shape: 'list', items: found } : undefined;
    }
    if (isMap(node)) {
      const found = pairs(node).map(({ key, name, value }) =>
        name === undefined ? undefined : item(value, lineOf(key), name, depth),
      );
      return found.every((one) => one !== undefined) ? { shape: 'mapping', items: found } : undefined;
    }
    return undefined;
  }

  function item(value: unknown, line: number, name: string | undefined, depth: number): YamlItem | undefined {
    const found = items(value as ParsedNode | null, depth - 1);
    if (!found) return undefined;
    const named = name === undefined ? {} : { name };
    return found.shape === 'text'
      ? { line, ...named, text: found.items[0]!.text }
      : { line, ...named, text: '', below: found };
  }
}

function compose(text: string, lines: LineCounter): Document.Parsed[] | 'too deep' {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  // The library's own search for duplicate keys takes quadratic time.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false });
  const documents: Document.Parsed[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      documents.push(...composer.next(token));
    }
    if (parser.stack.length > MAX_OPEN_TOKENS) {
      return 'too deep';
    }
  }
  for (const token of parser.end()) {
    documents.push(...composer.next(token));
  }
  documents.push(...composer.end(true, text.length));
  return documents;
}

function pairs(map: { readonly items: readonly { readonly key: unknown; readonly value: unknown }[] }) {
  return map.items.map(({ key, value }) => ({ key, name: textOf(key), value }));
}

/** A missing value (`source:`) is the empty text. */
function textOf(node: unknown): string | undefined {
  if (node === null) {
    return '';
  }
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

function duplicates(names: readonly (readonly [line: number, name: string])[]): (readonly [number, string])[] {
  const seen = new Set<string>();
  return names.filter(([, name]) => seen.has(name) || !seen.add(name));
}
