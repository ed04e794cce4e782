/** Time in the corpus, in slots of 20 seconds, the default interval of leakwatch. */

export const SLOT_SECONDS = 20;
export const MINUTE = 3;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;
export const YEAR = 365.25 * DAY;
/** 2026-01-01T00:00:00Z */
const EPOCH = 1_767_225_600;

/** @param {number} slot @returns {number} seconds since the epoch */
export function timeOf(slot) {
  return EPOCH + slot * SLOT_SECONDS;
}
