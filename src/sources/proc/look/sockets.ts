/**
 * Names sockets by the tables of their network namespace. The other end of an accepted connection is a client, and is
 * never named. Source: proc_pid_net(5), Documentation/networking/proc_net_tcp.rst. Cost: 2 us for each connection of the
 * namespace; an empty table of TCP takes 5 ms on a large host, whose kernel goes through 262,144 hash buckets.
 */
import type { InPortions } from '../../../model/portions.ts';
import { missReason } from '../../miss.ts';
import type { LookContext } from './context.ts';
import { type Names, namesOf } from './fold.ts';
import { decodeBytes, readLines } from './lines.ts';

/** A line of the tables tcp, tcp6, udp, udp6 and raw. */
export interface InetSocket {
  /** As the table has it: 8 or 32 hexadecimal digits. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly farAddress: string;
  readonly farPort: number;
  /** As the table has it: two hexadecimal digits. */
  readonly state: string;
  readonly inode: string;
}

const INET =
  /^ *\d+: ([\dA-F]{8,32}):([\dA-F]{4}) ([\dA-F]{8,32}):([\dA-F]{4}) ([\dA-F]{2}) \S+ \S+ \S+ +\d+ +\d+ +(\d{1,20})/;

/** @returns undefined for the head of the table, and for what is no line of it */
export function parseInetSocket(line: string): InetSocket | undefined {
  const [, localAddress, local, farAddress, far, state, inode] = INET.exec(line) ?? [];
  if (inode === undefined) return undefined;
  const [localPort, farPort] = [Number.parseInt(local!, 16), Number.parseInt(far!, 16)];
  return { localAddress: localAddress!, localPort, farAddress: farAddress!, farPort, state: state!, inode };
}

const UNIX =
  /^[\da-fA-F]+: [\da-fA-F]{8} [\da-fA-F]{8} [\da-fA-F]{8} [\da-fA-F]{4} [\da-fA-F]{2} +(\d{1,20})(?: (.*))?$/s;

/** A line of the table unix. The kernel does not escape the path: what follows a newline in it looks like a line. */
export function parseUnixSocket(line: string): { readonly inode: string; readonly path: string } | undefined {
  const [, inode, path = ''] = UNIX.exec(line) ?? [];
  return inode === undefined ? undefined : { inode, path: decodeBytes(path) };
}

/** Only the end that asks for a connection is in this state. */
const SYN_SENT = '02';
/** The state of a TCP socket, include/net/tcp_states.h. */
const TCP_STATES: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  [SYN_SENT]: 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '07': 'CLOSE',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
};

/**
 * An address as the tables have it: words of 32 bits in the byte order of the host. IPv4 in IPv6 becomes IPv4.
 * @example formatAddress('0100007F') // => '127.0.0.1'
 * @example formatAddress('0000000000000000FFFF00000100007F') // => '127.0.0.1'
 * @example formatAddress('B80D0120000000000000000001000000') // => '[2001:db8::1]'
 */
export function formatAddress(hexadecimal: string): string {
  const words = Uint32Array.from(hexadecimal.match(/.{8}/g) ?? [], (word) => Number.parseInt(word, 16));
  const bytes = new Uint8Array(words.buffer);
  const isMapped = bytes.length === 16 && words[0] === 0 && words[1] === 0 && bytes[10] === 0xff && bytes[11] === 0xff;
  if (bytes.length === 4 || isMapped) return bytes.slice(-4).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname;
}

/** First of the ports that the kernel chooses itself, unless it is told otherwise: ip_local_port_range of ip-sysctl.rst. */
const FIRST_CHOSEN_PORT = 32_768;
/** Only root's programs may take one below: it is that of a service. ip(7). */
const FIRST_UNPRIVILEGED_PORT = 1024;
/** Chosen: connections that we made share a port of ours only by chance, and those that we accepted one of a client. */
const SHARED = 3;

/**
 * Names the wanted ones of the sockets of one table. A connection is an accepted one if somebody listens on its port; if
 * nobody does any more, by the ports: a client's is one that the kernel chose. Where either may have been chosen, the far
 * end may be a client, and is not named.
 * @param connections wanted ones
 * @param listening ports of the table on which somebody listens; of UDP, is bound without being connected
 */
