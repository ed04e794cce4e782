/** Parsers of the kernel's files, and what makes names of processes and cgroups. */
import { readdirSync, readFileSync } from 'node:fs';
import { hostText } from '../../src/formats/l2met.ts';
import { groupName, isLookedThrough, programName, starterOf } from '../../src/model/program.ts';
import { isBriefUnit, unitOf } from '../../src/model/unit.ts';
import { parseCgroup } from '../../src/sources/cgroup/membership.ts';
import {
  parseIo,
  parseLegacyLimit,
  parseLegacyMemory,
  parseUnifiedMemory,
} from '../../src/sources/cgroup/memory-use.ts';
import { directoriesOf, parseMounts } from '../../src/sources/cgroup/mounts.ts';
import { hiddenBy } from '../../src/sources/proc/hidden.ts';
import {
  parseAuxv,
  parseCount,
  parseLoadavgRunnable,
  parseLoadavgTasks,
  parseMeminfo,
  parseMemoryByKind,
  parsePaging,
  parseUptime,
} from '../../src/sources/proc/host.ts';
import { parseLimits } from '../../src/sources/proc/limits.ts';
import { parseSyscall, parseWchan } from '../../src/sources/proc/look/activity.ts';
import { describeEnd, parseExitStatus } from '../../src/sources/proc/look/children.ts';
import { parseSignals, sigchldRemark } from '../../src/sources/proc/look/signals.ts';
import { parseRollup } from '../../src/sources/proc/rollup.ts';
import { parseStat } from '../../src/sources/proc/stat.ts';
import { parseResident, parseShared } from '../../src/sources/proc/statm.ts';
import { mayExceedNproc, parseMemoryKinds, parseRealUid, parseShmemAndSwap } from '../../src/sources/proc/status.ts';
import { isRootOfHost } from '../../src/sources/proc/uid-map.ts';
import { printable } from '../../src/text/printable.ts';
import { require, requireEqual, requirePrintable, requireQuantities } from './invariants.ts';
import type { Target } from './targets.ts';

const TREES = 'test/fixtures/proc';

/** This file of all processes of all captured trees, each content once. */
function captured(name: string): Buffer[] {
  const files = readdirSync(TREES, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(`/${name}`));
  return [...new Set(files.map((path) => readFileSync(`${TREES}/${path}`, 'latin1')))].map((text) =>
    Buffer.from(text, 'latin1'),
  );
}

/** The buffer that the daemon reads into holds the rest of a longer file behind the end. */
function withRest(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.from(') S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n')]);
}

function ofText(name: string, seeds: Target['seeds'], parse: (text: string) => unknown): Target {
  return { name, seeds, run: (bytes) => requireQuantities(parse(bytes.toString())) };
}

const MEMINFO =
  'MemTotal: 8 kB\nMemAvailable: 4 kB\nBuffers: 1 kB\nCached: 2 kB\nSwapTotal: 9 kB\nSwapFree: 3 kB\nAnonPages: 1 kB\nShmem: 1 kB\n';

const SYSCALL = '202 0x7f 0x189 0x0 0x0 0x0 0xf 0x7fffeb8ffb28 0x7fb7c0290503\n';
const SIGNALS = `${['ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt'].map((name) => `\n${name}:\t0000000180010006`).join('')}\n`;

