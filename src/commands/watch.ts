/**
 * `leakwatch watch`: the daemon. Wires the source, the monitor and the sinks; everything that needs the thread pool, a
 * process or a file is opened here at boot, because later there may be none left to have.
 */
import { openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pino } from 'pino';
import { EXIT } from '../config/exit-codes.ts';
import { createMonitor } from '../daemon/monitor.ts';
import type { Identity } from '../model/identity.ts';
import { Recorder } from '../sinks/file/recorder.ts';
import type { StateFile } from '../sinks/file/state-file.ts';
import { type LineOutput, openLineOutput, openUnblocked } from '../sinks/log/line-output.ts';
import { renderJson, renderL2met } from '../sinks/log/log-lines.ts';
import type { RuntimeMetrics } from '../sinks/log/runtime-metrics.ts';
import { PrometheusSink } from '../sinks/prometheus/prometheus.ts';
import type { Pushes } from '../sinks/push/pushes.ts';
import { identify, identifyAsDyno, isDyno } from '../sources/identity.ts';
import { openSource } from '../sources/open.ts';
import { endOf } from '../sources/proc/process-end.ts';
import { readSelfCost } from '../sources/self-cost.ts';
import type { Publication } from '../verdict/publication.ts';
import { type Server, startServer } from '../web/server.ts';
import { WebConfigError } from '../web/web-config-error.ts';
import { Failure, type Invocation } from './invocation.ts';

const STDOUT = 1;
const STDERR = 2;
/** Bytes of our own log that are held for a slow reader. */
const MOST_LOG_HELD = 1 << 16;

