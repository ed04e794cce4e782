/**
 * The outputs of `leakwatch watch`: what opens each of them, in the order in which they are given a sample. A new sink
 * is one file and one line of `SINKS`. They are opened at boot, before the first sample: later there may be no
 * descriptor, thread or memory left to open them with. What only one option needs is loaded for it alone.
 */
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { EXIT } from '../config/exit-codes.ts';
import { awaitTextFile } from '../config/text-file.ts';
import { MAX_FILE_BYTES, whyUnreadable } from '../config/unreadable.ts';
import type { Monitor } from '../daemon/monitor.ts';
import { shareDescriptors } from '../model/descriptors.ts';
import type { Identity } from '../model/identity.ts';
import { Recorder } from '../sinks/file/recorder.ts';
import { State } from '../sinks/file/state.ts';
import type { StateFile } from '../sinks/file/state-file.ts';
import type { LineOutput } from '../sinks/log/line-output.ts';
import { Log } from '../sinks/log/log.ts';
import type { PrometheusSink } from '../sinks/prometheus/prometheus.ts';
import type { Sink } from '../sinks/sink.ts';
import { ownNofile } from '../sources/own-nofile.ts';
import { printable } from '../text/printable.ts';
import type { Publication } from '../verdict/publication.ts';
import { startServer } from '../web/server.ts';
import { WebConfigError } from '../web/web-config-error.ts';
import { Failure, openOrFail } from './invocation.ts';

/** Everything that a sink may need when it is opened. */
export interface SinkContext {
  readonly config: Config;
  readonly identity: Identity;
  readonly version: string;
  readonly log: Logger;
  readonly monitor: Monitor;
  /** Standard output. */
  readonly lines: LineOutput;
  /** Read by the server and by the Pushgateway's client. */
  readonly prometheus: PrometheusSink;
  /** `--state`: read already. */
  readonly stateFile: StateFile | undefined;
  /** The URL of the server; undefined before it is open, and where there is none. */
  readonly address: () => string | undefined;
  /** Aborted when leakwatch is to end, also while an output is being opened. */
  readonly signal: AbortSignal;
  /** Off a dyno: print the platform's two lines as well. */
  readonly printsRuntimeMetrics: boolean;
}

/** @returns undefined where the configuration does not ask for it */
export type OpenSink = (context: SinkContext) => Sink | undefined | Promise<Sink | undefined>;

export const SINKS: readonly OpenSink[] = [
  ({ prometheus }) => prometheus,
  ({ lines, identity, config }) => new Log(lines, { identity, format: config.logFormat }),
  openRecording,
  openServer,
  openPushes,
  openRuntimeMetrics,
  ({ stateFile, monitor }) => stateFile && new State(stateFile, () => monitor.learned()),
];

function openRecording({ config, identity, log }: SinkContext): Sink | undefined {
  const { record, intervalSeconds } = config;
  if (record === undefined) return undefined;
  const header = { intervalSeconds, source: identity.source };
  const onError = (error: Error) => log.error({ err: error }, 'the recording has holes');
  const open = () => new Recorder({ path: record, header, onError });
  return openOrFail(open, `cannot open the recording ${record}`);
}

async function openServer(context: SinkContext): Promise<Sink | undefined> {
  const { config, identity, version, log, monitor, prometheus, signal } = context;
  const { listen, withoutPassword, intervalSeconds, webConfig } = config;
  if (!listen) return undefined;
  let latest: Publication | undefined;
  try {
    const server = await startServer({
      listen,
      withoutPassword,
      prometheus,
      getPublication: () => latest,
      getSeries: monitor.series,
      mostConnections: () => shareDescriptors(ownNofile()).connections,
      intervalSeconds,
      version,
      identity,
      log,
      signal,
      ...(webConfig !== undefined && { webConfig }),
    });
    process.on('SIGHUP', () => server.reload());
    return {
      name: 'server',
      outlivesStdout: true,
      facts: { address: server.address },
      publish(publication) {
        latest = publication;
        server.broadcast(publication);
      },
      refusals: () => server.refusals(),
      close: () => server.close(),
    };
  } catch (error) {
    // The file that was waited for is cut short.
    if (signal.aborted) return undefined;
    const exitCode = error instanceof WebConfigError ? EXIT.configuration : EXIT.failure;
    throw new Failure((error as Error).message, { exitCode, cause: error });
  }
}

async function openPushes(context: SinkContext): Promise<Sink | undefined> {
  const { config, identity, log, prometheus, signal } = context;
  const { pushGateway, alertmanagers, caFile, intervalSeconds, externalUrl, runbookUrl } = config;
  if (!pushGateway && alertmanagers.length === 0) {
    if (caFile === undefined) return undefined;
    const line = '--ca-file is of no use without --push-gateway or --alertmanager';
    throw new Failure(line, { exitCode: EXIT.configuration });
  }
  const { Pushes } = await import('../sinks/push/pushes.ts');
  const links = { page: externalUrl ?? pageOf(context.address(), identity.host), runbook: runbookUrl };
  const served = { ...(pushGateway && { pushGateway }), alertmanagers };
  const options = { ...served, identity, links, intervalSeconds, prometheus, log };
  if (caFile === undefined) return new Pushes(options);
  const reading = awaitTextFile(caFile, MAX_FILE_BYTES, signal).then((text) => new Pushes({ ...options, ca: text }));
  return reading.catch((error: Error) => {
    // The file that was waited for is cut short.
    if (signal.aborted) return undefined;
    const what = `cannot read the certificates in ${printable(caFile)}`;
    throw new Failure(`${what}: ${whyUnreadable(error)}`, { exitCode: EXIT.configuration, cause: error });
  });
}

/**
 * The page under the name of the host, as Prometheus names itself without --web.external-url, but with the scheme of the
 * server: the address that it listens on (every interface, or loopback) means another host elsewhere.
 * Source: prometheus/prometheus cmd/prometheus/main.go, computeExternalURL.
 */
function pageOf(address: string | undefined, host: string): string | undefined {
  if (address === undefined) return undefined;
  const url = new URL(address);
  url.hostname = host;
  return url.href;
}

async function openRuntimeMetrics(context: SinkContext): Promise<Sink | undefined> {
  if (!context.printsRuntimeMetrics) return undefined;
  const { RuntimeMetrics } = await import('../sinks/log/runtime-metrics.ts');
  const { RuntimeSource } = await import('../sources/proc/runtime-source.ts');
  const { config, identity, lines, log } = context;
  const figures = new RuntimeSource({ procfs: config.procfs });
  return new RuntimeMetrics({
    identity,
    read: () => figures.read(),
    write: (texts) => lines.write(texts),
    onError: (error) => log.error({ err: error }, 'runtime metrics are missing'),
  });
}