export const HOST_TARGETS: readonly Target[] = [
  {
    name: 'stat',
    seeds: () => captured('stat'),
    run(bytes) {
      const stat = parseStat(bytes, bytes.length);
      requireQuantities(stat);
      requireEqual(parseStat(withRest(bytes), bytes.length), stat, 'what is behind the end counts');
      if (!stat) return;
      const again = parseStat(bytes, bytes.length, stat);
      requireEqual(again, stat, 'the same line gives another result');
      if (/^[\0-\x7f]*$/.test(stat.comm)) require(again === stat, 'the same line gives another object');
      const other = { ...stat, threads: stat.threads + 1, comm: `${stat.comm}x` };
      requireEqual(parseStat(bytes, bytes.length, other), stat, 'the line before counts');
      requirePrintable(groupName(stat.comm), { most: 64 });
    },
  },
  {
    name: 'statm',
    seeds: () => captured('statm'),
    run(bytes) {
      const pages = [parseResident(bytes, bytes.length), parseShared(bytes, bytes.length)];
      requireQuantities(pages);
      const rest = withRest(bytes);
      requireEqual(
        [parseResident(rest, bytes.length), parseShared(rest, bytes.length)],
        pages,
        'what is behind the end counts',
      );
    },
  },
  ofText(
    'status',
    () => captured('status'),
    (text) => [parseRealUid(text), mayExceedNproc(text), parseMemoryKinds(text), parseShmemAndSwap(text)],
  ),
  {
    name: 'limits',
    seeds: () => captured('limits'),
    run: (bytes) => requireQuantities(parseLimits(bytes.toString()), { unlimited: true }),
  },
  {
    name: 'activity',
    seeds: () => ['futex_do_wait', 'do_sigtimedwait.isra.0', '0', 'running\n', SYSCALL, '-1 0x7ffe 0x7fb7\n'],
    run(bytes) {
      const text = bytes.toString();
      requirePrintable(parseWchan(text) ?? '', { most: 48 });
      requireQuantities([parseSyscall(text)]);
    },
  },
  {
    name: 'signals',
    seeds: () => [...captured('status'), SIGNALS],
    run(bytes) {
      const signals = parseSignals(bytes.toString());
      if (signals) requirePrintable(sigchldRemark(signals), { most: 120 });
    },
  },
  {
    name: 'exit_status',
    seeds: () => captured('stat'),
    run(bytes) {
      const status = parseExitStatus(bytes.toString('latin1'));
      requireQuantities(status);
      if (status !== undefined) requirePrintable(describeEnd(status), { most: 40 });
    },
  },
  ofText(
    'smaps_rollup',
    () => [
      '5 - 7 ---p 00:00 0 [rollup]\nRss: 9 kB\nPss: 30 kB\nPrivate_Clean: 4 kB\nPrivate_Dirty: 16 kB\nSwapPss: 2 kB\n',
    ],
    parseRollup,
  ),
  ofText(
    'uid_map',
    () => [
      '         0          0 4294967295\n',
      '         0       1000          1\n         1     100000      65536\n',
    ],
    isRootOfHost,
  ),
  ofText(
    'meminfo',
    () => [...captured('meminfo'), MEMINFO],
    (text) => [parseMeminfo(text), parseMemoryByKind(text)],
  ),
  ofText(
    'host_numbers',
    () => ['0.01 0.02 0.03 3/234 5678\n', '47.5 12.25 \n', '4194304\n', 'pgpgin 7\npgpgout 9\n'],
    (text) => [
      parseLoadavgTasks(text),
      parseLoadavgRunnable(text),
      parseUptime(text),
      parseCount(text),
      parsePaging(text),
    ],
  ),
  {
    name: 'auxv',
    seeds: () => captured('auxv'),
    run: (bytes) => requireQuantities(parseAuxv(bytes)),
  },
  {
    name: 'cgroup',
    seeds: () => [...captured('cgroup'), '0::/system.slice/docker-0123456789abcdef.scope\n', '4:memory,pids:/lxc/a\n'],
    run(bytes) {
      // PATH_MAX: the kernel shows no longer path.
      const paths = parseCgroup(bytes.toString('utf8', 0, 4096));
      if (!paths) return;
      for (const path of Object.values(paths).filter((one) => one !== undefined)) {
        require(path.startsWith('/'), 'a path that does not begin at the root');
        const unit = unitOf(path);
        isBriefUnit(path);
        if (unit?.name !== undefined) requirePrintable(unit.name, { most: 64 });
        const [innermost = '/m'] = directoriesOf({ root: '/', directory: '/m' }, path);
        require(/^\/m(?:\/|$)/.test(innermost) &&
          !innermost.split('/').includes('..'), 'a directory outside the mount');
      }
    },
  },
  {
    name: 'mountinfo',
    seeds: () => [
      ...captured('mountinfo'),
      '30 24 0:26 /docker/a\\040b /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n31 1 0:5 / /proc rw - proc proc rw,hidepid=2,gid=7\n',
    ],
    run(bytes) {
      const mountinfo = bytes.toString();
      for (const mount of Object.values(parseMounts(mountinfo))) {
        if (!mount) continue;
        directoriesOf(mount, '/a/b');
        directoriesOf(mount, `${mount.root}/a`);
      }
      const view = { procfs: '/proc', mountinfo, status: 'Gid:\t7\t7\t7\t7\n', seesFirst: true };
      requirePrintable(hiddenBy(view) ?? '', { most: 300 });
    },
  },
  ofText(
    'memory_stat',
    () => [
      'cache 8\nrss 4\nhierarchical_memory_limit 536870912\ntotal_cache 8\ntotal_rss 4096\ntotal_swap 0\ntotal_pgpgin 7\n',
      'anon 4096\nfile 8\nshmem 0\n',
      '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2\n8:16 rbytes=1 wbytes=0\n',
    ],
    (text) => [parseLegacyMemory(text), parseLegacyLimit(text), parseUnifiedMemory(text), parseIo(text)],
  ),
  {
    name: 'names',
    seeds: () => [
      ...captured('cmdline'),
      'ruby\0/app/bin/bundle\0exec\0puma\0-C\0config.rb\0',
      'sh\0-c\0exec node server.js\0',
      'nginx: worker process\0\0',
      'java\0-cp\0a.jar\0com.example.Main\0',
    ],
    run(bytes) {
      const text = bytes.toString();
      const argv = text.split('\0');
      for (const words of [argv, undefined]) {
        const name = programName(words, text.slice(0, 15), 4711);
        requirePrintable(name, { most: 64 });
        require(/^[\w.:/@+-]{1,64}$/.test(name), 'a name that a log line cannot hold');
        requireEqual(groupName(name), name, 'a name changes when it is named again');
        isLookedThrough(words, text.slice(0, 15));
        starterOf(words, text.slice(0, 15));
      }
      const host = hostText(text);
      require(/^[\w.:/@+-]{1,128}$/.test(host), 'a text that a log line cannot hold');
      requirePrintable(printable(text), { most: 201 * 10 });
    },
  },
];
