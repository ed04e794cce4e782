/**
 * `leakwatch replay`: runs a recording through the core of the daemon, in virtual time. It prints the events as they
 * come, and then a summary. Malformed lines are counted and reported with their numbers; replay fails only if there is
 * no sample, or a header of a later version. The text form has the events that the daemon would tell people; JSON has
 * every event of the core.
 */
import { Input } from '../config/input.ts';
import { StandingEvents } from '../daemon/standing-events.ts';
import { inferInterval, parseRecordingLine, VERSION } from '../formats/recording.ts';
import { isDynoName } from '../model/identity.ts';
import type { Readings } from '../model/reading.ts';
import { readLines } from '../sources/recording/lines.ts';
import { type CoreState, createState, step } from '../step.ts';
import { renderEventLine } from '../terminal/event-line.ts';
import { escapeJson, printable } from '../text/printable.ts';
import { plural } from '../text/quantity.ts';
import type { Event } from '../verdict/report.ts';
import { sentence } from '../verdict/sentence.ts';
import { Failure, type Invocation, openOrFail } from './invocation.ts';

/** Of a recording without a header, if it has too few samples to tell. */
const DEFAULT_INTERVAL_SECONDS = 20;
/** Samples from which the interval is inferred. Chosen: a median of so many is right if a few of them are late. */
const LEAST_TO_INFER = 20;
/** Number of malformed lines that are reported one by one; the rest are only counted. */
const MOST_NAMED = 20;

export async function runReplay({ config, positionals, flags, stdout, stderr }: Invocation): Promise<number> {
  const [path] = positionals;
  if (path === undefined) throw new Failure('replay needs a FILE, or - for standard input', { exitCode: 64 });
  const shownPath = printable(path);
  const { falseAlarmsPerMonth, warnAheadSeconds } = config;
  const begun = performance.now();
  let state: CoreState | undefined;
  let standing = new StandingEvents();
  let intervalSeconds: number | undefined;
  let isDyno = false;
  /** Samples before the first header, until the interval is known. */
  let waiting: Readings[] = [];
  let line = 0;
  let ticks = 0;
  let events = 0;
  let malformed = 0;
  for (const text of linesOf(path)) {
    line++;
    const parsed =
      text === undefined ? { kind: 'malformed' as const, reason: 'longer than 1 MB' } : parseRecordingLine(text);
    switch (parsed.kind) {
      case 'blank':
        break;
      case 'malformed':
        if (++malformed <= MOST_NAMED) stderr.write(`leakwatch: ${shownPath}:${line}: ${parsed.reason}\n`);
        break;
      case 'header':
        if (waiting.length > 0) inferFrom(waiting, parsed.intervalSeconds);
        // Several recordings may have been appended to one file. A new interval starts the core anew.
        if (state && parsed.intervalSeconds !== intervalSeconds) state = undefined;
        intervalSeconds = parsed.intervalSeconds;
        isDyno = isDynoName(parsed.source);
        break;
      case 'later':
        throw new Failure(
          `${path}:${line}: a recording of version ${parsed.version}; this leakwatch reads version ${VERSION}`,
        );
      case 'readings':
        if (intervalSeconds !== undefined) take(parsed.readings, intervalSeconds);
        else if (waiting.push(parsed.readings) === LEAST_TO_INFER) inferFrom(waiting, DEFAULT_INTERVAL_SECONDS);
    }
  }
  if (waiting.length > 0) inferFrom(waiting, DEFAULT_INTERVAL_SECONDS);
  if (malformed > MOST_NAMED) stderr.write(`leakwatch: ${shownPath}: ${malformed - MOST_NAMED} more malformed lines\n`);
  const summary = {
    ticks,
    series: state?.groups.series ?? 0,
    events,
    malformedLines: malformed,
    wallSeconds: Math.round(performance.now() - begun) / 1000,
  };
  if (flags.json) stdout.write(`${escapeJson(JSON.stringify({ summary }))}\n`);
  if (ticks === 0) throw new Failure(`${path} holds no sample`);
  if (!flags.json) stdout.write(`${inWords(summary)}\n`);
  return 0;

  function inferFrom(samples: readonly Readings[], otherwise: number): void {
    const inferred = inferInterval(samples.filter(({ extra }) => !extra).map(({ t }) => t));
    const seconds = inferred ?? otherwise;
    intervalSeconds = seconds;
    waiting = [];
    const why = inferred === undefined ? '' : ', the time between its samples';
    stderr.write(
      `leakwatch: ${shownPath} does not begin with a header: an interval of ${seconds} s is assumed${why}\n`,
    );
    for (const readings of samples) take(readings, seconds);
  }

  function take(readings: Readings, seconds: number): void {
    if (!state) {
      state = createState({ intervalSeconds: seconds, falseAlarmsPerMonth, warnAheadSeconds, isDyno });
      standing = new StandingEvents();
    }
    ticks++;
    for (const event of step(state, readings).events) {
      const isNews = standing.tell(event);
      if (!flags.json && !isNews) continue;
      events++;
      stdout.write(flags.json ? `${escapeJson(JSON.stringify(replayed(event)))}\n` : `${renderEventLine(event)}\n`);
    }
  }
}

function* linesOf(path: string): Generator<string | undefined> {
  const what = `cannot read the recording ${path}`;
  const input = openOrFail(() => new Input(path), what);
  try {
    yield* readLines((buffer) => openOrFail(() => input.read(buffer), what));
  } finally {
    input.close();
  }
}

/** The event with its keys in the order that docs/recording.md shows. */
function replayed(event: Event): object {
  const { t, group, metric, verdict, previous, code, evidence, ...rest } = event;
  return { t, group, metric, verdict, previous, code, evidence, ...rest, text: sentence(event) };
}

function inWords(summary: {
  ticks: number;
  series: number;
  events: number;
  malformedLines: number;
  wallSeconds: number;
}): string {
  const { ticks, series, events, malformedLines, wallSeconds } = summary;
  const broken = malformedLines === 0 ? '' : `, ${plural(malformedLines, 'malformed line')}`;
  return `${plural(ticks, 'sample')} of ${plural(series, 'series', 'series')}: ${plural(events, 'event')}${broken} (${wallSeconds} s)`;
}
