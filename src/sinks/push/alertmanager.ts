/**
 * Sends alerts to a Prometheus Alertmanager, API v2, as Prometheus does. All firing alerts are sent again every minute,
 * each with an end time in the future, so that it ends there by itself if leakwatch dies. A resolved alert is sent for
 * some minutes with the time of its end.
 * Source: prometheus.io/docs/alerting/latest/alerts_api; prometheus/prometheus rules/alerting.go.
 */
import { severityOf } from '../../model/alerts.ts';
import type { Identity } from '../../model/identity.ts';
import { METRIC_ROWS } from '../../model/metrics.ts';
import type { Readings } from '../../model/reading.ts';
import { escapeJson } from '../../text/printable.ts';
import type { NamedEvent } from '../../verdict/culprit.ts';
import { evidenceSentence, hasEvidence } from '../../verdict/evidence-text.ts';
import type { Publication } from '../../verdict/publication.ts';
import { describeEvent } from '../log/log-lines.ts';
import { Delivery, type DeliveryOptions } from './delivery.ts';
import type { HttpPoster } from './http-poster.ts';

export interface AlertmanagerOptions extends Pick<DeliveryOptions, 'url' | 'log' | 'random'> {
  readonly poster: Pick<HttpPoster, 'send' | 'close'>;
  /** Its app and source are labels, the rest of it is annotations. */
  readonly identity: Identity;
  readonly links: Links;
  readonly intervalSeconds: number;
  /**
   * The host's clock in seconds since the epoch, which goes on while samples fail.
   */
  readonly now?: () => number;
}

/** What an alert leads to; absent where there is no such page, or nobody knows its address. */
export interface Links {
  /** The page of this leakwatch. */
  readonly page?: string | undefined;
  /** docs/alerts.md, without a final slash. */
  readonly runbook?: string | undefined;
}

/** An alert in the JSON of the API. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** Prometheus' default resend delay. The API asks clients to resend every 30 seconds to 3 minutes. */
const RESEND_SECONDS = 60;
/** An alert ends by itself after this many lost resends (or samples, if they are rarer), as with Prometheus. */
const VALID_RESENDS = 4;
/** The API asks clients to repeat the end of an alert for up to 5 minutes. */
const REPEATED_SECONDS = 300;
/** Resolved alerts that are kept to be repeated; beyond this number the oldest are dropped. */
const MOST_ENDED = 200;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** On the clock of samples. */
  readonly startedT: number;
  /** When it was found resolved: `t` on the clock of samples, `at` on the host's clock. Undefined while it fires. */
  ended: { readonly t: number; readonly at: number } | undefined;
}

export class Alertmanager {
  readonly #options: AlertmanagerOptions;
  readonly #delivery: Delivery;
  /** Firing alerts and those resolved a short time ago, by their labels. */
  readonly #alerts = new Map<string, Alert>();
  readonly #now: () => number;
  /** Time of the last sample on the clock of samples, and how far the host's time was ahead of it. */
  #t = 0;
  #aheadSeconds = 0;
  /** Time of the last sample that was sent. */
  #sentT = Number.NEGATIVE_INFINITY;

