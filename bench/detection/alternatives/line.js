/** The least-squares line through a part of a series. */

/**
 * @typedef {{ slope: number, start: number, end: number, r2: number, known: number }} Line
 *   slope per slot; the line's value at both ends; share of the variance that it explains; number of points
 */

/** @param {Float64Array} values @param {number} from @param {number} to both ends included @returns {Line} */
export function lineThrough(values, from, to) {
  let [known, sumX, sumY] = [0, 0, 0];
  for (let slot = from; slot <= to; slot++) {
    const value = values[slot] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    known++;
    sumX += slot - from;
    sumY += value;
  }
  const [meanX, meanY] = [sumX / known, sumY / known];
  let [xx, xy, yy] = [0, 0, 0];
  for (let slot = from; slot <= to; slot++) {
    const value = values[slot] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const [x, y] = [slot - from - meanX, value - meanY];
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const slope = xx > 0 ? xy / xx : 0;
  const start = meanY - slope * meanX;
  return { slope, start, end: start + slope * (to - from), r2: xx > 0 && yy > 0 ? (xy * xy) / (xx * yy) : 0, known };
}
