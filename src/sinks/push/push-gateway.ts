/**
 * Pushes /metrics to a Prometheus Pushgateway after each sample, for hosts that cannot be scraped. A push replaces the
 * whole group of `job="leakwatch"`, `app` and `instance`, so that vanished series vanish there too. Nothing is deleted at the
 * end: the last state of a host that died is worth seeing, and the next daemon of the same name replaces it.
 * Source: github.com/prometheus/pushgateway/blob/master/README.md; prometheus.io/docs/practices/pushing.
 */
import type { Identity } from '../../model/identity.ts';
import type { Exposition } from '../prometheus/prometheus.ts';
import { Delivery, type DeliveryOptions } from './delivery.ts';
import type { HttpPoster } from './http-poster.ts';

export interface PushGatewayOptions extends Pick<DeliveryOptions, 'url' | 'log' | 'random'> {
  readonly poster: Pick<HttpPoster, 'send' | 'close'>;
  /** Its app and source name the group. */
  readonly identity: Identity;
  /** Renders the newest publication. */
  readonly render: () => Promise<Exposition>;
}

export class PushGateway {
  readonly #poster: PushGatewayOptions['poster'];
  readonly #delivery: Delivery;

  constructor({ poster, identity, render, ...options }: PushGatewayOptions) {
    this.#poster = poster;
    const path = groupPath('leakwatch', { app: identity.app, instance: identity.source });
    this.#delivery = new Delivery({
      ...options,
      async send(signal) {
        const { body, contentType } = await render();
        await poster.send({ method: 'PUT', path, contentType, body }, signal);
      },
    });
  }

  get failures(): number {
    return this.#delivery.failures;
  }

  publish(): void {
    this.#delivery.wake();
  }

  /** Sends what is pending, within this time. */
  async close(withinMs: number): Promise<void> {
    await this.#delivery.close(withinMs);
    this.#poster.close();
  }
}

/**
 * The path of a group. A value that is empty, all dots or contains `/` would change the path and is written in base64.
 * @example groupPath('leakwatch', { instance: 'web.1' }) // => '/metrics/job/leakwatch/instance/web.1'
 * @example groupPath('leakwatch', { instance: 'a/b' }) // => '/metrics/job/leakwatch/instance@base64/YS9i'
 */
export function groupPath(job: string, labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries({ job, ...labels }).map(([name, value]) =>
    /^\.*$|\//.test(value)
      ? `/${name}@base64/${Buffer.from(value).toString('base64url') || '='}`
      : `/${name}/${encodeURIComponent(value)}`,
  );
  return `/metrics${parts.join('')}`;
}
