import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatAddress,
  type InetSocket,
  nameInetSockets,
  parseInetSocket,
  parseUnixSocket,
} from '../../../../src/sources/proc/look/sockets.ts';

const TCP =
  '  12: 0100007F:B9BE 0500000A:1538 08 00000000:00000000 00:00000000 00000000     0        0 6998100 2 00000000df4f086e 20 0 0 10 -1';

describe('a line of a table', () => {
  test('of TCP has ports, the far address, state and inode', () => {
    expect(parseInetSocket(TCP)).toEqual({
      localAddress: '0100007F',
      localPort: 47_550,
      farAddress: '0500000A',
      farPort: 5432,
      state: '08',
      inode: '6998100',
    });
  });

  test('of IPv6 as well', () => {
    const line =
      '   1: 0000000000000000FFFF00000100007F:AA4F 0000000000000000FFFF00000100007F:B9BE 01 00000000:00000000 00:00000000 00000000  1000        0 77 1 00000000a4b7d6f6 20 0';
    expect(parseInetSocket(line)).toMatchObject({ localPort: 43_599, farPort: 47_550, inode: '77' });
  });

  test.each([
    ['  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'],
    [TCP.slice(0, 60)],
    [''],
  ])('is none: %j', (line) => {
    expect(parseInetSocket(line)).toBeUndefined();
    expect(parseUnixSocket(line)).toBeUndefined();
  });

  test.each([
    ['00000000e9bed26f: 00000003 00000000 00000000 0001 03 6998093', '6998093', ''],
    ['00000000e9bed26f: 00000003 00000000 00000000 0001 03    42 /run/a b.sock', '42', '/run/a b.sock'],
    ['00000000e9bed26f: 00000002 00000000 00010000 0001 01 42 @abs', '42', '@abs'],
    ['00000000e9bed26f: 00000002 00000000 00010000 0001 01 42 /\u00c3\u00a4\r', '42', '/ä\r'],
  ])('of unix sockets has inode and path: %j', (line, inode, path) => {
    expect(parseUnixSocket(line)).toEqual({ inode, path });
  });
});

test.each([
  ['0500000A', '10.0.0.5'],
  ['0000000000000000FFFF00000500000A', '10.0.0.5'],
  ['00000000000000000000000000000000', '[::]'],
  ['00000000000000000000000001000000', '[::1]'],
  ['B80D0120000000000000000001000000', '[2001:db8::1]'],
])('the address %s is %s', (hexadecimal, address) => {
  expect(formatAddress(hexadecimal)).toBe(address);
});

test('every address of 128 bits is written as an address', () => {
  const word = fc
    .integer({ min: 0, max: 0xffffffff })
    .map((value) => value.toString(16).toUpperCase().padStart(8, '0'));
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), (words) => {
      const address = formatAddress(words.join(''));
      expect(/^\d+(\.\d+){3}$/.test(address) || isIPv6(address.slice(1, -1))).toBe(true);
    }),
  );
});

test('a line of any connection is read as it was written', () => {
  const digits = (bytes: number) =>
    fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((array) => Buffer.from(array).toString('hex').toUpperCase());
  const address = fc.oneof(digits(4), digits(16));
  fc.assert(
    fc.property(
      address,
      digits(2),
      address,
      digits(2),
      digits(1),
      fc.nat(),
      (own, port, farAddress, far, state, inode) => {
        const line = `  12: ${own}:${port} ${farAddress}:${far} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 2 00000000df4f086e`;
        expect(parseInetSocket(line)).toEqual({
          localAddress: own,
          localPort: Number.parseInt(port, 16),
          farAddress,
          farPort: Number.parseInt(far, 16),
          state,
          inode: `${inode}`,
        });
      },
    ),
  );
});

/** Connections with these ports, each with an inode of its own, and the names that they are given. */
function names(
  sockets: readonly Partial<InetSocket>[],
  { protocol = 'TCP' as 'TCP' | 'UDP', listening = [] as readonly number[] } = {},
): string[] {
  const whole = sockets.map((socket, at) => ({
    localAddress: '0100000A',
    localPort: 40_000 + at,
    farAddress: '0500000A',
    farPort: 5432,
    state: '01',
    inode: `${at}`,
    ...socket,
  }));
  return nameInetSockets(protocol, whole, new Set(listening)).map(([, { name }]) => name);
}

