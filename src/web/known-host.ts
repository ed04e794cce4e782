/**
 * Guards against DNS rebinding: a foreign page whose host name resolves to an address of this host could read our answers
 * through the user's browser, but the Host header still has the foreign name. The port is not compared, because a
 * forwarded port differs from ours.
 */
import { isIP, isIPv4 } from 'node:net';

/**
 * The hosts that requests may be for. On a loopback address these are `localhost`, the address, and the name that
 * --listen has. Elsewhere a host has more names than it knows, so any is served, unless --listen gives the name.
 * @param own the host given to --listen, in upper or lower case; '' for every interface
 * @param address the one that is listened on
 * @returns whether a Host header, undefined if there is none, names one of them
 */
export function hostsServed(own: string, address: string): (header: string | undefined) => boolean {
  const isName = own !== '' && isIP(own) === 0;
  if (!isName && !isLoopback(address)) return () => true;
  const known = new Set([own.toLowerCase(), address, `[${address}]`, 'localhost', '[::1]']);
  return (header) => {
    if (header === undefined) return true;
    const host = header.replace(/:\d{0,5}$/, '').toLowerCase();
    return known.has(host) || (isIPv4(host) && isLoopback(host));
  };
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
