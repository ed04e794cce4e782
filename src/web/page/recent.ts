/** The list of events that came while the page was open, newest first. */
import type { At } from '../../model/alerts.ts';
import type { NamedEvent } from '../../verdict/culprit.ts';
import { byId, make } from './elements.ts';
import { clockTime } from './words.ts';

const MOST_EVENTS = 20;
const BADGES: Readonly<Record<At, string>> = { alert: 'leak', warn: 'suspect', resolved: 'ok' };

const events: NamedEvent[] = [];

export function addRecent(event: NamedEvent): void {
  events.unshift(event);
  events.length = Math.min(events.length, MOST_EVENTS);
  byId('recent').hidden = false;
  byId('events').replaceChildren(...events.map(makeItem));
}

function makeItem({ t, at, text }: NamedEvent): HTMLElement {
  const item = make('li');
  item.append(make('span', 'soft', clockTime(t)), make('span', `badge ${BADGES[at]}`, at), make('span', '', text));
  return item;
}
