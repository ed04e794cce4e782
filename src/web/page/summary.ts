/** The first words of the page: the worst finding, or that there is none, or that nothing is known yet. */
import { formatDuration } from '../../text/duration.ts';
import { plural } from '../../text/quantity.ts';
import type { NamedEvent } from '../../verdict/culprit.ts';
import { headline } from '../../verdict/sentence.ts';
import { isStale, type News } from './news.ts';
import type { PageReport } from './report.ts';
import { secondsToLimit, sinceOf, standingEvents } from './standing.ts';
import { worstOf } from './verdicts.ts';
import { clockTime, limitOf } from './words.ts';

export interface Summary {
  readonly state: 'waiting' | 'learning' | 'ok' | 'suspect' | 'leak' | 'lost';
  readonly headline: string;
  readonly text: string;
}

/** A report that is too old is not shown as news: the headline says that there is no newer one. */
export function summarize(news: News): Summary {
  const { report, failure, answered, ageSeconds } = news;
  if (!report) {
    if (failure) {
      return { state: 'lost', headline: 'leakwatch does not answer', text: 'Trying again. Is it running?' };
    }
    if (!answered) return { state: 'waiting', headline: 'Loading', text: 'Asking for the last sample.' };
    return {
      state: 'waiting',
      headline: 'Waiting for the first sample',
      text: 'It comes within an interval of the start.',
    };
  }
  const last = summarizeReport(report);
  if (!isStale(news)) return last;
  return {
    state: 'lost',
    headline: failure ? 'leakwatch does not answer' : 'No new sample',
    text: `The last word, of ${clockTime(report.t)}, ${formatDuration(ageSeconds)} ago: ${last.headline}.`,
  };
}

function summarizeReport(report: PageReport): Summary {
  const [worst, ...others] = standingEvents(report);
  if (worst) return summarizeTrouble(report, worst, others.length);
  if (report.groups.length === 0) {
    return {
      state: 'waiting',
      headline: 'Nothing to watch',
      text: 'No process is seen here but leakwatch itself. Is this the right host, and --procfs the right directory?',
    };
  }
  const all = report.groups.flatMap(({ series }) => series);
  const watched = plural(report.groups.length, 'group');
  if (!all.some(({ verdict }) => verdict === 'ok')) {
    const left = all
      .filter(({ verdict, value }) => verdict === 'learning' && value !== undefined)
      .map(({ learningSamplesLeft = Number.POSITIVE_INFINITY }) => learningSamplesLeft);
    const least = Math.min(...left);
    const first = Number.isFinite(least)
      ? `First verdict in ${formatDuration(least * report.self.intervalSeconds)}. `
      : '';
    return {
      state: 'learning',
      headline: 'Learning what is normal here',
      text: `${first}${watched} watched; a limit that is reached is told at once.`,
    };
  }
  const learning = report.groups.filter((group) => worstOf(group) === 'learning').length;
  const still = learning > 0 ? ` ${plural(learning, 'group')} still learning.` : '';
  return {
    state: 'ok',
    headline: 'Nothing is leaking',
    text: `${watched} watched, and none grows without end.${still}`,
  };
}

function summarizeTrouble(report: PageReport, worst: NamedEvent, others: number): Summary {
  const since = sinceOf(report, worst);
  const end = secondsToLimit(report, worst);
  const limit = limitOf(worst.metric);
  const parts: string[] = [];
  if (since !== undefined) parts.push(`Since ${clockTime(since)}, ${formatDuration(report.t - since)} ago.`);
  if (worst.code === 'W21') parts.push('What needs more of it fails now.');
  else if (end <= 0) parts.push(`The ${limit} is reached.`);
  else if (Number.isFinite(end)) parts.push(`At this pace the ${limit} is reached in ${formatDuration(end)}.`);
  if (others > 0) parts.push(`${plural(others, 'more finding')} below.`);
  return { state: worst.at === 'alert' ? 'leak' : 'suspect', headline: headline(worst), text: parts.join(' ') };
}
