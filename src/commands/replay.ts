/**
 * `leakwatch replay`: runs a recording through the core of the daemon, in virtual time. It prints the events as they
 * come, and then a summary. Malformed lines are counted and reported with their numbers; replay fails only if there is
 * no sample. The text form has the events that the daemon would tell people; JSON has every event of the core.
 */

import { StandingEvents } from '../daemon/standing-events.ts';
import { parseRecordingLine } from '../formats/recording.ts';
import { readLines } from '../sources/recording/lines.ts';
import { type CoreState, createState, step } from '../step.ts';
import { renderEventLine } from '../terminal/event-line.ts';
import { plural } from '../text/quantity.ts';
import type { Event } from '../verdict/report.ts';
import { sentence } from '../verdict/sentence.ts';
import { Failure, type Invocation } from './invocation.ts';

/** A recording without a header was made at the default interval. */
const DEFAULT_INTERVAL_SECONDS = 20;
/** Number of malformed lines that are reported one by one; the rest are only counted. */
const MOST_NAMED = 20;

export async function runReplay({ config, positionals, flags, stdout, stderr }: Invocation): Promise<number> {
  const [path] = positionals;
  if (path === undefined) throw new Failure('replay needs a FILE, or - for standard input', { exitCode: 64 });
  const falseAlarmsPerMonth = config.falseAlarmsPerMonth;
  const begun = performance.now();
  let state: CoreState | undefined;
  let standing = new StandingEvents();
  let intervalSeconds = DEFAULT_INTERVAL_SECONDS;
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
        if (++malformed <= MOST_NAMED) stderr.write(`leakwatch: ${path}:${line}: ${parsed.reason}\n`);
        break;
      case 'header':
        // Several recordings may have been appended to one file. A new interval starts the core anew.
        if (state && parsed.intervalSeconds !== intervalSeconds) state = undefined;
        intervalSeconds = parsed.intervalSeconds;
        break;
      case 'readings': {
        if (!state) {
          state = createState({ intervalSeconds, falseAlarmsPerMonth });
          standing = new StandingEvents();
        }
        ticks++;
        for (const event of step(state, parsed.readings).events) {
          const isNews = standing.tell(event);
          if (!flags.json && !isNews) continue;
          events++;
          stdout.write(flags.json ? `${JSON.stringify(replayed(event))}\n` : `${renderEventLine(event)}\n`);
        }
      }
    }
  }
  if (malformed > MOST_NAMED) stderr.write(`leakwatch: ${path}: ${malformed - MOST_NAMED} more malformed lines\n`);
  const summary = {
    ticks,
    series: state?.groups.series ?? 0,
    events,
    malformedLines: malformed,
    wallSeconds: Math.round(performance.now() - begun) / 1000,
  };
  if (flags.json) stdout.write(`${JSON.stringify({ summary })}\n`);
  if (ticks === 0) throw new Failure(`${path} holds no sample`);
  if (!flags.json) stdout.write(`${inWords(summary)}\n`);
  return 0;
}

function* linesOf(path: string): Generator<string | undefined> {
  try {
    yield* readLines(path);
  } catch (error) {
    throw new Failure(`cannot read the recording ${path}: ${(error as Error).message}`);
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