export async function runWatch({ config, env, signal, version }: Invocation): Promise<number> {
  const log = pino(
    { level: config.logLevel, base: { name: 'leakwatch', version } },
    pino.destination({ dest: openUnblocked(STDERR), sync: false, maxLength: MOST_LOG_HELD }),
  );
  const { stopWith } = config;
  const ended = stopWith === undefined ? undefined : open(() => endOf(stopWith), `cannot see process ${stopWith}`);
  if (ended?.aborted) return EXIT.ok;
  const asDyno = config.logRuntimeMetrics && !isDyno(env);
  if (config.logRuntimeMetrics && !asDyno)
    log.warn("log-runtime-metrics is ignored on a dyno: our lines would be taken for the platform's own");
  const named = identify({ source: config.source, env });
  const identity = asDyno ? identifyAsDyno(named) : named;
  const source = open(() =>
    openSource({ procfs: config.procfs, everyCommandLine: config.groups.length > 0, besidePid: stopWith }),
  );
  if (source.name !== 'proc') log.warn('no /proc here: threads, zombies and descriptors cannot be seen');
  await warmUp();

  const abandoned = new AbortController();
  const ending = AbortSignal.any([signal, abandoned.signal, ...(ended ? [ended] : [])]);
  let latest: Publication | undefined;
  let server: Server | undefined;
  let recording: LineOutput | undefined;
  let pushes: Pushes | undefined;
  const lines = openLineOutput({
    to: openUnblocked(STDOUT),
    onError(error: NodeJS.ErrnoException) {
      log.error({ err: error }, 'log lines are lost');
      // Without a server, a recording and pushes nobody is left to watch for.
      if (error.code === 'EPIPE' && !server && !recording && !pushes) abandoned.abort();
    },
  });
  recording =
    config.record === undefined
      ? undefined
      : openRecording(config.record, (error) => log.error({ err: error }, 'the recording has holes'));
  const recorder =
    recording && new Recorder(recording, { intervalSeconds: config.intervalSeconds, source: identity.source });
  const render = config.logFormat === 'json' ? renderJson : renderL2met;
  const prometheus = new PrometheusSink({ version });
  const stateFile = config.state === undefined ? undefined : await openState(config.state);
  const learned = stateFile?.read();
  // Whether it can be written is known at once.
  stateFile?.write(learned ?? { intervalSeconds: config.intervalSeconds, groups: [] });
  const runtimeMetrics = asDyno ? await openRuntimeMetrics(identity) : undefined;
  pushes = config.pushGateway || config.alertmanagers.length > 0 ? await openPushes() : undefined;

  const monitor = createMonitor({
    source,
    intervalSeconds: config.intervalSeconds,
    groups: config.groups,
    maxGroups: config.maxGroups,
    falseAlarmsPerMonth: config.falseAlarmsPerMonth,
    ...(learned && { learned }),
    dropped: () =>
      new Map([
        ['log_lines', lines.dropped],
        ...(recording ? [['recording_lines', recording.dropped] as const] : []),
        ...(stateFile?.dropped() ?? []),
      ]),
    ...(pushes && { pushFailures: () => pushes!.failures() }),
    onSample(publication, readings) {
      latest = publication;
      prometheus.publish(publication);
      lines.write(render(publication, identity));
      recorder?.record(readings);
      server?.broadcast(publication);
      pushes?.publish(publication);
      if (!readings.extra) void runtimeMetrics?.print();
      if (stateFile?.isDue) stateFile.write(monitor.learned());
    },
    onFailure: (error) => log.error({ err: error }, 'a sample failed'),
  });
  server = config.listen && (await listen(config.listen));
  log.info(
    {
      reads: source.name,
      intervalSeconds: config.intervalSeconds,
      ...identity,
      ...(server && { address: server.address }),
    },
    'watching',
  );
  await monitor.run(ending);
  log.info('stopping');
  stateFile?.write(monitor.learned());
  await Promise.all([server?.close(), lines.close(), recording?.close(), pushes?.close()]);
  return 0;

  async function openRuntimeMetrics(identity: Identity): Promise<RuntimeMetrics> {
    const { RuntimeMetrics } = await import('../sinks/log/runtime-metrics.ts');
    const { RuntimeSource } = await import('../sources/proc/runtime-source.ts');
    const figures = new RuntimeSource({ procfs: config.procfs });
    return new RuntimeMetrics({
      identity,
      read: () => figures.read(),
      write: (texts) => {
        if (!ending.aborted) lines.write(texts);
      },
      onError: (error) => log.error({ err: error }, 'runtime metrics are missing'),
    });
  }

  async function openState(path: string): Promise<StateFile> {
    const { StateFile } = await import('../sinks/file/state-file.ts');
    const { intervalSeconds } = config;
    return open(
      () => new StateFile({ path, intervalSeconds, log }),
      `cannot keep the state in ${path}`,
      EXIT.configuration,
    );
  }

  async function openPushes(): Promise<Pushes> {
    const { Pushes } = await import('../sinks/push/pushes.ts');
    const { pushGateway, alertmanagers, intervalSeconds } = config;
    const { source } = identity;
    return new Pushes({ ...(pushGateway && { pushGateway }), alertmanagers, source, intervalSeconds, prometheus, log });
  }

  async function listen(address: NonNullable<typeof config.listen>): Promise<Server> {
    try {
      return await startServer({
        listen: address,
        prometheus,
        getPublication: () => latest,
        getSeries: monitor.series,
        intervalSeconds: config.intervalSeconds,
        version,
        log,
        ...(config.webConfig !== undefined && { webConfig: config.webConfig }),
      });
    } catch (error) {
      const exitCode = error instanceof WebConfigError ? EXIT.configuration : EXIT.failure;
      throw new Failure((error as Error).message, { exitCode, cause: error });
    }
  }
}

/**
 * What may need a thread or a process is done once now: libuv makes its pool at the first asynchronous file operation
 * and ends the program if it cannot; pidusage asks getconf(1) at its first call.
 */
async function warmUp(): Promise<void> {
  await stat('/').catch(() => undefined);
  await readSelfCost();
}

function openRecording(path: string, onError: (error: Error) => void): LineOutput {
  return openLineOutput({ to: open(() => openSync(path, 'a'), `cannot open the recording ${path}`), onError });
}

function open<T>(action: () => T, what?: string, exitCode: number = EXIT.failure): T {
  try {
    return action();
  } catch (error) {
    const { message } = error as Error;
    throw new Failure(what === undefined ? message : `${what}: ${message}`, { exitCode });
  }
}
