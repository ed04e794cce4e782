/**
 * The routes: each answers from the last publication, which is in memory. None takes a sample, waits for a disk or
 * starts a thread.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { METRICS, type Metric } from '../model/metrics.ts';
import type { Exposition, PrometheusSink } from '../sinks/prometheus/prometheus.ts';
import type { Publication } from '../verdict/publication.ts';
import { EventStream } from './event-stream.ts';
import { PAGE, PAGE_POLICY } from './page.ts';
import { errorReply, JSON_TYPE, type Reply, textReply, writeHead } from './reply.ts';
import { type ReportOrigin, reportJson, toJson } from './report-json.ts';

export interface AnswersOptions extends ReportOrigin {
  readonly prometheus: Pick<PrometheusSink, 'render'>;
  /** Returns the last publication; undefined before the first sample. */
  readonly getPublication: () => Publication | undefined;
  /** Returns the points of one series, oldest first; undefined if there is no such series. */
  readonly getSeries?: (group: string, metric: Metric, windowSeconds: number) => readonly Point[] | undefined;
  readonly intervalSeconds: number;
}

export interface Point {
  readonly t: number;
  readonly v: number;
}

/** Without a new sample for this many intervals the daemon is not ready. */
const READY_INTERVALS = 3;
const MOST_GROUP_LENGTH = 200;
const DEFAULT_WINDOW_SECONDS = 3600;
const MOST_WINDOW_SECONDS = 366 * 86_400;

/** Undefined where the route writes to the response itself, as the stream of events does. */
type Answer = (query: URLSearchParams, request: IncomingMessage, response: ServerResponse) => Answered;
type Answered = Reply | undefined | Promise<Reply>;

