/**
 * Text from outside made fit for a message on a terminal or in a log: control characters, line ends, invisible and
 * direction-changing characters and lone surrogates are shown as escapes.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Long enough for any sensible path or value, short enough that a message stays a message. */
const MAX_LENGTH = 200;

/**
 * A whole message: nothing in it can move the cursor, begin a line or hide.
 * @example escapeControls('a\nb') // => 'a\\u{a}b'
 */
export function escapeControls(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Part of a message, such as a path: cut where it is too long as well. */
export function printable(text: string): string {
  return escapeControls(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text);
}

/** The same between double quotes. */
export function quote(text: string): string {
  return `"${printable(text)}"`;
}
