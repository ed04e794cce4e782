/** An answer as a value: status, content type, body, and headers besides those that every answer has. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Refusal } from './refusals.ts';
import { toJson } from './report-json.ts';

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
  /** It refuses the request, for this reason. */
  readonly refused?: Refusal;
}

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

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
  writeHead(response, status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** Writes the status and the headers, with those that every answer has. */
export function writeHead(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, { ...HEADERS, ...headers });
}

export function isReply(value: object): value is Reply {
  return 'status' in value;
}