  constructor(options: AlertmanagerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => Date.now() / 1000);
    this.#delivery = new Delivery({ ...options, send: (signal) => this.#send(signal) });
  }

  get failures(): number {
    return this.#delivery.failures;
  }

  /**
   * @param readings whose clock says when a resend is due, whoever sets the host's time; while samples fail, the
   * intervals are counted
   */
  publish({ standing, report }: Pick<Publication, 'standing' | 'report'>, readings?: Pick<Readings, 't'>): void {
    this.#t = readings?.t ?? this.#t + this.#options.intervalSeconds;
    if (readings) this.#aheadSeconds = report.t - readings.t;
    const isNews = this.#update(standing);
    const isDue = this.#alerts.size > 0 && this.#t - this.#sentT >= RESEND_SECONDS;
    if (isNews || isDue) this.#delivery.wake();
  }

  /** Firing alerts are sent once more and not resolved: a restart of leakwatch does not mend a leak. */
  async close(withinMs: number): Promise<void> {
    if ([...this.#alerts.values()].some(({ ended }) => !ended)) this.#delivery.wake();
    await this.#delivery.close(withinMs);
    this.#options.poster.close();
  }

  async #send(signal: AbortSignal): Promise<void> {
    const alerts = this.#list();
    if (alerts.length === 0) return;
    const body = escapeJson(JSON.stringify(alerts));
    const t = this.#t;
    await this.#options.poster.send(
      { method: 'POST', path: '/api/v2/alerts', contentType: 'application/json', body },
      signal,
    );
    this.#sentT = t;
  }

  /** @returns whether an alert started or ended, which is sent at once */
  #update(standing: readonly NamedEvent[]): boolean {
    let isNews = false;
    const current = new Set<string>();
    for (const event of strongest(standing)) {
      const labels = labelsOf(event, this.#options.identity);
      const key = JSON.stringify(labels);
      const annotations = annotationsOf(event, this.#options);
      current.add(key);
      const known = this.#alerts.get(key);
      if (known && !known.ended) {
        known.annotations = annotations;
        continue;
      }
      this.#alerts.delete(key);
      this.#alerts.set(key, { labels, annotations, startedT: event.t - this.#aheadSeconds, ended: undefined });
      isNews = true;
    }
    for (const [key, alert] of this.#alerts) {
      if (current.has(key)) continue;
      if (!alert.ended) {
        alert.ended = { t: this.#t, at: this.#now() };
        isNews = true;
      } else if (this.#t - alert.ended.t > REPEATED_SECONDS) this.#alerts.delete(key);
    }
    this.#dropOldestEnded();
    return isNews;
  }

  #dropOldestEnded(): void {
    const ended = [...this.#alerts].filter(([, alert]) => alert.ended);
    for (const [key] of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) this.#alerts.delete(key);
  }

  #list(): PostedAlert[] {
    const { page } = this.#options.links;
    const link = page === undefined ? {} : { generatorURL: page };
    const validUntil = this.#now() + VALID_RESENDS * Math.max(RESEND_SECONDS, this.#options.intervalSeconds);
    return [...this.#alerts.values()].map(({ labels, annotations, startedT, ended }) => {
      const startsAt = startedT + this.#aheadSeconds;
      const endsAt = ended?.at ?? validUntil;
      // If the host's clock was set back, an alert could end before it starts: the API would refuse the whole request.
      return { labels, annotations, startsAt: isoTime(Math.min(startsAt, endsAt)), endsAt: isoTime(endsAt), ...link };
    });
  }
}

/** Two metrics can raise the same alert for a group (resident and anonymous memory): only the more severe is sent. */
function strongest(standing: readonly NamedEvent[]): NamedEvent[] {
  const found = new Map<string, NamedEvent>();
  for (const event of standing) {
    const key = `${event.code} ${aboutOf(event)} ${event.group}`;
    const known = found.get(key);
    if (!known || (known.at === 'warn' && event.at === 'alert')) found.set(key, event);
  }
  return [...found.values()];
}

/**
 * The labels identify an alert from start to end, so they contain nothing that changes meanwhile; and the alerts of all
 * apps that send to one server are told apart by them.
 */
function labelsOf(event: NamedEvent, { app, source }: Identity): Record<string, string> {
  return {
    alertname: `leakwatch_${event.desc}`,
    job: 'leakwatch',
    app,
    instance: source,
    code: event.code,
    desc: event.desc,
    group: event.group,
    resource: aboutOf(event),
    severity: severityOf(event),
  };
}

/** The sentence about the event, what to do, the fields of its log line under the same names, and where it was seen. */
function annotationsOf(
  event: NamedEvent,
  { identity: { dyno, host, release }, links: { runbook } }: Pick<AlertmanagerOptions, 'identity' | 'links'>,
): Record<string, string> {
  const description = event.culprit && hasEvidence(event.culprit) ? evidenceSentence(event.culprit) : undefined;
  return {
    summary: event.text,
    ...(description !== undefined && { description }),
    ...(event.todo !== undefined && { todo: event.todo }),
    ...(runbook !== undefined && { runbook_url: `${runbook}#${event.code.toLowerCase()}` }),
    ...Object.fromEntries(describeEvent(event)),
    dyno,
    host,
    ...(release !== undefined && { release }),
  };
}

/** What runs out; of leakwatch itself, what is the matter. */
function aboutOf(event: NamedEvent): string {
  return event.code === 'W50' ? (event.evidence.cause ?? '') : METRIC_ROWS.get(event.metric)!.resource;
}

function isoTime(epochSeconds: number): string {
  return new Date(Math.round(epochSeconds * 1000)).toISOString();
}
