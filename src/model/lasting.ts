/**
 * Keeps of a name what lasts over restarts. Ids, addresses and numbers of a process, a connection or a start are left
 * out: as part of a group's name, each of them would begin a new series that nothing is known about.
 */

/** A UUID, written with dashes or underscores; Cloud Foundry cuts its last part to four digits. */
const UUID = /[0-9a-f]{8}([-_][0-9a-f]{4}){3}[-_][0-9a-f]{4,12}/gi;
/** IPv4 and IPv6 addresses with their ports, and names of connections to D-Bus (`:1.2`). */
const ADDRESS =
  /\d{1,3}(\.\d{1,3}){3}(:\d+)?|(?<![0-9a-z:])(?=[a-f:]*\d)[0-9a-f]{0,4}(:[0-9a-f]{0,5}){2,}(\.\d+)*(?![0-9a-z])|:\d+\.\d+/i;
const ADDRESSES = new RegExp(ADDRESS, 'gi');
/** Versions, ordinals and most ports of services are shorter than this; process ids soon get as long. */
const LONG_NUMBER = /\d{5,}/g;
/** What mktemp(1) makes of its default template. */
const TEMPORARY = /\btmp\.\w{6,}/g;
/** Words are what stands between these characters. */
const WORD = /[^-_.:/@+]+/g;
const SEPARATORS = '[-_.:/+]';

/**
 * @param options `numbers: false` leaves out short numbers as well; `pid` is left out as a number, if it has three
 *   digits or more: shorter ones are more often something else
 * @returns what is left, without separators at its ends; '' if nothing lasts
 * @example lastingPart('app-firefox-7001', { numbers: false }) // => 'app-firefox'
 * @example lastingPart('web-2-0b1c2d3e4f50') // => 'web-2'
 */
export function lastingPart(
  name: string,
  { numbers = true, pid = 0 }: { readonly numbers?: boolean; readonly pid?: number } = {},
): string {
  const rest = (pid < 100 ? name : name.replace(new RegExp(`(?<!\\d)${pid}(?!\\d)`, 'g'), ''))
    .replace(UUID, '')
    .replace(ADDRESSES, '')
    .replace(TEMPORARY, 'tmp')
    .replace(WORD, (word) => (isId(word) || (!numbers && /^\d+$/.test(word)) ? '' : word))
    .replace(LONG_NUMBER, '');
  if (rest === name) return name;
  return rest
    .replace(new RegExp(`(${SEPARATORS})${SEPARATORS}+`, 'g'), '$1')
    .replace(new RegExp(`^${SEPARATORS}+|(?<!${SEPARATORS})${SEPARATORS}+$`, 'g'), '');
}

export function hasAddress(name: string): boolean {
  return ADDRESS.test(name);
}

/** Does it consist of an id and nothing else? */
export function isOnlyId(name: string): boolean {
  return !/[a-z]/i.test(lastingPart(name, { numbers: false }));
}

/** Hexadecimal digits, or letters and digits at random, that are too long for a word. */
function isId(word: string): boolean {
  if (/^[0-9a-f]{8,}$/i.test(word)) return /\d/.test(word) || word.length >= 16;
  return word.length >= 20 && /^[0-9a-z]+$/i.test(word) && word.replace(/\D/g, '').length >= 2;
}
