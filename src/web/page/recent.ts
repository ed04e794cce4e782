/** The list of events that came while the page was open, newest first. */
import type { At } from '../../model/alerts.ts';
import { byId, make } from './elements.ts';
import type { PageEvent } from './report.ts';
import { clockTime, headline } from './words.ts';

const MOST_EVENTS = 20;
const BADGES: Readonly<Record<At, string>> = { alert: 'leak', warn: 'suspect', resolved: 'ok' };

const events: PageEvent[] = [];

export function addRecent(event: PageEvent): void {
  events.unshift(event);
  events.length = Math.min(events.length, MOST_EVENTS);
  byId('recent').hidden = false;
  byId('events').replaceChildren(...events.map(makeItem));
}

function makeItem(event: PageEvent): HTMLElement {
  const { t, at, group, desc } = event;
  const text = at === 'resolved' ? `${group}: ${desc.replaceAll('_', ' ')} is over` : headline(event);
  const item = make('li');
  item.append(make('span', 'soft', clockTime(t)), make('span', `badge ${BADGES[at]}`, at), make('span', '', text));
  return item;
}
