/**
 * Alerts sent to a Prometheus Alertmanager, API v2, in the way Prometheus itself does it: all that stand, again and again,
 * each with an end in the future, so that they end there by themselves when nobody speaks for them any more; what is over
 * with the time when it ended, for some minutes.
 * Source: prometheus.io/docs/alerting/latest/alerts_api; prometheus/prometheus rules/alerting.go.
 */
import { severityOf } from '../../model/alerts.ts';
import { METRIC_ROWS } from '../../model/metrics.ts';
import type { NamedEvent } from '../../verdict/culprit.ts';
import type { Publication } from '../../verdict/publication.ts';
import { describeEvent } from '../log/log-lines.ts';
import { Delivery, type DeliveryOptions } from './delivery.ts';
import type { HttpPoster } from './http-poster.ts';

export interface AlertmanagerOptions extends Pick<DeliveryOptions, 'url' | 'log' | 'random'> {
  readonly poster: Pick<HttpPoster, 'send' | 'close'>;
  /** Becomes the label `instance`. */
  readonly source: string;
  readonly intervalSeconds: number;
  /** Seconds since the epoch, as everybody's clocks have it; samples are told by one that is never set. */
  readonly now?: () => number;
}

/** As the API has it. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** Prometheus' own resend delay; clients shall resend every 30 seconds to 3 minutes. */
const RESEND_SECONDS = 60;
/** So many resends, or samples, may be lost before an alert ends by itself. Of Prometheus, too. */
const VALID_RESENDS = 4;
/** The API asks clients to repeat the end of an alert for up to 5 minutes. */
const REPEATED_SECONDS = 300;
/** What is over and still told of; the oldest goes first. */
const MOST_ENDED = 200;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  readonly startsAt: number;
  /** The sample that saw it over, and when that was for everybody. */
  ended: { readonly t: number; readonly at: number } | undefined;
}

export class Alertmanager {
  readonly #options: AlertmanagerOptions;
  readonly #delivery: Delivery;
  /** Those that stand and those that have ended a while ago, by their labels. */
  readonly #alerts = new Map<string, Alert>();
  readonly #now: () => number;
  /** The last sample, and the one that was last told of. */
  #t = 0;
  #sentT = Number.NEGATIVE_INFINITY;

  constructor(options: AlertmanagerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => Date.now() / 1000);
    this.#delivery = new Delivery({ ...options, send: (signal) => this.#send(signal) });
  }

  get failures(): number {
    return this.#delivery.failures;
  }

  publish({ standing, report }: Pick<Publication, 'standing' | 'report'>): void {
    this.#t = report.t;
    const isNews = this.#update(standing);
    const isDue = this.#alerts.size > 0 && this.#t - this.#sentT >= RESEND_SECONDS;
    if (isNews || isDue) this.#delivery.wake();
  }

  /** Our end is not the end of an alert: those that stand are told of once more, and end when that is no longer valid. */
  async close(withinMs: number): Promise<void> {
    if ([...this.#alerts.values()].some(({ ended }) => !ended)) this.#delivery.wake();
    await this.#delivery.close(withinMs);
    this.#options.poster.close();
  }

  async #send(signal: AbortSignal): Promise<void> {
    const alerts = this.#list();
    if (alerts.length === 0) return;
    const body = JSON.stringify(alerts);
    const t = this.#t;
    await this.#options.poster.send(
      { method: 'POST', path: '/api/v2/alerts', contentType: 'application/json', body },
      signal,
    );
    this.#sentT = t;
  }

  /** @returns whether there is something that should be told at once */
  #update(standing: readonly NamedEvent[]): boolean {
    let isNews = false;
    const current = new Set<string>();
    for (const event of strongest(standing)) {
      const labels = labelsOf(event, this.#options.source);
      const key = JSON.stringify(labels);
      const annotations = annotationsOf(event);
      current.add(key);
      const known = this.#alerts.get(key);
      if (known && !known.ended) {
        known.annotations = annotations;
        continue;
      }
      this.#alerts.delete(key);
      this.#alerts.set(key, { labels, annotations, startsAt: event.t, ended: undefined });
      isNews = true;
    }
    for (const [key, alert] of this.#alerts) {
      if (current.has(key)) continue;
      if (!alert.ended) {
        alert.ended = { t: this.#t, at: this.#now() };
        isNews = true;
      } else if (this.#t - alert.ended.t > REPEATED_SECONDS) this.#alerts.delete(key);
    }
    this.#forgetBeyondBound();
    return isNews;
  }

  #forgetBeyondBound(): void {
    const over = [...this.#alerts].filter(([, { ended }]) => ended);
    for (const [key] of over.slice(0, Math.max(0, over.length - MOST_ENDED))) this.#alerts.delete(key);
  }

  #list(): PostedAlert[] {
    const validUntil = this.#now() + VALID_RESENDS * Math.max(RESEND_SECONDS, this.#options.intervalSeconds);
    return [...this.#alerts.values()].map(({ labels, annotations, startsAt, ended }) => {
      const endsAt = ended?.at ?? validUntil;
      // A clock may have been set back. An end before the beginning is refused, and with it all the others.
      return { labels, annotations, startsAt: isoTime(Math.min(startsAt, endsAt)), endsAt: isoTime(endsAt) };
    });
  }
}

/** Two metrics can say the same of a group (resident and anonymous memory): people are told the worse of them. */
function strongest(standing: readonly NamedEvent[]): NamedEvent[] {
  const found = new Map<string, NamedEvent>();
  for (const event of standing) {
    const key = `${event.code} ${resourceOf(event)} ${event.group}`;
    const known = found.get(key);
    if (!known || (known.at === 'warn' && event.at === 'alert')) found.set(key, event);
  }
  return [...found.values()];
}

/** What an alert is known by from its beginning to its end: nothing that changes meanwhile. */
function labelsOf(event: NamedEvent, source: string): Record<string, string> {
  return {
    alertname: `leakwatch_${event.desc}`,
    job: 'leakwatch',
    instance: source,
    code: event.code,
    desc: event.desc,
    group: event.group,
    resource: resourceOf(event),
    severity: severityOf(event),
  };
}

/** The sentence, and the fields of the log line by the names that they have there. */
function annotationsOf(event: NamedEvent): Record<string, string> {
  return {
    summary: event.text,
    ...Object.fromEntries(describeEvent(event)),
  };
}

function resourceOf({ metric }: NamedEvent): string {
  return METRIC_ROWS.get(metric)!.resource;
}

function isoTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
}
