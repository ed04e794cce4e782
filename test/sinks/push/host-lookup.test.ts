import type { LookupAddress } from 'node:dns';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createHostLookup,
  type HostLookupOptions,
  namesToTry,
  parseHosts,
} from '../../../src/sinks/push/host-lookup.ts';
import { DnsServer } from '../../support/dns-server.ts';
import { temporaryDirectory } from '../../support/files.ts';

const LOOPBACK = [{ address: '127.0.0.1', family: 4 }];

/** Calls the lookup as node:net does. */
function look(options: HostLookupOptions, host: string): Promise<LookupAddress[]> {
  return lookWith(createHostLookup(options), host);
}

function lookWith(lookup: ReturnType<typeof createHostLookup>, host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) =>
    lookup(host, { all: true }, (error, found) => (error ? reject(error) : resolve(found as LookupAddress[]))),
  );
}

function files({ hosts = '', resolver = '' }): Pick<HostLookupOptions, 'hostsFile' | 'resolverFile'> {
  const directory = temporaryDirectory('leakwatch-names-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const hostsFile = join(directory, 'hosts');
  const resolverFile = join(directory, 'resolv.conf');
  writeFileSync(hostsFile, hosts);
  writeFileSync(resolverFile, resolver);
  return { hostsFile, resolverFile };
}

test('the hosts file comes first, and then no server is asked', async () => {
  const server = await DnsServer.start();
  const given = files({ hosts: '# x\n192.0.2.1\tpush.example push\n2001:db8::1 PUSH\n' });
  expect(await look({ ...given, servers: [server.address] }, 'push')).toEqual([
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ]);
  expect(server.asked).toEqual([]);
});

test('localhost is this host even if no file says so', async () => {
  expect(await look(files({}), 'localhost')).toEqual([...LOOPBACK, { address: '::1', family: 6 }]);
});

test('gives one address, or one family, if the caller wants no more', async () => {
  const lookup = createHostLookup(files({ hosts: '::1 push\n127.0.0.1 push\n' }));
  const one = (family: number) => new Promise((resolve) => lookup('push', { family }, (...answer) => resolve(answer)));
  expect(await one(0)).toEqual([null, '::1', 6]);
  expect(await one(4)).toEqual([null, '127.0.0.1', 4]);
});

test('names are searched according to resolv.conf', async () => {
  const server = await DnsServer.start({ 'push.second.example': '127.0.0.1' });
  const given = files({ resolver: 'nameserver 192.0.2.1\nsearch first.example second.example third.example\n' });
  expect(await look({ ...given, servers: [server.address] }, 'push')).toEqual(LOOPBACK);
  expect(new Set(server.asked)).toEqual(new Set(['push.first.example', 'push.second.example']));
});

test('a name that does not exist is an error', async () => {
  const server = await DnsServer.start();
  const given = { ...files({ resolver: 'search a.example\n' }), servers: [server.address] };
  await expect(look(given, 'push.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(new Set(server.asked)).toEqual(new Set(['push.example', 'push.example.a.example']));
});

test('a server that does not answer costs its time, and no further names are tried', async () => {
  const server = await DnsServer.start();
  server.isSilent = true;
  const given = { ...files({ resolver: 'search a.example b.example\n' }), servers: [server.address], timeoutMs: 20 };
  await expect(look(given, 'push')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  expect(new Set(server.asked)).toEqual(new Set(['push.a.example']));
});

test('the addresses found last are used if no server answers any more', async () => {
  const server = await DnsServer.start({ 'push.example': '127.0.0.1' });
  const lookup = createHostLookup({ ...files({}), servers: [server.address], timeoutMs: 20 });
  expect(await lookWith(lookup, 'push.example')).toEqual(LOOPBACK);
  server.isSilent = true;
  expect(await lookWith(lookup, 'push.example')).toEqual(LOOPBACK);
  await expect(lookWith(lookup, 'other.example')).rejects.toMatchObject({ code: 'ETIMEOUT' });
});

describe('namesToTry', () => {
  const CLUSTER = 'search a.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5 timeout:1\n';

  test.each([
    ['push.b', CLUSTER, ['push.b.a.svc.cluster.local', 'push.b.svc.cluster.local', 'push.b.cluster.local', 'push.b']],
    ['a.b.c.d.e.f', 'search x\noptions ndots:5\n', ['a.b.c.d.e.f', 'a.b.c.d.e.f.x']],
    ['push', '', ['push']],
    ['push', 'domain x.\n', ['push.x', 'push']],
    ['push', 'search x\nsearch y\n', ['push.y', 'push']],
    ['push', `search ${'x '.repeat(9)}\n`, [...Array.from({ length: 6 }, () => 'push.x'), 'push']],
  ])('%s', (host, text, expected) => {
    expect(namesToTry(host, text)).toEqual(expected);
  });
});

test('any text is a valid hosts file', () => {
  expect(parseHosts('\n#\nx\n 127.0.0.1   a  b#c\n', 'b')).toEqual(LOOPBACK);
  expect(parseHosts('127.0.0.1', '127.0.0.1')).toEqual([]);
});
