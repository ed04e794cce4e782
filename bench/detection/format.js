/** Numbers as the report and the terminal show them. */
import { digits } from '../tables.js';

/** @param {number} share */
export function percent(share) {
  if (Number.isNaN(share)) return '-';
  if (!Number.isFinite(share)) return 'inf';
  const value = share * 100;
  return `${value >= 99 && value < 100 ? value.toFixed(1) : value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** @param {import('./figures.js').Rate} rate */
export function interval({ rate, low, high }) {
  return `${digits(rate)} (${digits(low)} to ${digits(high)})`;
}

/** Infinity is never. @param {number} value */
export function orNever(value) {
  return value === Number.POSITIVE_INFINITY ? 'never' : value === Number.NEGATIVE_INFINITY ? '-' : digits(value);
}
