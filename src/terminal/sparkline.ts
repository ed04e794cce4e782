/** A line of block characters for a terminal: the greatest value of each part of the time, on a scale from zero. */

const BLOCKS = '▁▂▃▄▅▆▇█';

export interface SparklineOptions {
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  /** The value that fills the whole height. */
  readonly top: number;
}

/**
 * @param points in order of time, each at the beginning of its bucket
 * @returns as many characters as columns; a blank for a part without points
 * @example sparkline([{ t: 0, value: 0 }, { t: 10, value: 8 }], { from: 0, to: 20, columns: 4, top: 8 }) // => '▁ █ '
 */
export function sparkline(
  points: readonly { readonly t: number; readonly value: number }[],
  options: SparklineOptions,
): string {
  const { from, to, columns, top } = options;
  const cells: (number | undefined)[] = new Array(columns).fill(undefined);
  for (const { t, value } of points) {
    const at = Math.min(columns - 1, Math.max(0, Math.floor(((t - from) / (to - from || 1)) * columns)));
    cells[at] = Math.max(cells[at] ?? 0, value);
  }
  return cells.map((value) => (value === undefined ? ' ' : blockOf(value / (top || 1)))).join('');
}

function blockOf(share: number): string {
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.max(0, Math.floor(share * BLOCKS.length)))]!;
}
