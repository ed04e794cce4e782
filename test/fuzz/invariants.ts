/** What holds of every result of a parser, whatever its input. Each check throws if it does not. */
import { isDeepStrictEqual } from 'node:util';

/** Characters that move the cursor of a terminal, begin a line, hide or turn text around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Each number in it, however deep, is finite and not negative; `unlimited` lets Infinity pass. */
export function requireQuantities(value: unknown, { unlimited = false } = {}): void {
  if (typeof value === 'number') {
    if (!(value >= 0 && (unlimited || value !== Number.POSITIVE_INFINITY))) throw new Error(`${value} is no quantity`);
  } else if (value instanceof Map) {
    for (const one of value.values()) requireQuantities(one, { unlimited });
  } else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) requireQuantities(one, { unlimited });
  }
}

/** One line of bounded length that a terminal shows as it is. */
export function requirePrintable(text: string, { most }: { readonly most: number }): void {
  const [found] = UNPRINTABLE.exec(text) ?? [];
  if (found !== undefined) throw new Error(`the character ${found.codePointAt(0)!.toString(16)} is printed`);
  if (text.length > most) throw new Error(`${text.length} characters are printed`);
}

export function requireEqual(one: unknown, other: unknown, what: string): void {
  if (!isDeepStrictEqual(one, other)) throw new Error(`${what}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
}

export function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}
