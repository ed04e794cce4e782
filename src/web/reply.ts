/** An answer as a value: status, content type, body, and headers besides those that the server always sets. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { toJson } from './report-json.ts';

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export function textReply(status: number, line: string, headers: OutgoingHttpHeaders = {}): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n`, headers };
}

/** `{"error":"..."}` */
export function errorReply(status: number, error: string, headers: OutgoingHttpHeaders = {}): Reply {
  return { status, contentType: JSON_TYPE, body: toJson({ error }), headers };
}

/** For HEAD Node leaves out the body. */
export function sendReply(response: ServerResponse, { status, contentType, body, headers }: Reply): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}
