/**
 * CPU time, memory and tasks of a process, and numbers of the host, from /proc. `schedstat` counts nanoseconds, but of
 * living tasks only; `stat` counts clock ticks, also of tasks that have ended and of children that were reaped.
 * Source: proc_pid_stat(5), Documentation/scheduler/sched-stats.rst.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** @typedef {{ rssMegabytes: number, highestMegabytes: number, anonMegabytes: number, fileMegabytes: number, tasks: number }} Footprint in MB of 1024 KB */

/**
 * User and system time of a process so far; exact while it sleeps.
 * @param {number} pid
 * @param {{ children?: boolean }} [options] also count children that were reaped
 * @returns {number} microseconds
 */
export function cpuOf(pid, { children = false } = {}) {
  const fields = statFields(pid);
  const own = tasksCpu(pid) ?? fromTicks(Number(fields[11]) + Number(fields[12]));
  return own + (children ? reapedChildrenCpu(pid) : 0);
}

/** User and system time of the children that a process has reaped. @param {number} pid @returns {number} microseconds */
export function reapedChildrenCpu(pid) {
  const fields = statFields(pid);
  return fromTicks(Number(fields[13]) + Number(fields[14]));
}

/** @param {number} pid @returns {number | undefined} microseconds; undefined if the kernel was built without schedstat */
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

/** The fields after the name; the first is the state. @param {number} pid */
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
    rssMegabytes: number('VmRSS') / 1024,
    highestMegabytes: number('VmHWM') / 1024,
    anonMegabytes: number('RssAnon') / 1024,
    fileMegabytes: number('RssFile') / 1024,
    tasks: number('Threads'),
  };
}

/** @param {number} pid @returns {number} how often the main thread has gone to sleep so far: each time it was woken up before */
export function wakeUpsOf(pid) {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'latin1');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
}

/** @param {number} pid @returns {number} open descriptors of files below /proc/PID */
export function countKept(pid) {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return /^\/proc\/\d/.test(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
}

/** @returns {number} KB of the kernel's own objects on the whole host: `Slab` of proc_meminfo(5) */
export function kernelKilobytes() {
  return Number(/^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]);
}

/** @returns {number[]} pids of all processes */
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

/**
 * How many tasks this host allows, less a tenth for others. A PID namespace hides the limits outside, so they come in a
 * variable (pid-namespace.js).
 */
export function mostTasks() {
  const limits = [numberIn('/proc/sys/kernel/pid_max'), numberIn('/proc/sys/kernel/threads-max'), cgroupLimit()];
  return Math.min(Math.floor(Math.min(...limits) * 0.9), Number(process.env.BENCH_MOST_TASKS ?? Infinity));
}

/** How many more tasks fit. */
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

/** @param {string} path @returns {number} Infinity if there is no such file, or no number in it (`max`) */
function numberIn(path) {
  try {
    const number = Number(readFileSync(path, 'latin1'));
    return Number.isNaN(number) ? Number.POSITIVE_INFINITY : number;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
