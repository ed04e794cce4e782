/** Who a client is, as far as its address tells. */
import { isLoopback } from './known-host.ts';

/**
 * The part of an address that one client can be counted by: an IPv4 address, or the first 64 bits of an IPv6 address, of
 * which a host has all. All of loopback is one, because a program may use each of its 16 million addresses.
 * Source: RFC 4291, sections 2.2 and 2.5.5.2; RFC 6177.
 * @example addressBlock('::ffff:10.0.0.1') // => '10.0.0.1'
 * @example addressBlock('2001:db8::1') // => '2001:db8:0:0::/64'
 */
export function addressBlock(address: string): string {
  if (isLoopback(address)) return 'loopback';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.replace(/%.*/s, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - last.length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...last];
  return `${all.slice(0, 4).join(':').toLowerCase()}::/64`;
}