describe('a socket', () => {
  test('that was connected has its state and far end', () => {
    expect(names([{ state: '08' }, { state: '02', farPort: 443 }])).toEqual([
      'TCP in CLOSE_WAIT to 10.0.0.5:5432',
      'TCP in SYN_SENT to 10.0.0.5:443',
    ]);
  });

  test('that was accepted has the port that it came to, and not the address of the client', () => {
    const accepted = { localPort: 8080, farPort: 51_234, state: '08' };
    expect(names([accepted], { listening: [8080] })).toEqual(['TCP accepted on :8080 in CLOSE_WAIT']);
    // The listening socket is closed, as it is in a server that is about to end.
    expect(names([accepted])).toEqual(['TCP accepted on :8080 in CLOSE_WAIT']);
    expect(names([{ localPort: 50_051, farPort: 51_234 }], { listening: [50_051] })).toEqual([
      'TCP accepted on :50051 in ESTABLISHED',
    ]);
    const onOnePort = [51_234, 51_236, 51_238].map((farPort) => ({ localPort: 50_051, farPort }));
    expect(new Set(names(onOnePort))).toEqual(new Set(['TCP accepted on :50051 in ESTABLISHED']));
  });

  test('whose ports the kernel may both have chosen has no address, as it may be that of a client', () => {
    const unknown = 'TCP in ESTABLISHED, made or accepted';
    // Two clients of a server on port 45679 that no longer listens.
    const accepted = [51_234, 51_236].map((farPort) => ({ localPort: 45_679, farPort }));
    expect(names(accepted)).toEqual([unknown, unknown]);
    // The same host, and another connection to a service on such a port.
    expect(names(accepted, { listening: [51_234] })).toEqual([unknown, unknown]);
    // A host on which the kernel chooses from 1024 on.
    expect(names([{ localPort: 8080, farPort: 2000 }])).toEqual([unknown]);
    expect(names([{ farPort: 50_051 }], { protocol: 'UDP' })).toEqual(['UDP, made or accepted']);
  });

  test('that was connected to a high port has its far end where others have it too, or it is of this host', () => {
    const name = 'TCP in ESTABLISHED to 10.0.0.5:50051';
    expect(names([{ farPort: 50_051 }, { farPort: 50_051 }, { farPort: 50_051 }])).toEqual([name, name, name]);
    expect(names([{ localAddress: '0500000A', farPort: 50_051 }], { listening: [50_051] })).toEqual([name]);
    expect(names([{ state: '02', farPort: 50_051 }])).toEqual(['TCP in SYN_SENT to 10.0.0.5:50051']);
    expect(names([{ localPort: 2000, farPort: 443 }])).toEqual(['TCP in ESTABLISHED to 10.0.0.5:443']);
  });

  test('without a far end has its own port', () => {
    expect(names([{ localPort: 80, farPort: 0, state: '0A' }])).toEqual(['TCP listening on :80']);
    expect(names([{ localPort: 5353, farPort: 0, state: '07' }], { protocol: 'UDP' })).toEqual(['UDP on :5353']);
  });

  test('of UDP has no state', () => {
    expect(names([{ farPort: 53 }], { protocol: 'UDP' })).toEqual(['UDP to 10.0.0.5:53']);
    expect(names([{ localPort: 443, farPort: 60_000 }], { protocol: 'UDP' })).toEqual(['UDP connected on :443']);
  });

  test('in a state that is not known has its number', () => {
    expect(names([{ state: 'FF' }])).toEqual(['TCP in state FF to 10.0.0.5:5432']);
  });

  test('shares a wider name with those to the same port of other hosts', () => {
    const [[, name] = []] = nameInetSockets('TCP', [parseInetSocket(TCP)!], new Set());
    expect(name?.wider).toBe('TCP in CLOSE_WAIT to many hosts, port 5432');
  });
});
