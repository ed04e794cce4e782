/**
 * Makes text from outside safe for a message on a terminal or in a log: control characters, line ends, invisible and
 * direction-changing characters and lone surrogates become escapes.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * In UTF-16 units. Chosen: long enough for sensible paths and values, and a few of them still make a readable message.
 */
const MAX_LENGTH = 200;

/**
 * For a whole message: nothing in the result can move the cursor, begin a line or hide.
 * @example escapeControls('a\nb') // => 'a\\u{a}b'
 */
export function escapeControls(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** For a part of a message, such as a path: the same, and cut to MAX_LENGTH. */
export function printable(text: string): string {
  return escapeControls(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text);
}

/** As `printable`, in double quotes. */
export function quote(text: string): string {
  return `"${printable(text)}"`;
}
