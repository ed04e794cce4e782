/** A small host: 100 processes in all, sampled every 20 s, and the share of a core that this may take. */
import { startHerd } from '../herd.js';
import { listProcesses } from '../kernel.js';

export const INTERVAL_MS = 20_000;
/** For `--quick`; too short for V8 to collect garbage between two ticks. */
export const QUICK_INTERVAL_MS = 1000;
const PROCESSES = 100;
/** Processes that are added later: the parent of the herd, and the daemon. */
const STARTED = 2;
/** Share of a core that is allowed. */
const MOST_SHARE = 0.0002;

/** @param {import('../native.js').Native | undefined} native */
export function startSmallHost(native) {
  return startHerd({ processes: Math.max(1, PROCESSES - listProcesses().length - STARTED) }, native);
}

/**
 * @param {string} when
 * @param {import('../daemon.js').Measured} measured
 * @returns {import('../targets.js').Outcome}
 */
export function shareOutcome(when, { cpuUs, ticks }) {
  const share = cpuUs / 1000 / (ticks * INTERVAL_MS);
  return {
    what: `CPU of a small host, ${listProcesses().length} processes every 20 s, ${when}`,
    target: `<= ${MOST_SHARE * 100} % of a core`,
    measured: `${(share * 100).toFixed(4)} % (${(cpuUs / 1000 / ticks).toFixed(2)} ms a tick)`,
    met: share <= MOST_SHARE,
  };
}
