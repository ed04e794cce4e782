import { describe, expect, test } from 'vitest';
import { hiddenBy } from '../../../src/sources/proc/hidden.ts';
import { ProcSource } from '../../../src/sources/proc/proc-source.ts';
import { processes } from '../trees.ts';

const mountinfo = (options: string, at = '/proc') =>
  `22 1 0:21 / ${at} rw,nosuid,relatime shared:5 - proc proc rw${options}\n`;
const status = ({ capabilities = '0000000000000000', gid = 1000, groups = '1000 27' } = {}) =>
  `Name:\tnode\nGid:\t1000\t1000\t1000\t${gid}\nGroups:\t${groups} \nCapEff:\t${capabilities}\n`;
/** Only bit 19 is set, and only that one is not. */
const MAY_TRACE = '0000000000080000';
const MAY_NOT_TRACE = '000001fffff7ffff';

const hidden = (options: string, as: Parameters<typeof status>[0] = {}) =>
  hiddenBy({ procfs: '/proc', mountinfo: mountinfo(options), status: status(as), seesFirst: true });

describe('processes are hidden', () => {
  test.each(['1', '2', 'noaccess', 'invisible'])('by hidepid=%s, with a reason and a remedy', (value) => {
    expect(hidden(`,hidepid=${value}`)).toBe(
      `/proc is mounted with hidepid=${value}, which hides processes of other users; run leakwatch as root, with CAP_SYS_PTRACE, or in the group of the mount option gid=`,
    );
  });

  test.each(['4', 'ptraceable'])('by hidepid=%s from every group', (value) => {
    expect(hidden(`,gid=27,hidepid=${value}`)).toMatch(/run leakwatch as root or with CAP_SYS_PTRACE$/);
    expect(hidden(`,hidepid=${value}`, { capabilities: MAY_TRACE })).toBeUndefined();
  });

  test('from one with every capability but that of tracing', () => {
    expect(hidden(',hidepid=2', { capabilities: MAY_NOT_TRACE })).toBeDefined();
  });

  test('if nothing is known of us', () => {
    expect(
      hiddenBy({ procfs: '/proc', mountinfo: mountinfo(',hidepid=2'), status: undefined, seesFirst: true }),
    ).toBeDefined();
  });
});

test('processes are hidden where process 1 is', () => {
  expect(hiddenBy({ procfs: '/proc', mountinfo: mountinfo(''), status: status(), seesFirst: false })).toBe(
    '/proc hides processes, as process 1 cannot be seen in it; run leakwatch as root',
  );
});

describe('nothing is hidden', () => {
  test.each(['', ',hidepid=0', ',hidepid=off'])('with the mount options "rw%s"', (options) => {
    expect(hidden(options)).toBeUndefined();
  });

  test('from one who may trace every process, and in the group of the mount option', () => {
    expect(hidden(',hidepid=2', { capabilities: MAY_TRACE })).toBeUndefined();
    expect(hidden(',gid=27,hidepid=2')).toBeUndefined();
    expect(hidden(',gid=28,hidepid=2', { gid: 28 })).toBeUndefined();
    expect(hidden(',gid=2,hidepid=2')).toBeDefined();
    expect(hidden(',hidepid=2', { groups: '0' })).toBeUndefined();
  });

  test('by the option of another mount, or of one that is covered', () => {
    const others = `${mountinfo(',hidepid=2', '/srv/proc')}${mountinfo(',hidepid=2')}${mountinfo('')}`;
    expect(hiddenBy({ procfs: '/proc', mountinfo: others, status: status(), seesFirst: true })).toBeUndefined();
    expect(hiddenBy({ procfs: '/proc', mountinfo: undefined, status: undefined, seesFirst: true })).toBeUndefined();
  });
});

describe('a snapshot is partial', () => {
  test('if processes are hidden', async () => {
    const tree = processes({ processes: [{ pid: 10 }] });
    expect((await new ProcSource({ procfs: tree.dir }).sample()).isPartial).toBeUndefined();
    tree.setHost({ mountinfo: mountinfo(',hidepid=2', tree.dir) });
    expect((await new ProcSource({ procfs: tree.dir }).sample()).isPartial).toBe(true);
  });

  test('if one cannot be read, for whatever reason but that it has ended', async () => {
    const tree = processes({ processes: [{ pid: 10 }, { pid: 11, files: { stat: 'rubbish\n' } }] });
    const source = new ProcSource({ procfs: tree.dir });
    expect((await source.sample()).isPartial).toBe(true);
    tree.kill(11);
    expect((await source.sample()).isPartial).toBeUndefined();
  });
});
