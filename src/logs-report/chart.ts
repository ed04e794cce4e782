/** One chart of the page as inline SVG: a series over time, the quota, the ends of lives, and errors in rows below. */
import type { ChartReport } from '../logs/dyno.ts';
import { escapeControls } from '../text/printable.ts';

/** Units of the drawing; the page scales it. */
const WIDTH = 1000;
const LEFT = 64;
const RIGHT = 12;
const TOP = 10;
const AXIS = 20;
const ROW = 16;
/** Rows of errors; the page's list has the other codes. */
const MOST_CODES = 8;
const MOST_TICKS = 8;
/** In buckets of the chart. Chosen: a few lost lines are no gap, two minutes at the finest width are. */
const LONGEST_GAP = 6;
/** Seconds between two ticks: the first of these that makes no more than MOST_TICKS. */
const STEPS = [60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];

export interface ChartOptions {
  readonly span: { readonly from: number; readonly to: number };
  readonly chart: ChartReport;
  readonly height: number;
  /** A dashed line with a label. */
  readonly limit?: { readonly value: number; readonly label: string };
  /** Times at which a life of the dyno ended. */
  readonly ends: readonly { readonly t: number; readonly label: string }[];
  readonly errors: readonly ChartReport[];
  readonly at: (t: number) => string;
  readonly quantity: (value: number) => string;
  readonly label: string;
}

export function renderChart(options: ChartOptions): string {
  const { span, chart, height, limit, ends, errors, at, quantity, label } = options;
  const peak = Math.max(...chart.points.map(({ greatest }) => greatest), 0);
  const top = 1.08 * Math.max(peak, limit?.value ?? 0) || 1;
  const x = (t: number): string => {
    const share = (t - span.from) / Math.max(1, span.to - span.from);
    return (LEFT + Math.min(1, Math.max(0, share)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  };
  const y = (value: number): string => (TOP + (1 - value / top) * height).toFixed(1);
  const rows = errors.slice(0, MOST_CODES);
  const bottom = TOP + height;
  const whole = bottom + AXIS + rows.length * ROW + 4;
  const parts = [
    `<svg viewBox="0 0 ${WIDTH} ${whole}" role="img" aria-label="${escapeHtml(label)}">`,
    ...[0, 0.5, 1].map((share) => {
      const value = (share * top) / 1.08;
      return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/><text class="tick" x="${LEFT - 6}" y="${y(value)}" dy="4" text-anchor="end">${escapeHtml(quantity(value))}</text>`;
    }),
    // No label at the very left, where it would cover the zero of the other axis.
    ...ticks(span)
      .filter((t) => Number(x(t)) > LEFT + 20)
      .map(
        (t) =>
          `<line class="grid" x1="${x(t)}" x2="${x(t)}" y1="${TOP}" y2="${bottom}"/><text class="tick" x="${x(t)}" y="${bottom + 14}" text-anchor="middle">${escapeHtml(at(t))}</text>`,
      ),
    ...ends.map(
      ({ t, label: words }) =>
        `<line class="end" x1="${x(t)}" x2="${x(t)}" y1="${TOP}" y2="${bottom}"><title>${escapeHtml(words)}</title></line>`,
    ),
    ...segments(chart).map((points) => {
      const along = points.map(({ t, greatest }) => `${x(t + chart.widthSeconds / 2)},${y(greatest)}`);
      const back = points.toReversed().map(({ t, least }) => `${x(t + chart.widthSeconds / 2)},${y(least)}`);
      const middle = points.map(({ t, mean }) => `${x(t + chart.widthSeconds / 2)},${y(mean)}`);
      return `<polygon class="band" points="${[...along, ...back].join(' ')}"/><polyline class="line" points="${middle.join(' ')}"/>`;
    }),
  ];
  if (limit) {
    const place = y(limit.value);
    parts.push(
      `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${place}" y2="${place}"/><text class="limit-label" x="${LEFT + 6}" y="${place}" dy="-4">${escapeHtml(limit.label)}</text>`,
    );
  }
  for (const [row, { name, points, widthSeconds }] of rows.entries()) {
    const from = bottom + AXIS + row * ROW;
    const most = Math.max(...points.map(({ count }) => count), 1);
    parts.push(`<text class="tick" x="${LEFT - 6}" y="${from + 11}" text-anchor="end">${escapeHtml(name)}</text>`);
    for (const { t, count } of points) {
      const begin = Number(x(t));
      const width = Math.max(1.5, Number(x(t + widthSeconds)) - begin);
      const words = `${count} x ${name} ${at(t)}`;
      parts.push(
        `<rect class="error" x="${begin}" y="${from + 2}" width="${width.toFixed(1)}" height="${ROW - 4}" opacity="${(0.35 + (0.65 * count) / most).toFixed(2)}"><title>${escapeHtml(words)}</title></rect>`,
      );
    }
  }
  return [...parts, '</svg>'].join('');
}

/** Splits the points at gaps: no line is drawn over them. */
function segments({ points, widthSeconds }: ChartReport): (typeof points)[] {
  const found: (typeof points)[number][][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    if (point.t - last > LONGEST_GAP * widthSeconds) found.push([]);
    found.at(-1)!.push(point);
    last = point.t;
  }
  return found;
}

function ticks({ from, to }: ChartOptions['span']): number[] {
  const step = STEPS.find((seconds) => (to - from) / seconds <= MOST_TICKS) ?? (to - from) / MOST_TICKS;
  const found: number[] = [];
  for (let t = Math.ceil(from / step) * step; t <= to && found.length <= MOST_TICKS; t += step) found.push(t);
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * For the text of an element, and for an attribute in quotes. What is not seen becomes an escape.
 * @example escapeHtml('<b title="x">') // => '&lt;b title=&quot;x&quot;&gt;'
 */
export function escapeHtml(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
