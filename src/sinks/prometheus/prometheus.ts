/**
 * /metrics: the last publication as Prometheus text 0.0.4 or OpenMetrics 1.0.0. A scrape only reads. Each format is
 * written at most once for a publication: ahead, if somebody asked for the publication before, else when somebody asks.
 * Source: prometheus.io/docs/instrumenting/exposition_formats, the OpenMetrics 1.0.0 specification.
 */
import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';
import type { Identity } from '../../model/identity.ts';
import { Turns } from '../../turns.ts';
import type { Publication } from '../../verdict/publication.ts';
import type { Sink } from '../sink.ts';
import { type ExpositionFormat, negotiateFormat } from './exposition-format.ts';
import { FAMILIES, type Facts, type Family } from './families.ts';

const FORMATS: readonly ExpositionFormat[] = ['text', 'openmetrics'];

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

export interface PrometheusSinkOptions {
  /** Version of leakwatch. */
  readonly version: string;
  readonly identity: Identity;
  /** Version of Node.js; the running one by default. */
  readonly node?: string;
}

export class PrometheusSink implements Sink {
  readonly name = 'prometheus';
  readonly #known: Pick<Facts, 'build' | 'identity'>;
  readonly #writers: Readonly<Record<ExpositionFormat, Writer>>;
  /** Texts of the last publication, being written or complete. */
  readonly #written = new Map<ExpositionFormat, Promise<Exposition>>();
  /** The last complete text; while the next is being written ahead, that of a publication before. */
  readonly #complete = new Map<ExpositionFormat, Exposition>();
  /** Formats that somebody has asked for since the last publication. */
  readonly #asked = new Set<ExpositionFormat>();
  #publication: Publication | undefined;

  constructor({ version, identity, node = process.version }: PrometheusSinkOptions) {
    this.#known = { build: { version, node }, identity };
    this.#writers = {
      text: new Writer(Registry.PROMETHEUS_CONTENT_TYPE),
      openmetrics: new Writer(Registry.OPENMETRICS_CONTENT_TYPE),
    };
  }

  publish(publication: Publication): void {
    this.#publication = publication;
    this.#written.clear();
    for (const format of FORMATS) {
      // If not even the last text is complete, there is no time to write ahead.
      if (this.#asked.has(format) && this.#complete.has(format)) this.#write(format).catch(() => undefined);
      else this.#complete.delete(format);
    }
    this.#asked.clear();
  }

  /**
   * @param accept the Accept header of the scrape
   * @returns the same object for the same format until the next one is complete, some milliseconds after a publication;
   *   a promise where none is complete
   */
  render(accept: string | undefined): Exposition | Promise<Exposition> {
    const format = negotiateFormat(accept);
    this.#asked.add(format);
    return this.#complete.get(format) ?? this.#written.get(format) ?? this.#write(format);
  }

  /** The text format of the last publication itself, for the push gateway. */
  renderLatest(): Promise<Exposition> {
    this.#asked.add('text');
    return this.#written.get('text') ?? this.#write('text');
  }

  async #write(format: ExpositionFormat): Promise<Exposition> {
    const writing = this.#writers[format].write({ ...this.#known, publication: this.#publication });
    this.#written.set(format, writing);
    try {
      const exposition = await writing;
      // Texts are completed in the order of their publications.
      this.#complete.set(format, exposition);
      return exposition;
    } catch (error) {
      this.#complete.delete(format);
      throw error;
    }
  }
}

/** Each format has a registry of its own, because they name counters differently. */
class Writer {
  readonly #registry: Registry<RegistryContentType>;
  readonly #isOpenMetrics: boolean;
  readonly #families: readonly { readonly family: Family; readonly metric: Gauge | Counter; readonly name: string }[];
  /** One text is written at a time, because the registry holds the values of one publication. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(contentType: RegistryContentType) {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(contentType);
    this.#registry = registry;
    this.#isOpenMetrics = contentType === Registry.OPENMETRICS_CONTENT_TYPE;
    this.#families = FAMILIES.map((family) => {
      const { help, labels, type } = family;
      // In OpenMetrics the suffix belongs to the sample and not to the name of the family.
      const name = type === 'counter' && this.#isOpenMetrics ? family.name.replace(/_total$/, '') : family.name;
      const configuration = { name, help, labelNames: [...labels], registers: [registry] };
      const metric = type === 'counter' ? new Counter(configuration) : new Gauge(configuration);
      return { family, metric, name };
    });
  }

  write(facts: Facts): Promise<Exposition> {
    const written = this.#last.then(() => this.#writeNext(facts));
    // The caller gets a failure; the next text is written all the same.
    this.#last = written.catch(() => undefined);
    return written;
  }

  /** In slices: all families take some milliseconds for 50 groups. */
  async #writeNext(facts: Facts): Promise<Exposition> {
    const turns = new Turns();
    const texts: string[] = [];
    for (const { family, metric, name } of this.#families) {
      fill(metric, family, facts);
      if (turns.isOver()) await turns.next();
      texts.push(await this.#registry.getSingleMetricAsString(name));
      if (turns.isOver()) await turns.next();
    }
    const body = this.#isOpenMetrics ? `${texts.join('\n')}\n# EOF\n` : `${texts.join('\n\n')}\n`;
    return { contentType: this.#registry.contentType, body };
  }
}

function fill(metric: Gauge | Counter, family: Family, facts: Facts): void {
  metric.reset();
  // A reset family without labels holds a 0, but an unknown value must have no sample.
  if (family.labels.length === 0) metric.remove();
  for (const [value, ...texts] of family.read(facts)) {
    if (value === undefined || !Number.isFinite(value)) continue;
    const labels = Object.fromEntries(family.labels.map((label, at) => [label, texts[at] ?? '']));
    if (metric instanceof Counter) metric.inc(labels, Math.max(0, value));
    else metric.set(labels, value);
  }
}