/** The routes with their state: the listeners, and compressed texts. */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #events = new EventStream();
  /** Bytes of what is asked for again and again. All clients are sent the same: one that does not read holds no copy. */
  readonly #plain = new WeakMap<Exposition | Publication, Buffer>();
  readonly #compressed = new WeakMap<Exposition, Buffer>();
  /** When the last sample came, in milliseconds of the monotonic clock. */
  #heardAt: number | undefined;
  #samplesTotal = 0;
  readonly #routes: ReadonlyMap<string, Answer> = new Map<string, Answer>([
    ['/', () => PAGE_REPLY],
    ['/metrics', (_, request) => this.#metrics(request)],
    ['/api/v1/report', () => this.#report()],
    ['/api/v1/series', (query) => this.#series(query)],
    ['/api/v1/events', (_, request, response) => this.#listen(request, response)],
    ['/healthz', () => textReply(200, 'ok')],
    ['/readyz', () => this.#ready()],
  ]);

  constructor(options: AnswersOptions) {
    this.#options = options;
    if (options.getPublication()) this.#heardAt = performance.now();
  }

  answer(url: string, request: IncomingMessage, response: ServerResponse): Answered {
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const route = this.#routes.get(path);
    if (route) return route(new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)), request, response);
    if (path.startsWith('/api/')) return errorReply(404, 'no such path');
    return textReply(404, 'no such path; see /, /metrics and /api/v1/report');
  }

  broadcast(publication: Publication): void {
    const { samplesTotal } = publication.self;
    // A publication may also say that a sample has failed.
    if (samplesTotal !== this.#samplesTotal) this.#heardAt = performance.now();
    this.#samplesTotal = samplesTotal;
    this.#events.broadcast(publication);
  }

  close(): void {
    this.#events.close();
  }

  #metrics({ headers }: IncomingMessage): Reply | Promise<Reply> {
    const rendered = this.#options.prometheus.render(headers.accept);
    const reply = (exposition: Exposition): Reply => this.#expositionReply(exposition, headers);
    return rendered instanceof Promise ? rendered.then(reply) : reply(rendered);
  }

  #expositionReply(exposition: Exposition, headers: IncomingMessage['headers']): Reply {
    const { contentType, body } = exposition;
    const vary = { Vary: 'Accept, Accept-Encoding' };
    if (!acceptsGzip(headers['accept-encoding'])) {
      const plain = keep(this.#plain, exposition, () => Buffer.from(body));
      return { status: 200, contentType, body: plain, headers: vary };
    }
    // Synchronous, because the asynchronous one needs a thread of libuv's pool.
    const compressed = keep(this.#compressed, exposition, () => gzipSync(body));
    return { status: 200, contentType, body: compressed, headers: { ...vary, 'Content-Encoding': 'gzip' } };
  }

  #report(): Reply {
    const { getPublication, intervalSeconds } = this.#options;
    const publication = getPublication();
    if (publication) {
      const body = keep(this.#plain, publication, () => Buffer.from(reportJson(publication, this.#options)));
      return { status: 200, contentType: JSON_TYPE, body };
    }
    return errorReply(503, 'no sample has been taken yet', { 'Retry-After': Math.ceil(intervalSeconds) });
  }

  #series(query: URLSearchParams): Reply {
    const group = query.get('group') ?? '';
    if (group === '' || group.length > MOST_GROUP_LENGTH) {
      return errorReply(400, `group must be the name of a group, at most ${MOST_GROUP_LENGTH} characters`);
    }
    const row = METRICS.find(({ name }) => name === query.get('metric'));
    if (!row) return errorReply(400, `metric must be one of ${METRICS.map(({ name }) => name).join(', ')}`);
    const windowSeconds = parseWindow(query.get('window'));
    if (windowSeconds === undefined) {
      return errorReply(400, 'window must be a number of seconds or a time such as 30m, 6h or 7d, at most 366d');
    }
    const points = this.#options.getSeries?.(group, row.name, windowSeconds);
    if (!points) return errorReply(404, 'there is no such group');
    const body = toJson({ group, metric: row.name, unit: row.unit, windowSeconds, points });
    return { status: 200, contentType: JSON_TYPE, body };
  }

  #listen(request: IncomingMessage, response: ServerResponse): Reply | undefined {
    if (this.#events.isFull) {
      return { ...errorReply(503, 'too many listeners; poll /api/v1/report instead'), refused: 'listeners' };
    }
    writeHead(response, 200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      Connection: 'close',
      // Asks nginx and other proxies not to buffer the stream.
      'X-Accel-Buffering': 'no',
    });
    if (request.method === 'HEAD') response.end();
    else this.#events.add(response);
    return undefined;
  }

  #ready(): Reply {
    const { getPublication } = this.#options;
    const intervalSeconds = getPublication()?.self.presentIntervalSeconds ?? this.#options.intervalSeconds;
    if (this.#heardAt === undefined) return textReply(503, 'not ready: no sample has been taken yet');
    const ageSeconds = (performance.now() - this.#heardAt) / 1000;
    if (ageSeconds <= READY_INTERVALS * intervalSeconds) return textReply(200, 'ready');
    const most = `${READY_INTERVALS} intervals of ${intervalSeconds} s`;
    return textReply(503, `not ready: the last sample is ${Math.round(ageSeconds)} s old, more than ${most}`);
  }
}

const PAGE_REPLY: Reply = {
  status: 200,
  contentType: 'text/html; charset=utf-8',
  body: Buffer.from(PAGE),
  headers: { 'Content-Security-Policy': PAGE_POLICY },
};

function keep<Key extends object, Value>(kept: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  let value = kept.get(key);
  if (value === undefined) {
    value = make();
    kept.set(key, value);
  }
  return value;
}

/** Whether an Accept-Encoding header names gzip, or `*`, with a quality above 0. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((coding) => /^\s*(gzip|x-gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$)|$)/i.test(coding));
}

/** @returns seconds of `90`, `30m`, `6h` or `7d`; undefined for anything else or out of bounds */
function parseWindow(text: string | null): number | undefined {
  if (text === null) return DEFAULT_WINDOW_SECONDS;
  const [, digits, unit] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(digits) * { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[unit as '' | 's' | 'm' | 'h' | 'd'];
  return seconds >= 1 && seconds <= MOST_WINDOW_SECONDS ? seconds : undefined;
}
