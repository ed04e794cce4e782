/**
 * Resolves host names without getaddrinfo(3), which dns.lookup calls in libuv's thread pool. leakwatch's pool has one
 * thread: if no DNS server answers, getaddrinfo blocks it for 20 s (measured), and log writes and the exit of the
 * program wait behind it. More threads would not help, because several targets can hang at once.
 * Does what getaddrinfo does by default: /etc/hosts, then DNS with the search list of /etc/resolv.conf. Other sources
 * of names (mDNS, LDAP) are not asked. Cost: two DNS queries per name that is tried, only when a connection is made.
 * Source: hosts(5), resolv.conf(5).
 */
import { type LookupAddress, Resolver } from 'node:dns';
import { readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';

export interface HostLookupOptions {
  readonly hostsFile?: string;
  readonly resolverFile?: string;
  /** DNS servers instead of those of /etc/resolv.conf, as `127.0.0.1:5300`. */
  readonly servers?: readonly string[];
  /** Time for a server's answer; after it the query is sent again. */
  readonly timeoutMs?: number;
}

/** resolv.conf(5): a search list has at most six domains. */
const MOST_SEARCHED = 6;
/** A query is sent at most twice, so that a dead server is noticed within the five seconds that a push may take. */
const TRIES = 2;
const TIMEOUT_MS = 1000;
/** Errors that say that a name does not exist, so that the next name of the search list is tried. */
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** Makes a `lookup` function for node:net. If no server answers, it gives the addresses found last. */
export function createHostLookup(options: HostLookupOptions = {}): LookupFunction {
  const { hostsFile = '/etc/hosts' } = options;
  const last = new Map<string, readonly LookupAddress[]>();

  async function find(host: string): Promise<readonly LookupAddress[]> {
    const listed = parseHosts(readText(hostsFile), host);
    if (listed.length > 0) return listed;
    if (host.toLowerCase() === 'localhost') return LOOPBACK;
    try {
      const found = await askServers(host, options);
      last.set(host, found);
      return found;
    } catch (error) {
      const before = last.get(host);
      if (before) return before;
      throw error;
    }
  }

  return (host, { family, all }, callback) => {
    const version = family === 4 || family === 'IPv4' ? 4 : family === 6 || family === 'IPv6' ? 6 : 0;
    find(host).then(
      (found) => {
        const wanted = found.filter((one) => version === 0 || one.family === version);
        const [first] = wanted;
        if (first === undefined) callback(noSuchName(host), '', 0);
        else if (all) callback(null, wanted as LookupAddress[]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

/** Addresses of `localhost` if /etc/hosts does not have it: RFC 6761 section 6.3. */
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

async function askServers(host: string, options: HostLookupOptions): Promise<readonly LookupAddress[]> {
  const { servers, resolverFile = '/etc/resolv.conf', timeoutMs = TIMEOUT_MS } = options;
  // A new resolver each time, because /etc/resolv.conf may have changed.
  const resolver = new Resolver({ timeout: timeoutMs, tries: TRIES });
  if (servers) resolver.setServers(servers);
  let error: unknown = noSuchName(host);
  for (const name of namesToTry(host, readText(resolverFile))) {
    const answers = await Promise.allSettled([ask(resolver, name, 4), ask(resolver, name, 6)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    const failed = answers.find(
      (answer) =>
        answer.status === 'rejected' && !NO_SUCH_NAME.has((answer.reason as NodeJS.ErrnoException).code ?? ''),
    );
    // If a server does not answer, other names would fail as well.
    if (failed?.status === 'rejected') throw failed.reason;
    error = (answers[0] as PromiseRejectedResult).reason;
  }
  throw error;
}

function ask(resolver: Resolver, name: string, family: 4 | 6): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    const answered = (error: Error | null, addresses: readonly string[]): void => {
      if (error) reject(error);
      else resolve(addresses.map((address) => ({ address, family })));
    };
    if (family === 4) resolver.resolve4(name, answered);
    else resolver.resolve6(name, answered);
  });
}

/**
 * The names that are tried for a host, in this order. Source: resolv.conf(5). A name with at least `ndots` dots is
 * tried as it is first, any other name with the domains of the search list first.
 * @example namesToTry('push', 'search a.example b.example\n') // => ['push.a.example', 'push.b.example', 'push']
 * @example namesToTry('push.example', 'search a.example\n') // => ['push.example', 'push.example.a.example']
 * @example namesToTry('push.example.', 'search a.example\n') // => ['push.example']
 */
export function namesToTry(host: string, resolvConf: string): readonly string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)];
  const lines = resolvConf.split('\n').map((line) => line.trim().split(/\s+/));
  const [, ...search] = lines.findLast(([key]) => key === 'search' || key === 'domain') ?? [];
  const settings = lines.filter(([key]) => key === 'options').flat();
  const [, digits = '1'] = settings.map((text) => /^ndots:(\d{1,2})$/.exec(text)).findLast(Boolean) ?? [];
  const longer = search.slice(0, MOST_SEARCHED).map((domain) => `${host}.${domain.replace(/\.$/, '')}`);
  return host.split('.').length > Number(digits) ? [host, ...longer] : [...longer, host];
}

/**
 * The addresses of a host in /etc/hosts.
 * @param text lines of an address and its names, hosts(5)
 * @example parseHosts('127.0.0.1 localhost push # mine\n', 'PUSH') // => [{ address: '127.0.0.1', family: 4 }]
 */
export function parseHosts(text: string, host: string): readonly LookupAddress[] {
  const wanted = host.toLowerCase();
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!names.some((name) => name.toLowerCase() === wanted)) return [];
    return [{ address, family: address.includes(':') ? 6 : 4 }];
  });
}

function noSuchName(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address found for ${host}`), { code: 'ENOTFOUND' });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
