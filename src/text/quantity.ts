/**
 * Numbers as people read them, the same on the page, on a terminal, in reports and in alerts: at most three digits that
 * matter, and memory in KB, MB and GB of 1024 bytes each, as Heroku's quotas and the kernel's own kB are (see
 * docs/adr/0018-one-convention-for-bytes.md).
 */

export type Unit = 'count' | 'bytes';

/** More say nothing at a glance. */
const DIGITS = 3;

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/**
 * @param bytes may be negative
 * @example formatBytes(617080422) // => '588 MB'
 * @example formatBytes(1868310773) // => '1.74 GB'
 * @example formatBytes(1000 * 2 ** 20) // => '1,000 MB'
 * @example formatBytes(0) // => '0 B'
 */
export function formatBytes(number: number, digits: number = DIGITS): string {
  let value = Math.round(Math.abs(number));
  let unit = 0;
  while (Math.round(value) >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${number < 0 ? '-' : ''}${formatCount(round(value, digits))} ${BYTE_UNITS[unit]}`;
}

/**
 * Whole numbers in full, with commas; others to three digits.
 * @example formatCount(10380) // => '10,380'
 * @example formatCount(11.96) // => '12'
 * @example formatCount(0.4126) // => '0.413'
 */
export function formatCount(number: number, digits: number = DIGITS): string {
  const value = Math.abs(number);
  const [whole = '', ...decimals] = String(Number.isInteger(value) ? value : round(value, digits)).split('.');
  const commas = [whole.replace(/\B(?=(\d{3})+$)/g, ','), ...decimals].join('.');
  return `${number < 0 ? '-' : ''}${commas}`;
}

/** @example formatQuantity(47, 'count') // => '47' */
export function formatQuantity(number: number, unit: Unit, digits: number = DIGITS): string {
  return unit === 'bytes' ? formatBytes(number, digits) : formatCount(number, digits);
}

/**
 * What a slope comes to in an hour, with its sign. An estimate is worth two digits.
 * @example formatGrowthPerHour(1 / 3, 'count') // => '+1,200'
 * @example formatGrowthPerHour(11038.5, 'bytes') // => '+38 MB'
 */
export function formatGrowthPerHour(slopePerSecond: number, unit: Unit): string {
  return `${slopePerSecond < 0 ? '' : '+'}${formatQuantity(slopePerSecond * 3600, unit, 2)}`;
}

/**
 * A noun with its number.
 * @example plural(1, 'child', 'children') // => '1 child'
 * @example plural(1200, 'thread') // => '1,200 threads'
 */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${formatCount(number)} ${number === 1 ? one : many}`;
}

/** To so many digits, but no digit before the point is lost. */
function round(value: number, digits: number): number {
  return value >= 10 ** (digits - 1) ? Math.round(value) : Number(value.toPrecision(digits));
}
