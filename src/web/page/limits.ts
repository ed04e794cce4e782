/** A bar for each limit that is known: what is used of it, and when it is reached. */
import { RESOURCE_ROWS, RESOURCES, type Resource } from '../../model/metrics.ts';
import { formatDuration } from '../../text/duration.ts';
import { limitOwner } from '../../text/limit-owner.ts';
import { formatQuantity } from '../../text/quantity.ts';
import { byId, make } from './elements.ts';
import type { PageReport } from './report.ts';

/** Shares of a limit, and seconds to it, from which on its bar is red or amber. */
const RED = { ratio: 0.95, seconds: 3600 };
const AMBER = { ratio: 0.8, seconds: 86_400 };

export function drawLimits(report: PageReport): void {
  const boxes: HTMLElement[] = RESOURCES.flatMap((resource) => makeBox(report, resource) ?? []);
  if (boxes.length === 0) boxes.push(make('p', 'soft', 'No limit is known here.'));
  byId('limits').replaceChildren(...boxes);
  byId('limits-section').hidden = false;
}

function makeBox({ bounds, exhaustionSeconds }: PageReport, resource: Resource): HTMLElement | undefined {
  const bound = bounds[resource];
  if (!bound || !(bound.limit > 0)) return undefined;
  const { used, limit } = bound;
  const ratio = used / limit;
  const end = exhaustionSeconds[resource];
  const { unit, title } = RESOURCE_ROWS[resource];
  const amount = `${formatQuantity(used, unit)} of ${formatQuantity(limit, unit)}`;
  const left = formatQuantity(Math.max(0, limit - used), unit);

  const box = make('div', `limit ${urgency(ratio, end)}`);
  const top = make('div', 'top');
  top.append(make('span', 'name', title), make('span', '', `${Math.round(ratio * 100)} %`));
  const fill = make('div');
  fill.style.width = `${Math.min(100, Math.max(0, ratio * 100))}%`;
  const bar = make('div', 'bar');
  bar.append(fill);
  const meter = {
    role: 'meter',
    'aria-label': title,
    'aria-valuemin': '0',
    'aria-valuemax': String(limit),
    'aria-valuenow': String(Math.min(used, limit)),
    'aria-valuetext': amount,
  };
  for (const [name, value] of Object.entries(meter)) bar.setAttribute(name, value);
  box.append(top, bar, make('p', '', `${amount}, ${left} left`));
  if (bound.of !== undefined) box.append(make('p', 'soft', `limit of ${limitOwner(bound.of)}`));
  if (bound.isObserved)
    box.append(make('p', 'soft', 'The limit itself cannot be seen: it was enforced at this number.'));
  if (end !== undefined) {
    box.append(make('p', 'end', end <= 0 ? 'reached' : `reached in ${formatDuration(end)} at this pace`));
  }
  return box;
}

function urgency(ratio: number, end = Number.POSITIVE_INFINITY): 'leak' | 'suspect' | '' {
  if (ratio >= RED.ratio || end < RED.seconds) return 'leak';
  return ratio >= AMBER.ratio || end < AMBER.seconds ? 'suspect' : '';
}
