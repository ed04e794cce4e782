/**
 * `leakwatch watch`: the daemon. Connects the source, the monitor and the sinks. Everything that needs the thread pool,
 * a process or a file is opened here at boot, because later the host may refuse it.
 */
import { stat } from 'node:fs/promises';
import { type Logger, pino } from 'pino';
import { EXIT } from '../config/exit-codes.ts';
import { ErrorTally } from '../daemon/error-tally.ts';
import { createMonitor } from '../daemon/monitor.ts';
import { isDynoName } from '../model/identity.ts';
import type { StateFile } from '../sinks/file/state-file.ts';
import { openLineOutput, openUnblocked } from '../sinks/log/line-output.ts';
import { PrometheusSink } from '../sinks/prometheus/prometheus.ts';
import { Sinks } from '../sinks/sink.ts';
import { identify, identifyAsDyno, isDyno } from '../sources/identity.ts';
import { openSource } from '../sources/open.ts';
import { endOf } from '../sources/proc/process-end.ts';
import { escapeJson } from '../text/printable.ts';
import { type Invocation, openOrFail } from './invocation.ts';
import { SINKS } from './sinks.ts';

const STDOUT = 1;
const STDERR = 2;
/** Bytes of our own log that are held for a slow reader: a few hundred lines. */
const MOST_LOG_HELD = 1 << 16;

export async function runWatch(invocation: Invocation): Promise<number> {
  const { config, version } = invocation;
  // Where standard error cannot be written there is nobody to tell.
  const ownLog = openLineOutput({ to: openUnblocked(STDERR), mostHeld: MOST_LOG_HELD, onError: () => undefined });
  const log = pino(
    { level: config.logLevel, base: { name: 'leakwatch', version } },
    { write: (line) => ownLog.write([escapeJson(line.trimEnd())]) },
  );
  try {
    return await watch(invocation, log);
  } finally {
    await ownLog.close();
  }
}

async function watch({ config, env, signal, version }: Invocation, log: Logger): Promise<number> {
  const { intervalSeconds, stopWith } = config;
  const ended =
    stopWith === undefined ? undefined : openOrFail(() => endOf(stopWith), `cannot see process ${stopWith}`);
  if (ended?.aborted) return EXIT.ok;
  const printsRuntimeMetrics = config.logRuntimeMetrics && !isDyno(env);
  if (config.logRuntimeMetrics && !printsRuntimeMetrics)
    log.warn("log-runtime-metrics is ignored on a dyno: our lines would be taken for the platform's own");
  const named = identify({ source: config.source, app: config.app, release: config.release, env });
  const identity = printsRuntimeMetrics ? identifyAsDyno(named) : named;
  const source = openOrFail(() =>
    openSource({ procfs: config.procfs, everyCommandLine: config.groups.length > 0, besidePid: stopWith }),
  );
  if (source.name !== 'proc') log.warn('no /proc here: threads, zombies and descriptors cannot be seen');
  if (source.hidden !== undefined) log.warn(`${source.hidden}; sums over the host stay unknown`);
  // libuv makes its thread pool at the first asynchronous file operation, and aborts the program if it cannot.
  await stat('/').catch(() => undefined);

  const abandoned = new AbortController();
  const ending = AbortSignal.any([signal, abandoned.signal, ...(ended ? [ended] : [])]);
  const sinks = new Sinks((error, sink) => log.error({ err: error, sink }, 'an output does not take samples'));
  const lines = openLineOutput({
    to: openUnblocked(STDOUT),
    onError(error: NodeJS.ErrnoException) {
      log.error({ err: error }, 'log lines are lost');
      if (error.code === 'EPIPE' && !sinks.outliveStdout) abandoned.abort();
    },
  });
  const stateFile = config.state === undefined ? undefined : await openState(config.state);
  const learned = stateFile?.read();
  // Written at once, so that a state file that cannot be written is reported at the start.
  stateFile?.write(learned ?? { intervalSeconds, groups: [] });
  const failures = new ErrorTally();
  const monitor = createMonitor({
    source,
    sinks,
    intervalSeconds,
    groups: config.groups,
    maxGroups: config.maxGroups,
    falseAlarmsPerMonth: config.falseAlarmsPerMonth,
    warnAheadSeconds: config.warnAheadSeconds,
    isDyno: isDynoName(identity.source),
    ...(identity.release !== undefined && { release: identity.release }),
    maxCpuShare: config.maxCpuShare,
    ...(learned && { learned }),
    onFailure(error) {
      const times = failures.count(error, performance.now());
      if (times !== undefined) log.error({ err: error, times }, 'a sample failed; the next hour of this is counted');
    },
  });
  const prometheus = new PrometheusSink({ version, identity });
  const context = {
    ...{ config, identity, version, log, monitor, lines, prometheus, stateFile, printsRuntimeMetrics },
    address: () => sinks.facts.address,
    signal: ending,
  };
  for (const open of SINKS) {
    const sink = await open(context);
    if (sink) sinks.add(sink);
  }
  log.info({ reads: source.name, intervalSeconds, ...identity, ...sinks.facts }, 'watching');
  await monitor.run(ending);
  log.info('stopping');
  await sinks.close();
  const dropped = Object.fromEntries([...sinks.dropped()].filter(([, total]) => total > 0));
  if (Object.keys(dropped).length > 0) log.warn({ dropped }, 'this run has lost data');
  return EXIT.ok;

  async function openState(path: string): Promise<StateFile> {
    const { StateFile } = await import('../sinks/file/state-file.ts');
    const open = () => new StateFile({ path, intervalSeconds, log });
    return openOrFail(open, `cannot keep the state in ${path}`, EXIT.configuration);
  }
}
