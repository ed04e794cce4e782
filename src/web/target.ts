/**
 * What a request is for. Node's parser has refused what is no HTTP; here is refused what the parser leaves to servers.
 * Source: RFC 9112, 2.3 (version), 3.2 (Host, forms of the target).
 */
import type { IncomingMessage } from 'node:http';
import { type Reply, textReply } from './reply.ts';

export const MOST_URL_LENGTH = 2048;

export interface Target {
  /** The path and what follows `?`. */
  readonly path: string;
  /** As in a Host header; undefined where an older client has sent none. */
  readonly host: string | undefined;
}

/** @returns the target, or the reply that refuses the request */
export function targetOf(request: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders' | 'url'>): Target | Reply {
  const { httpVersion, rawHeaders, url = '' } = request;
  if (!/^1\.[01]$/.test(httpVersion)) return malformed('only HTTP/1.1 and HTTP/1.0 are supported', 505);
  if (url.length > MOST_URL_LENGTH) return malformed(`a URL has at most ${MOST_URL_LENGTH} characters`, 414);
  const hosts = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === 'host');
  if (hosts.length > 1) return malformed('a request has one Host header');
  if (hosts.length === 0 && httpVersion === '1.1') return malformed('a Host header is required');
  if (url.startsWith('/')) return { path: url, host: hosts[0] };
  // A proxy is asked in this form. Its host counts, and not that of the header.
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) {
    const { host, pathname, search } = new URL(url);
    return { path: pathname + search, host };
  }
  return malformed('the target of a request is a path');
}

function malformed(line: string, status = 400): Reply {
  return { ...textReply(status, line, { Connection: 'close' }), refused: 'malformed' };
}
