/** Tells from the first bytes of a log whether it is one JSON document of records, or lines. */
import { LONGEST_LINE } from './lines.ts';
import { fieldsOfJson, readRecord } from './records.ts';

/** An object that begins on this line and ends on a later one. */
const UNFINISHED = /^\{\s*(?:$|"[^"]{1,100}"\s*:)/;
const ARRAY_OF_OBJECTS = /\[\s*\{/;
/** leakwatch's own lines of JSON may hold arrays. */
const OWN = '{"time":';

/** @returns undefined if there are too few bytes to tell */
export function beginsDocument(bytes: Buffer, isAll: boolean): boolean | undefined {
  const text = bytes.toString('utf8', 0, LONGEST_LINE).replace(/^[\ufeff\s]+/, '');
  const unknown = isAll || bytes.length > LONGEST_LINE ? false : undefined;
  if (text.startsWith('[')) {
    const next = text.slice(1).trimStart();
    return next === '' ? unknown : next.startsWith('{');
  }
  if (!text.startsWith('{')) return text === '' ? unknown : false;
  const newline = text.indexOf('\n');
  if (newline < 0 && unknown === undefined) return undefined;
  const line = (newline < 0 ? text : text.slice(0, newline)).trim();
  const fields = fieldsOfJson(line);
  if (!fields) return UNFINISHED.test(line);
  return ARRAY_OF_OBJECTS.test(line) && !line.startsWith(OWN) && !readRecord(fields);
}
