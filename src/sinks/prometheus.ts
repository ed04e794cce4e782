/**
 * /metrics: the last publication as Prometheus text 0.0.4 or OpenMetrics 1.0.0. A scrape only reads; each format is
 * written at most once a publication, and only if somebody asks for it.
 * Source: prometheus.io/docs/instrumenting/exposition_formats, the OpenMetrics 1.0.0 specification.
 */
import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';
import type { Publication } from '../verdict/publication.ts';
import { type ExpositionFormat, negotiateFormat } from './exposition-format.ts';
import { type BuildInfo, FAMILIES, type Facts, type Family } from './prometheus-families.ts';

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

export interface PrometheusSinkOptions {
  /** Of leakwatch. */
  readonly version: string;
  /** Of Node; the running one unless given. */
  readonly node?: string;
}

export class PrometheusSink {
  readonly #build: BuildInfo;
  readonly #writers: Readonly<Record<ExpositionFormat, Writer>>;
  readonly #written = new Map<ExpositionFormat, Promise<Exposition>>();
  #publication: Publication | undefined;

  constructor({ version, node = process.version }: PrometheusSinkOptions) {
    this.#build = { version, node };
    this.#writers = {
      text: new Writer(Registry.PROMETHEUS_CONTENT_TYPE),
      openmetrics: new Writer(Registry.OPENMETRICS_CONTENT_TYPE),
    };
  }

  publish(publication: Publication): void {
    this.#publication = publication;
    this.#written.clear();
  }

  /**
   * @param accept the Accept header of the scrape
   * @returns the same object for the same format until the next publication
   */
  render(accept: string | undefined): Promise<Exposition> {
    const format = negotiateFormat(accept);
    let exposition = this.#written.get(format);
    if (!exposition) {
      exposition = this.#writers[format].write({ build: this.#build, publication: this.#publication });
      this.#written.set(format, exposition);
    }
    return exposition;
  }
}

/** A registry of our own for each format: prom-client renames the counters of one that speaks OpenMetrics. */
class Writer {
  readonly #registry: Registry<RegistryContentType>;
  readonly #families: readonly { readonly family: Family; readonly metric: Gauge | Counter }[];

  constructor(contentType: RegistryContentType) {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(contentType);
    this.#registry = registry;
    this.#families = FAMILIES.map((family) => {
      const { name, help, labels } = family;
      const configuration = { name, help, labelNames: [...labels], registers: [registry] };
      return { family, metric: family.type === 'counter' ? new Counter(configuration) : new Gauge(configuration) };
    });
  }

  async write(facts: Facts): Promise<Exposition> {
    for (const { family, metric } of this.#families) fill(metric, family, facts);
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

function fill(metric: Gauge | Counter, family: Family, facts: Facts): void {
  metric.reset();
  // A reset family without labels holds a 0, which would be a lie where the value is unknown.
  if (family.labels.length === 0) metric.remove();
  for (const [value, ...texts] of family.read(facts)) {
    if (value === undefined || !Number.isFinite(value)) continue;
    const labels = Object.fromEntries(family.labels.map((label, at) => [label, texts[at] ?? '']));
    if (metric instanceof Counter) metric.inc(labels, Math.max(0, value));
    else metric.set(labels, value);
  }
}
