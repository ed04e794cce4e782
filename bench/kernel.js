/**
 * What the kernel says of a process, seen from outside: CPU time, memory, tasks; and of the host. `schedstat` counts
 * nanoseconds but only of living tasks; `stat` counts clock ticks and keeps those of tasks that ended and of children
 * that were waited for. Source: proc_pid_stat(5), Documentation/scheduler/sched-stats.rst.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** @typedef {{ rssMiB: number, highestMiB: number, anonMiB: number, fileMiB: number, tasks: number }} Footprint */

/**
 * User and system time of a process so far; exact while it sleeps.
 * @param {number} pid
 * @param {{ children?: boolean }} [options] count the children that it has waited for
 * @returns {number} microseconds
 */
export function cpuOf(pid, { children = false } = {}) {
  const fields = statFields(pid);
  const ticks = Number(fields[11]) + Number(fields[12]);
  const childTicks = children ? Number(fields[13]) + Number(fields[14]) : 0;
  return (tasksCpu(pid) ?? fromTicks(ticks)) + fromTicks(childTicks);
}

/** @param {number} pid @returns {number | undefined} microseconds, unknown where the kernel was built without it */
function tasksCpu(pid) {
  try {
    let nanoseconds = 0;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
    }
    return nanoseconds / 1000;
  } catch {
    return undefined;
  }
}

/** The fields after the name, the state first. @param {number} pid */
function statFields(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** @param {number} ticks */
function fromTicks(ticks) {
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

/** @param {number} pid @returns {Footprint} */
export function footprintOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const number = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    rssMiB: number('VmRSS') / 1024,
    highestMiB: number('VmHWM') / 1024,
    anonMiB: number('RssAnon') / 1024,
    fileMiB: number('RssFile') / 1024,
    tasks: number('Threads'),
  };
}

/** @param {number} pid @returns {number} how often its main thread has gone to sleep so far */
export function wakeUpsOf(pid) {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'latin1');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
}

/** @param {number} pid @returns {number} open descriptors of files about single processes */
export function countKept(pid) {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return /^\/proc\/\d/.test(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
}

/** @returns {number} KiB of the kernel's own objects, of the whole host */
export function kernelKiB() {
  return Number(/^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]);
}

/** @returns {number[]} pids of every process there is */
export function listProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number);
}

/** @param {number} parent @returns {number[]} pids */
export function childrenOf(parent) {
  return listProcesses().filter((pid) => {
    try {
      return Number(statFields(pid)[1]) === parent;
    } catch {
      return false;
    }
  });
}

/** How many tasks there may be on this host, a tenth left for others; a pid namespace does not show that around it. */
export function mostTasks() {
  const limits = [numberIn('/proc/sys/kernel/pid_max'), numberIn('/proc/sys/kernel/threads-max'), cgroupLimit()];
  return Math.min(Math.floor(Math.min(...limits) * 0.9), Number(process.env.BENCH_MOST_TASKS ?? Infinity));
}

/** How many more of them there may be. */
export function roomForTasks() {
  return mostTasks() - Number(/\/(\d+)/.exec(readFileSync('/proc/loadavg', 'latin1'))?.[1]);
}

function cgroupLimit() {
  const path = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'latin1'))?.[1];
  let least = Number.POSITIVE_INFINITY;
  for (let at = path; at; at = at.slice(0, at.lastIndexOf('/'))) {
    least = Math.min(least, numberIn(`/sys/fs/cgroup${at}/pids.max`));
  }
  return least;
}

/** @param {string} path @returns {number} infinite where there is no such file, or no number in it */
function numberIn(path) {
  try {
    const number = Number(readFileSync(path, 'latin1'));
    return Number.isNaN(number) ? Number.POSITIVE_INFINITY : number;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
