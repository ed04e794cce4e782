/**
 * Does a request that reached a loopback address mean this host? A page of somebody else's can have its name point at
 * 127.0.0.1 and so read what a browser here can read (DNS rebinding); the Host header still tells its name. Any port
 * will do: a forwarded one differs from ours.
 */
import { isIPv4 } from 'node:net';

/** @param own the host that was asked to listen on, in any letters */
export function isKnownHost(header: string, own: string): boolean {
  const host = header.replace(/:\d{0,5}$/, '').toLowerCase();
  return host === 'localhost' || host === '[::1]' || host === own.toLowerCase() || (isIPv4(host) && isLoopback(host));
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
