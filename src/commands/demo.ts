/**
 * `leakwatch demo KIND`: starts a small program that really leaks, watches it with the daemon's own source and core, and
 * shows the moment when it is found. Samples are taken twenty times a second, or as often as the host can. The program
 * ends together with the demo, whatever happens.
 */
import { spawn } from 'node:child_process';
import { createMonitor } from '../daemon/monitor.ts';
import { METRIC_ROWS, METRICS, type Metric } from '../model/metrics.ts';
import { Sinks } from '../sinks/sink.ts';
import { openSource } from '../sources/open.ts';
import type { Source } from '../sources/source.ts';
import { paint } from '../terminal/paint.ts';
import { formatDuration } from '../text/duration.ts';
import { formatQuantity } from '../text/quantity.ts';
import type { NamedEvent } from '../verdict/culprit.ts';
import type { Publication } from '../verdict/publication.ts';
import type { Verdict } from '../verdict/report.ts';
import { Failure, type Invocation, openOrFail } from './invocation.ts';

/**
 * Enough samples for every kind: memory, the slowest, takes some 1,250. A leak that is not found by then is our failure.
 */
const MOST_SAMPLES = 2400;
/**
 * False alarms a month. At twenty samples a second a month of samples passes in two hours, and the program is known to
 * leak: the usual budget would only make people wait.
 */
const BUDGET = 100_000;
const GROUP = 'demo';

/** What each kind is called, and how many samples it takes: measured, and fewer for what is rare in healthy programs. */
const KINDS: Readonly<Record<string, { readonly metric: Metric; readonly samples: number }>> = {
  threads: { metric: 'threads', samples: 1150 },
  zombies: { metric: 'zombies', samples: 50 },
  memory: { metric: 'anon', samples: 1250 },
  fds: { metric: 'fds', samples: 1100 },
  processes: { metric: 'processes', samples: 1100 },
};

/** What the next verdict waits for, once there are enough samples to judge. */
const WAITS_FOR: Readonly<Record<Verdict, string>> = {
  learning: 'waits for enough samples',
  ok: 'waits until it has grown for long enough to be a suspect',
  suspect: 'waits until the growth can be no chance',
  leak: 'found',
};

/** Samples between two lines of progress where the output is no terminal. */
const LINE_EVERY = 50;

export async function runDemo({ config, positionals, stdout, env, signal, leakProgram }: Invocation): Promise<number> {
  const [kind = 'threads'] = positionals;
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!known)
    throw new Failure(`demo knows no leak of ${kind}: choose ${Object.keys(KINDS).join(', ')}`, { exitCode: 64 });
  const { metric, samples } = known;
  const { code } = METRICS.find(({ name }) => name === metric)!;
  const source = openOrFail(() => openSource({ procfs: config.procfs, everyCommandLine: true }));
  if (source.name !== 'proc') throw new Failure('the demo needs /proc, which this host does not have');
  const intervalSeconds = await chooseInterval(source);
  const child = spawn(process.execPath, [leakProgram, kind], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // It may have ended when its input is closed.
  child.stdin.on('error', () => undefined);
  const colour = paint(stdout, env);
  const terminal = (stdout as NodeJS.WriteStream).isTTY === true;
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  let found: NamedEvent | undefined;
  let failure: Error | undefined;
  let beats = 0;
  const begun = performance.now();
  const elapsedSeconds = (): number => (performance.now() - begun) / 1000;

  stdout.write(
    `A program that leaks ${kind} has been started as pid ${child.pid}, and is sampled every ${intervalSeconds} s.\n`,
  );
  const expected = formatDuration(samples * intervalSeconds);
  stdout.write(`Some ${samples} samples are needed to be sure that it leaks: about ${expected}.\n`);
  child.once('error', (error) => end(error));
  child.once('close', () => end(new Error('the leaking program ended before it was found')));
  const sinks = new Sinks(end);
  sinks.add({ name: 'demo', publish: show });
  const monitor = createMonitor({
    source,
    sinks,
    intervalSeconds,
    groups: [{ name: GROUP, pattern: new RegExp(`^leaky-${kind}\\b|demo-leak\\.js ${kind}$`) }],
    maxGroups: config.maxGroups,
    falseAlarmsPerMonth: Math.max(config.falseAlarmsPerMonth, BUDGET),
    // It ends in a few minutes, and its interval is chosen to suit the host.
    maxCpuShare: 1,
    onFailure: end,
  });
  await monitor.run(stop);
  child.stdin.end();
  child.kill('SIGTERM');
  await ended;
  clearLine();
  if (found) {
    const atDefault = formatDuration(beats * 20);
    await written(
      stdout,
      `Found after ${formatDuration(elapsedSeconds())}; the program has been stopped.\n` +
        `That took ${beats} samples: ${atDefault} at the default of one sample every 20 seconds.\n`,
    );
    return 0;
  }
  if (signal.aborted) return 0;
  throw new Failure(`demo: ${failure?.message ?? 'not found'}`);

  function end(error: unknown): void {
    failure ??= error as Error;
    over.abort();
  }

  function show(publication: Publication): void {
    beats++;
    showProgress(publication);
    for (const event of publication.events) {
      if (event.group !== GROUP || event.code !== code || event.at === 'resolved') continue;
      showEvent(event);
      if (event.verdict === 'leak') {
        found = event;
        over.abort();
      }
    }
    if (beats >= MOST_SAMPLES) end(new Error(`not found within ${MOST_SAMPLES} samples`));
  }

  function showProgress({ report }: Publication): void {
    const series = report.groups.find(({ name }) => name === GROUP)?.series.find((one) => one.metric === metric);
    if (!series || (!terminal && beats % LINE_EVERY !== 1)) return;
    const value = series.value === undefined ? '?' : formatQuantity(series.value, METRIC_ROWS.get(series.metric)!.unit);
    const left = series.learningSamplesLeft ?? 0;
    const wait =
      left > 0 ? `no leak verdict for another ${formatDuration(left * intervalSeconds)}` : WAITS_FOR[series.verdict];
    const line = `  ${elapsedSeconds().toFixed(0).padStart(3)} s  ${kind} ${value}  ${series.verdict}, ${wait}`;
    stdout.write(terminal ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  function clearLine(): void {
    if (terminal) stdout.write('\r\u001b[2K');
  }

  function showEvent(event: NamedEvent): void {
    clearLine();
    const mark = colour(event.verdict === 'leak' ? 'red' : 'yellow', event.verdict.padEnd(7));
    stdout.write(`  ${mark}  ${event.code} ${event.text}\n`);
  }
}

/** Resolves when the text has been handed over, or cannot be: the reader may have gone. */
function written(stdout: Invocation['stdout'], text: string): Promise<void> {
  return new Promise((resolve) => stdout.write(text, () => resolve()));
}

/** Twenty samples a second on a quick host; elsewhere twice the duration of a sample. */
async function chooseInterval(source: Source): Promise<number> {
  let quickestSeconds = Infinity;
  // The first sample does the most work, and any sample may be delayed by other programs: the quickest of five counts.
  for (let samples = 0; samples < 5; samples++) {
    const begun = performance.now();
    try {
      await source.sample();
    } catch (error) {
      throw new Failure(`demo: ${(error as Error).message}`);
    }
    quickestSeconds = Math.min(quickestSeconds, (performance.now() - begun) / 1000);
  }
  return Math.max(5, Math.ceil(200 * quickestSeconds)) / 100;
}
