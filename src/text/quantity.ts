/**
 * Numbers for people, the same on the page, on a terminal, in reports and in alerts: three significant digits, and
 * memory in KB, MB and GB with a factor of 1024, as in Heroku's quotas and the kernel's kB
 * (docs/adr/0018-one-convention-for-bytes.md).
 */

export type Unit = 'count' | 'bytes';

/** Significant digits. Chosen: more are noise to a reader, and 512 MB and 1.74 GB need three. */
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
 * Whole numbers in full, with commas; others with three significant digits.
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
 * A slope per hour, with its sign and two significant digits, because it is an estimate.
 * @example formatGrowthPerHour(1 / 3, 'count') // => '+1,200'
 * @example formatGrowthPerHour(11038.5, 'bytes') // => '+38 MB'
 */
export function formatGrowthPerHour(slopePerSecond: number, unit: Unit): string {
  return `${slopePerSecond < 0 ? '' : '+'}${formatQuantity(slopePerSecond * 3600, unit, 2)}`;
}

/**
 * A number with its noun.
 * @example plural(1, 'child', 'children') // => '1 child'
 * @example plural(1200, 'thread') // => '1,200 threads'
 */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${formatCount(number)} ${number === 1 ? one : many}`;
}

/** Rounds to significant digits, but never before the decimal point. */
function round(value: number, digits: number): number {
  return value >= 10 ** (digits - 1) ? Math.round(value) : Number(value.toPrecision(digits));
}
