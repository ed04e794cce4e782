/**
 * The events that stand: told, and not yet resolved. Two metrics may have the same code (resident and anonymous memory
 * are both W12): people are told once, and told that it is over when it is over for both.
 */
import { ALERTS } from '../model/alerts.ts';
import { METRIC_ROWS } from '../model/metrics.ts';
import type { Event } from '../verdict/report.ts';

/** Room for ten codes in each of 20 groups. If there are more events, the oldest are forgotten. */
const MOST_STANDING = 200;

export class StandingEvents<E extends Event> {
  /** The events by code and group, then by metric. */
  readonly #standing = new Map<string, Map<string, E>>();
  readonly #totals = new Map<string, number>();

  /** @returns whether the event is news: no other metric of the group has raised this alert already */
  tell(event: E): boolean {
    const key = keyOf(event);
    const same = this.#standing.get(key) ?? new Map<string, E>();
    if (event.at === 'resolved') {
      // The metric that comes nearest to a limit may change while the event stands.
      if (isOfLimit(event)) same.clear();
      else same.delete(event.metric);
      if (same.size === 0) this.#standing.delete(key);
      return same.size === 0;
    }
    // A limit that is told again is news: there is less time left.
    if (isOfLimit(event)) same.clear();
    else same.delete(event.metric);
    const known = [...same.values()].some(({ at }) => at === event.at || at === 'alert');
    same.set(event.metric, event);
    this.#standing.delete(key);
    this.#standing.set(key, same);
    if (this.#standing.size > MOST_STANDING) this.#standing.delete(this.#standing.keys().next().value!);
    if (!known) this.#totals.set(event.code, (this.#totals.get(event.code) ?? 0) + 1);
    return !known;
  }

  /** An event that stands has another number now, which is no news. */
  update(event: E): void {
    const same = this.#standing.get(keyOf(event));
    if (same?.has(event.metric)) same.set(event.metric, event);
  }

  /** What stands, newest first. */
  list(): E[] {
    return [...this.#standing.values()].flatMap((same) => [...same.values()]).reverse();
  }

  /** Alerts and warnings told so far, by code. */
  totals(): ReadonlyMap<string, number> {
    return new Map(this.#totals);
  }
}

function keyOf(event: Event): string {
  const { group, code, metric } = event;
  if (event.code === 'W50') return `${code} ${event.evidence.cause}`;
  return `${code} ${isOfLimit(event) ? METRIC_ROWS.get(metric)?.resource : ''} ${group}`;
}

function isOfLimit({ code }: Event): boolean {
  return ALERTS[code].about === 'limit';
}
