/**
 * Guards a server on a loopback address against DNS rebinding: a foreign page whose host name resolves to 127.0.0.1
 * could read our answers through the user's browser, but the Host header still has the foreign name. The port is not
 * compared, because a forwarded port differs from ours.
 */
import { isIPv4 } from 'node:net';

/** @param own the host given to --listen, in upper or lower case */
export function isKnownHost(header: string, own: string): boolean {
  const host = header.replace(/:\d{0,5}$/, '').toLowerCase();
  return host === 'localhost' || host === '[::1]' || host === own.toLowerCase() || (isIPv4(host) && isLoopback(host));
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
