/** One series with the verdicts of a subject: a drawing for the terminal, or CSV. */
import { follow } from './follow.js';
import { DAY, HOUR, SLOT_SECONDS, timeOf } from './time.js';
import { LEARNING, OK, SUSPECT, VERDICTS } from './verdicts.js';

/**
 * @typedef {import('./corpus.js').Series} Series
 * @typedef {import('./subjects.js').Subject} Subject
 * @typedef {import('./sampling.js').Sampling} Sampling
 */

const [WIDTH, HEIGHT] = [110, 12];
/** In the order of `VERDICTS`. */
const MARKS = ['.', ' ', '?', '!'];

/** @param {Series} series @param {Subject} subject @param {Sampling} sampling @returns {string} one line per slot */
export function csvOf(series, subject, sampling) {
  const verdicts = verdictsOf(series, subject, sampling);
  const rows = Array.from(series.values, (value, slot) =>
    [slot, timeOf(slot), Number.isNaN(value) ? '' : value, VERDICTS[verdicts[slot] ?? OK]].join(','),
  );
  return `slot,t,value,verdict\n${rows.join('\n')}\n`;
}

/** @param {Series} series @param {Subject} subject @param {Sampling} sampling */
export function drawingOf(series, subject, sampling) {
  const { family, seed, plan, values, onset, end, limitAt } = series;
  /** @type {string[]} */
  const turns = [];
  const verdicts = verdictsOf(series, subject, sampling, (slot, verdict, evidence) => {
    if (verdict >= SUSPECT || turns.length > 0) turns.push(turnOf(slot, values[slot] ?? 0, verdict, evidence));
  });
  const columns = Math.min(WIDTH, values.length);
  const perColumn = values.length / columns;
  const parts = Array.from({ length: columns }, (_, at) => {
    const [from, to] = [Math.floor(at * perColumn), Math.floor((at + 1) * perColumn)];
    const known = values.subarray(from, to).filter((value) => !Number.isNaN(value));
    return {
      low: known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      high: known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
      // The most severe verdict of the slots in this column.
      verdict: verdicts.subarray(from, to).reduce((a, b) => Math.max(a, b), LEARNING),
      sign: [
        [onset, '^'],
        [end, '|'],
        [limitAt, 'L'],
      ].find(([slot]) => Number(slot) >= from && Number(slot) < to)?.[1],
    };
  });
  const lowest = Math.min(...parts.map(({ low }) => low));
  const highest = Math.max(...parts.map(({ high }) => high));
  const height = (highest - lowest || 1) / HEIGHT;
  const lines = Array.from({ length: HEIGHT }, (_, row) => {
    const [floor, ceiling] = [highest - (row + 1) * height, highest - row * height];
    const label = row === 0 ? highest : row === HEIGHT - 1 ? lowest : undefined;
    return `${(label === undefined ? '' : inUnit(label, plan.metric)).padStart(10)} ${parts
      .map(({ low, high }) => (high >= floor && low <= ceiling ? '#' : ' '))
      .join('')}`;
  });
  return [
    `${family.name}/${seed}: ${family.text}`,
    `${plan.metric}, ${(values.length / DAY).toFixed(1)} days, limit ${inUnit(series.limit, plan.metric)}, ${JSON.stringify(plan.parameters)}`,
    '',
    ...lines,
    `${'verdict'.padStart(10)} ${parts.map(({ verdict }) => MARKS[verdict]).join('')}`,
    `${''.padStart(10)} ${parts.map(({ sign }) => sign ?? ' ').join('')}`,
    '',
    '. learning  ? suspect  ! leak  ^ onset  | end of passing growth  L limit reached',
    ...(plan.restarts
      ? [
          `restarts at h: ${plan.restarts
            .slice(0, 20)
            .map((slot) => (slot / HOUR).toFixed(1))
            .join(' ')}`,
        ]
      : []),
    ...turns.slice(0, 40),
    ...(turns.length > 40 ? [`and ${turns.length - 40} more`] : []),
    '',
  ].join('\n');
}

/** @param {Series} series @param {Subject} subject @param {Sampling} sampling @param {(slot: number, verdict: number, evidence: object) => void} [tell] */
function verdictsOf(series, subject, sampling, tell) {
  const verdicts = new Uint8Array(series.values.length);
  let [from, standing] = [0, OK];
  /** @type {import('./subjects.js').Watcher | undefined} */
  let watcher;
  // The watcher is kept, because its evidence is asked for at each change.
  /** @type {Subject['watch']} */
  const watch = (...given) => (watcher = subject.watch(...given));
  follow(
    series,
    { ...subject, watch },
    {
      sampling,
      tell(slot, verdict) {
        verdicts.fill(standing, from, slot);
        [from, standing] = [slot, verdict];
        tell?.(slot, verdict, watcher?.evidence?.() ?? {});
      },
    },
  );
  return verdicts.fill(standing, from);
}

/** @param {number} slot @param {number} value @param {number} verdict @param {object} evidence */
function turnOf(slot, value, verdict, evidence) {
  const numbers = Object.entries(evidence).map(([name, number]) =>
    name === 'since'
      ? `since=${((number - timeOf(0)) / 3600).toFixed(1)}h`
      : `${name}=${Number(number.toPrecision(4))}`,
  );
  const hours = ((slot * SLOT_SECONDS) / 3600).toFixed(2);
  return `${hours.padStart(9)} h  ${String(VERDICTS[verdict]).padEnd(8)} at ${value}  ${numbers.join(' ')}`;
}

/** @param {number} value @param {string} metric */
function inUnit(value, metric) {
  return metric === 'rss' ? `${(value / 1024 / 1024).toFixed(0)} MB` : value.toFixed(0);
}
