/** All push targets that are configured: a Pushgateway, Alertmanagers. Loaded and made at boot. */
import type { PushTarget } from '../../config/config.ts';
import type { Identity } from '../../model/identity.ts';
import type { Readings } from '../../model/reading.ts';
import type { Publication } from '../../verdict/publication.ts';
import type { DaemonLog } from '../daemon-log.ts';
import type { PrometheusSink } from '../prometheus/prometheus.ts';
import type { Sink } from '../sink.ts';
import { Alertmanager, type Links } from './alertmanager.ts';
import { HttpPoster } from './http-poster.ts';
import { PushGateway } from './push-gateway.ts';

export interface PushesOptions {
  readonly pushGateway?: PushTarget;
  readonly alertmanagers: readonly PushTarget[];
  /** See HttpPosterOptions. */
  readonly ca?: string;
  readonly identity: Identity;
  readonly links: Links;
  readonly intervalSeconds: number;
  readonly prometheus: Pick<PrometheusSink, 'renderLatest'>;
  readonly log: DaemonLog;
}

/**
 * Time for the last pushes at the end, all at once: a platform gives a sidecar only some seconds (Heroku 30, Docker
 * 10).
 */
const CLOSE_MS = 1000;

export class Pushes implements Sink {
  readonly name = 'push';
  readonly outlivesStdout = true;
  readonly #pushGateway: PushGateway | undefined;
  readonly #alertmanagers: readonly Alertmanager[];

  /** @throws {Error} if `ca` has no certificate */
  constructor({ pushGateway, alertmanagers, ca, prometheus, ...options }: PushesOptions) {
    const trust = ca === undefined ? {} : { ca };
    const optionsFor = (target: PushTarget) => ({ ...options, url: target.url, poster: new HttpPoster(target, trust) });
    this.#pushGateway =
      pushGateway && new PushGateway({ ...optionsFor(pushGateway), render: () => prometheus.renderLatest() });
    this.#alertmanagers = alertmanagers.map((target) => new Alertmanager(optionsFor(target)));
  }

  /** Returns at once; the pushes go on in the background. */
  publish(publication: Publication, readings: Readings | undefined): void {
    // Prometheus scrapes the gateway on its own schedule, so pushing extra samples without events would help nobody.
    if (!publication.report.extra || publication.events.length > 0) this.#pushGateway?.publish();
    for (const alertmanager of this.#alertmanagers) alertmanager.publish(publication, readings);
  }

  pushFailures(): ReadonlyMap<string, number> {
    const sum = this.#alertmanagers.reduce((total, { failures }) => total + failures, 0);
    return new Map([
      ...(this.#pushGateway ? [['pushgateway', this.#pushGateway.failures] as const] : []),
      ...(this.#alertmanagers.length > 0 ? [['alertmanager', sum] as const] : []),
    ]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pushGateway, ...this.#alertmanagers].map((one) => one?.close(CLOSE_MS)));
  }
}
