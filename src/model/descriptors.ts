/**
 * How the descriptors that leakwatch may have (RLIMIT_NOFILE) are shared. What runs it and what takes a sample comes first,
 * then connections, because nobody hears of a sample without one, and stat files that are kept open get the rest: they
 * save time and nothing else.
 */

/**
 * Node has 19 (seen with Node 20), the cost of our own, the limit, the spare and the listener one each, and a sample two
 * at a time. The rest is for recordings, pushes and their lookups.
 */
const OWN = 32;
/** Chosen: far more than scrapers, probes and people who look at the page. */
const MOST_CONNECTIONS = 256;

export interface DescriptorShares {
  /** Connections that the server may have at once. */
  readonly connections: number;
  /** Stat files that may be kept open. */
  readonly kept: number;
}

/**
 * @param nofile RLIMIT_NOFILE; Infinity = unlimited
 * @example shareDescriptors(1024) // => { connections: 256, kept: 736 }
 * @example shareDescriptors(64) // => { connections: 16, kept: 16 }
 * @example shareDescriptors(24) // => { connections: 1, kept: 0 }
 */
export function shareDescriptors(nofile: number): DescriptorShares {
  const rest = Math.max(0, nofile - OWN);
  const connections = Math.max(1, Math.min(MOST_CONNECTIONS, Math.floor(rest / 2)));
  return { connections, kept: Math.max(0, rest - connections) };
}
