/**
 * Requests whose end a proxy before us could see elsewhere than we do, each with a second request hidden in it. Source: RFC
 * 9112, section 11.2, and the shapes of portswigger.net/web-security/request-smuggling. One answer comes at most, it is not
 * that of the hidden request, and the connection is closed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PrometheusSink } from '../../src/sinks/prometheus/prometheus.ts';
import { type Server, startServer } from '../../src/web/server.ts';
import { daemonLog } from '../support/daemon-log.ts';
import { exchange } from '../support/exchange.ts';
import { IDENTITY } from '../support/identity.ts';
import { publication } from '../support/publication.ts';

let server: Server;
beforeAll(async () => {
  const prometheus = new PrometheusSink({ version: '1.2.3', identity: IDENTITY });
  prometheus.publish(publication());
  server = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    prometheus,
    getPublication: () => publication(),
    intervalSeconds: 20,
    version: '1.2.3',
    identity: IDENTITY,
    mostConnections: () => 256,
    log: daemonLog(),
  });
});
afterAll(() => server.close());

/** Its answer is the only one with a group in it. */
const HIDDEN = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';
const length = `Content-Length: ${HIDDEN.length}`;
const chunked = `0\r\n\r\n${HIDDEN}`;

test.each<[string, string]>([
  ['a body', `${length}\r\n\r\n${HIDDEN}`],
  ['a body in chunks', `Transfer-Encoding: chunked\r\n\r\n${chunked}`],
  ['both', `${length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`],
  ['both, the other way round', `Transfer-Encoding: chunked\r\n${length}\r\n\r\n${chunked}`],
  ['two lengths', `Content-Length: 0\r\n${length}\r\n\r\n${HIDDEN}`],
  ['two lengths in one line', `Content-Length: 0, ${HIDDEN.length}\r\n\r\n${HIDDEN}`],
  ['a length with a sign', `Content-Length: +${HIDDEN.length}\r\n\r\n${HIDDEN}`],
  ['a negative length', `Content-Length: -1\r\n\r\n${HIDDEN}`],
  ['a length in hexadecimal', `Content-Length: 0x2a\r\n\r\n${HIDDEN}`],
  ['a space before the colon', `Content-Length : ${HIDDEN.length}\r\n\r\n${HIDDEN}`],
  ['a tab before the colon', `Transfer-Encoding\t: chunked\r\n\r\n${chunked}`],
  ['a folded line', `Transfer-Encoding:\r\n chunked\r\n\r\n${chunked}`],
  ['another encoding', `Transfer-Encoding: xchunked\r\n\r\n${chunked}`],
  ['chunked and another', `Transfer-Encoding: chunked, identity\r\n\r\n${chunked}`],
  ['two encodings', `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n${chunked}`],
  ['chunked in quotes', `Transfer-Encoding: "chunked"\r\n\r\n${chunked}`],
  ['a vertical tab', `Transfer-Encoding: \x0bchunked\r\n\r\n${chunked}`],
  ['a chunk size that is none', `Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${HIDDEN}`],
  ['a NUL in a header', `X: a\0b\r\n${length}\r\n\r\n${HIDDEN}`],
  ['a carriage return in a header', `X: a\r${length}\r\n\r\n${HIDDEN}`],
  ['lines that end with LF alone', `${length}\n\n${HIDDEN}`],
  ['an upgrade', `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n${length}\r\n\r\n${HIDDEN}`],
  ['an expectation', `Expect: 100-continue\r\n${length}\r\n\r\n${HIDDEN}`],
  ['a trailer', `Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\nX: a\r\n\r\n${HIDDEN}`],
])('%s', async (_, rest) => {
  for (const method of ['GET', 'POST']) {
    const text = await exchange(server.address, `${method} /healthz HTTP/1.1\r\nHost: localhost\r\n${rest}`);
    expect(text.split('HTTP/1.1 ').length - 1, method).toBeLessThanOrEqual(1);
    expect(text, method).not.toContain('leakwatch_');
  }
});

test('CONNECT is not served', async () => {
  const connectRequest = `CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n${HIDDEN}`;
  const text = await exchange(server.address, connectRequest);
  expect(text).not.toContain(' 200 ');
});
