/**
 * Text from outside, as it may be shown. What a terminal, a browser or an editor would obey or hide becomes an escape:
 * control characters, line ends, characters that change the direction of what follows, that have no width, or are no
 * characters. Letters of all scripts and emoji stay.
 * Source: Unicode, general categories and Default_Ignorable_Code_Point (UAX #44). The two selectors of text and emoji
 * style are among the latter, and stand after many an emoji.
 */
const HARMFUL =
  '(?![\\ufe0e\\ufe0f])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]';
const UNPRINTABLE = new RegExp(HARMFUL, 'gu');
/** A line end in a JSON text is the writer's: that of a string is escaped. */
const UNPRINTABLE_IN_JSON = new RegExp(`(?!\\n)${HARMFUL}`, 'gu');

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

/**
 * A JSON text that means the same, in which those characters are escapes of JSON.
 * @example escapeJson('{"a":"\u202eb"}') // => '{"a":"\\u202eb"}'
 */
export function escapeJson(json: string): string {
  return json.replace(UNPRINTABLE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, at) => unitEscape(character.charCodeAt(at))).join(''),
  );
}

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** For a part of a message, such as a path: the same, and cut to MAX_LENGTH. */
export function printable(text: string): string {
  return escapeControls(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text);
}

/** The name and the password of a URL, of at most so many characters. */
const LOGIN = /\/\/[^/@\s]{1,200}@/g;

/**
 * As `printable`, in double quotes, without the login of a URL: a URL that was given in a wrong place is quoted in a message.
 * @example quote('https://me:secret@host') // => '"https://***@host"'
 */
export function quote(text: string): string {
  return `"${printable(text.slice(0, 4 * MAX_LENGTH).replace(LOGIN, '//***@'))}"`;
}
