/**
 * The script of the live page: fetches the report, draws it, and does so again after each sample. Bundled into the page
 * by the build. Names of processes are hostile: every text goes in as textContent, and no markup is made from a string.
 */
import { formatDuration } from '../../text/duration.ts';
import { drawCards } from './cards.ts';
import { byId, setText } from './elements.ts';
import { drawFooter } from './footer.ts';
import { GroupTable } from './groups.ts';
import { drawLimits } from './limits.ts';
import { Live } from './live.ts';
import { isStale, type News } from './news.ts';
import { addRecent } from './recent.ts';
import { SeriesStore } from './series.ts';
import { drawSummary } from './summary-box.ts';
import { describeTarget } from './target.ts';
import { clockTime } from './words.ts';

const REDRAW_AGE_MS = 1000;

const live = new Live({
  onReport: (report, { restarted, upgraded }) => {
    // The new server's page knows its alerts and metrics, this one may not.
    if (upgraded) return location.reload();
    if (restarted) series.clear();
    draw();
    series.update(report);
  },
  onNoReport: draw,
  onEvent: addRecent,
});
const series = new SeriesStore((group, metric) => {
  const { report } = live.news;
  if (report) groups.drawSeries(report, group, metric);
});
const groups = new GroupTable((group, metric) => series.get(group, metric));

function draw(): void {
  const { report } = live.news;
  if (report) {
    drawCards(report);
    drawLimits(report);
    groups.draw(report);
    drawFooter(report);
    setText(byId('where'), describeTarget(report.target));
  }
  drawAge();
}

/** What changes between two samples: the age of what is shown, and what that means for the summary. */
function drawAge(): void {
  const { news } = live;
  document.body.dataset.connection = news.failure || isStale(news) ? 'lost' : news.answered ? 'live' : 'waiting';
  setText(byId('connection'), describeConnection(news));
  drawSummary(news);
}

function describeConnection(news: News): string {
  const { report, failure, answered, ageSeconds } = news;
  if (!report) return failure || (answered ? 'connected' : 'connecting');
  if (failure) return `${failure}; this is of ${clockTime(report.t)}, ${formatDuration(ageSeconds)} ago`;
  if (isStale(news)) return `no new sample for ${formatDuration(ageSeconds)}`;
  return `live, sampled at ${new Date(report.t * 1000).toLocaleTimeString([], { hourCycle: 'h23' })}`;
}

setText(byId('where'), location.host);
setInterval(drawAge, REDRAW_AGE_MS);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  series.reloadSoon();
  live.refresh();
});
draw();
live.start();
