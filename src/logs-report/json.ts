/** The report on a log as one JSON object, and news as lines. Times are seconds since the epoch, memory is bytes. */
import type { ChartReport, News } from '../logs/dyno.ts';
import type { LogReport } from '../logs/report.ts';
import { printable } from '../text/printable.ts';
import { Clockwork, conclude, describeFinding, quantityOf, remarks, tellStory, timeLeft } from './words.ts';

export function reportAsJson(report: LogReport): object {
  const clock = new Clockwork(report);
  const {
    dynos,
    findings,
    timeline,
    counts,
    span,
    releases,
    lostLines,
    forgottenDynos,
    untimed,
    inferredYears,
    leftOut,
  } = report;
  return {
    conclusion: { kind: findings[0]?.kind ?? 'nothing', text: conclude(report) },
    findings: findings.map((finding) => ({
      ...finding,
      text: describeFinding(
        finding,
        clock,
        dynos.find(({ title }) => title === finding.dyno),
      ),
    })),
    dynos: dynos.map(({ name, appId, title, quotaBytes, threadLimit, series, errors, lives, earlierLives }) => ({
      dyno: title,
      name,
      appId,
      quotaBytes,
      threadLimit,
      series: series.map(({ chart, ...rest }) => ({ ...rest, ...(chart && { points: pointsOf(chart) }) })),
      errors,
      lives,
      earlierLives,
    })),
    timeline: timeline.map((story) => ({ ...story, text: tellStory(story, clock) })),
    releases,
    remarks: remarks(report),
    lines: counts,
    ...(span && { span }),
    lostLines,
    forgottenDynos,
    ...(leftOut !== undefined && { leftOut }),
    untimed,
    ...(inferredYears && { inferredYears }),
  };
}

/** One `[t, least, mean, greatest]` for each `secondsPerPoint` seconds. */
function pointsOf({ widthSeconds, points }: ChartReport): object {
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  return {
    secondsPerPoint: widthSeconds,
    values: points.map(({ t, least, mean, greatest }) => [t, rounded(least), rounded(mean), rounded(greatest)]),
  };
}

/** `2026-11-21T03:10:00Z web.1 R14 (Memory quota exceeded)` */
export function describeNews(news: News): string {
  const date = new Date(news.t * 1000);
  const time = Number.isNaN(date.getTime()) ? '?' : `${date.toISOString().slice(0, 19)}Z`;
  return `${time} ${printable(news.dyno)} ${wordsOf(news)}`;
}

function wordsOf(news: News): string {
  switch (news.kind) {
    case 'verdict':
      return `${news.group === undefined ? '' : `${printable(news.group)} `}${news.measure} ${quantityOf(news.value, news.measure)}: ${news.verdict}`;
    case 'ahead': {
      const { t, quotaBytes, used } = news.ahead;
      return `memory ${quantityOf(used, 'memory')}: the quota of ${quantityOf(quotaBytes, 'memory')} in ${timeLeft(t, news.ahead)}`;
    }
    case 'error':
      return `${printable(news.code)} (${printable(news.desc)}), the first since it started`;
    case 'trouble':
      return `says "${printable(news.text)}"`;
    case 'end':
      return news.how;
    case 'alert':
      return `leakwatch ${news.alert.at} ${news.alert.code} ${printable(news.alert.desc)} of ${printable(news.alert.group)}`;
  }
}
