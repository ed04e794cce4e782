/** The box at the top of the page and the title of its window. */
import { byId, setText } from './elements.ts';
import type { News } from './news.ts';
import { type Summary, summarize } from './summary.ts';

export function drawSummary(news: News): void {
  const summary = summarize(news);
  byId('summary').dataset.state = summary.state;
  setText(byId('headline'), summary.headline);
  setText(byId('subline'), summary.text);
  document.title = `${summary.state === 'leak' ? '● ' : ''}${summary.headline} – leakwatch`;
  announce(summary);
}

let announced = '';

/** A screen reader hears of a new headline, not of every change of a number below it. */
function announce(summary: Summary): void {
  if (announced === summary.headline) return;
  announced = summary.headline;
  setText(byId('announcement'), `${summary.headline}. ${summary.text}`);
}
