/**
 * /api/v1/events: server-sent events to a bounded number of listeners. An `alert`, `warn` or `resolved` for each event,
 * and a `sample` after each publication. A listener that does not read its events is disconnected.
 * Source: html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { ServerResponse } from 'node:http';
import type { Publication } from '../verdict/publication.ts';
import { toJson } from './report-json.ts';

const MOST_LISTENERS = 16;
/** Unsent bytes of one listener. The events of a publication are seldom more than a few kilobytes. */
const MOST_BUFFERED = 256 * 1024;
/** Proxies close a silent connection after 30 s or a minute. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 3000;

export class EventStream {
  readonly #listeners = new Set<ServerResponse>();
  /** Runs only while there are listeners, so that an idle daemon is not woken. */
  #heartbeat: NodeJS.Timeout | undefined;

  get isFull(): boolean {
    return this.#listeners.size >= MOST_LISTENERS;
  }

  /** @param response with its head already written */
  add(response: ServerResponse): void {
    this.#listeners.add(response);
    this.#heartbeat ??= setInterval(() => this.#write(':\n\n'), HEARTBEAT_MS).unref();
    response.once('close', () => this.#remove(response));
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  broadcast(publication: Publication): void {
    if (this.#listeners.size === 0) return;
    const { events, report, self, standing } = publication;
    const sample = {
      t: report.t,
      samplesTotal: self.samplesTotal,
      groups: report.groups.length,
      standing: standing.length,
    };
    this.#write([...events.map((event) => message(event.at, event)), message('sample', sample)].join(''));
  }

  close(): void {
    for (const response of this.#listeners) {
      this.#remove(response);
      response.end();
    }
  }

  #write(text: string): void {
    for (const response of this.#listeners) {
      if (response.writableLength <= MOST_BUFFERED) {
        response.write(text);
      } else {
        this.#remove(response);
        response.destroy();
      }
    }
  }

  #remove(response: ServerResponse): void {
    this.#listeners.delete(response);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}

/** JSON.stringify writes no line break, so one `data:` line is enough. */
function message(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${toJson(data)}\n\n`;
}