export function nameInetSockets(
  protocol: 'TCP' | 'UDP',
  connections: readonly InetSocket[],
  listening: ReadonlySet<number>,
): [inode: string, Names][] {
  const sharing = new Map<number | string, number>();
  const count = (end: number | string) => sharing.set(end, (sharing.get(end) ?? 0) + 1);
  for (const { localPort, farAddress, farPort } of connections) {
    count(localPort);
    count(`${farAddress}:${farPort}`);
  }
  return connections.map(({ localAddress, localPort, farAddress, farPort, state, inode }) => {
    const isAccepted =
      listening.has(localPort) ||
      sharing.get(localPort)! >= SHARED ||
      (localPort < FIRST_CHOSEN_PORT && farPort >= FIRST_CHOSEN_PORT);
    const isMade =
      (protocol === 'TCP' && state === SYN_SENT) ||
      sharing.get(`${farAddress}:${farPort}`)! >= SHARED ||
      (localPort >= FIRST_CHOSEN_PORT && farPort < FIRST_CHOSEN_PORT) ||
      farPort < FIRST_UNPRIVILEGED_PORT ||
      (farAddress === localAddress && listening.has(farPort)); // a service of this host
    const inState = protocol === 'TCP' ? ` in ${TCP_STATES[state] ?? `state ${state}`}` : '';
    const named = (before: string, place: string, places: string, after = ''): [string, Names] => [
      inode,
      { name: `${protocol}${before}${place}${after}`, wider: `${protocol}${before}${places}${after}` },
    ];
    if (farPort === 0) {
      const does = protocol === 'TCP' ? (state === '0A' ? ' listening' : inState) : '';
      return named(`${does} on `, `:${localPort}`, 'many ports');
    }
    if (isAccepted)
      return named(protocol === 'TCP' ? ' accepted on ' : ' connected on ', `:${localPort}`, 'many ports', inState);
    if (!isMade) return named(`${inState}, made or accepted`, '', '');
    return named(`${inState} to `, `${formatAddress(farAddress)}:${farPort}`, `many hosts, port ${farPort}`);
  });
}

/** Takes the lines of a table, and names those of the wanted sockets that it has; these are no longer wanted then. */
interface Table {
  line(text: string): void;
  names(): [inode: string, Names][];
}

type Wanted = Pick<Set<string>, 'has' | 'delete'>;

function inet(protocol: 'TCP' | 'UDP', wanted: Wanted): Table {
  const connections: InetSocket[] = [];
  const listening = new Set<number>();
  return {
    line(text) {
      const socket = parseInetSocket(text);
      if (!socket) return;
      if (socket.farPort === 0) listening.add(socket.localPort);
      if (wanted.delete(socket.inode)) connections.push(socket);
    },
    names: () => nameInetSockets(protocol, connections, listening),
  };
}

/** Of sockets that have no address to be told: the inode is the last column. */
function nameless(name: string, wanted: Wanted): Table {
  const inodes: string[] = [];
  return {
    line(text) {
      const [, inode = ''] = / (\d{1,20}) *$/.exec(text) ?? [];
      if (wanted.delete(inode)) inodes.push(inode);
    },
    names: () => inodes.map((inode) => [inode, { name, wider: name }]),
  };
}

function unix(wanted: Wanted): Table {
  const paths = new Map<string, string>();
  return {
    line(text) {
      const socket = parseUnixSocket(text);
      if (!socket || !wanted.has(socket.inode)) return;
      // Somebody forged a line in the path of a socket if one inode is there twice: then nothing is told of it.
      paths.set(socket.inode, paths.has(socket.inode) ? '' : socket.path);
    },
    names: () =>
      [...paths].map(([inode, path]) => {
        if (path === '') return [inode, { name: 'unix socket', wider: 'unix socket' }];
        return [inode, namesOf('unix socket', path)];
      }),
  };
}

/**
 * Files below /proc/PID/net, small ones first. In that of unix sockets others may forge lines, so it is last, and only
 * sockets that no other table has are looked for.
 */
const TABLES: readonly (readonly [file: string, (wanted: Wanted) => Table])[] = [
  ['udp', (wanted) => inet('UDP', wanted)],
  ['udp6', (wanted) => inet('UDP', wanted)],
  ['netlink', (wanted) => nameless('netlink socket', wanted)],
  ['packet', (wanted) => nameless('packet socket', wanted)],
  ['tcp', (wanted) => inet('TCP', wanted)],
  ['tcp6', (wanted) => inet('TCP', wanted)],
  ['unix', unix],
];

/** Bytes. Chosen: lines of these tables have 60 to 180; of a unix socket 60 and its path of at most 108. */
const MOST_RECORD = 512;

export interface Sockets {
  readonly names: ReadonlyMap<string, Names>;
  /** Were all tables read to the end, or all sockets found before? Otherwise a socket without a name may have one. */
  readonly isWhole: boolean;
}

/**
 * @param inodes of the sockets that are to be named
 * @returns names by inode, without those that no table has
 */
export function* lookUpSockets(inodes: Iterable<string>, context: LookContext): InPortions<Sockets> {
  const wanted = new Set(inodes);
  const names = new Map<string, Names>();
  let [isWhole, read] = [true, 0];
  for (const [file, open] of TABLES) {
    if (wanted.size === 0) return { names, isWhole: true };
    const table = open(wanted);
    const onLines = (lines: string): boolean => {
      for (const line of lines.split('\n')) table.line(line);
      return wanted.size === 0;
    };
    try {
      const path = `${context.directory}/net/${file}`;
      if (!(yield* readLines(path, { onLines, mostRecord: MOST_RECORD }, context))) isWhole = false;
      read++;
    } catch (error) {
      // A kernel without IPv6 or packet sockets has no such table.
      if (missReason(error) !== 'vanished') isWhole = false;
    }
    for (const [inode, name] of table.names()) names.set(inode, name);
  }
  return { names, isWhole: isWhole && (read > 0 || wanted.size === 0) };
}
