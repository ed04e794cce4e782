/** The daemon on a host whose clock is set while it runs: the verdicts stay, and what it tells has the host's time. */
import { expect, test } from 'vitest';
import { createMonitor, type Monitor } from '../../src/daemon/monitor.ts';
import type { Readings } from '../../src/model/reading.ts';
import { Sinks } from '../../src/sinks/sink.ts';
import { steadyClock } from '../../src/sources/clock.ts';
import type { NamedEvent } from '../../src/verdict/culprit.ts';
import type { Publication } from '../../src/verdict/publication.ts';
import { HOST, snapshot } from '../model/snapshots.ts';

const HOUR = 3600;
/** Of the samples; what the monitor waits for between them is real, so that this is as short as a timer can be. */
const INTERVAL_SECONDS = 0.001;
const SAMPLES = 1300;
/** A first life is no leak for six hours: at this interval those are 1,080 samples. */
const FROM = 1200;

interface Run {
  readonly monitor: Monitor;
  readonly publications: readonly Publication[];
  readonly readings: readonly Readings[];
}

/** A program leaks threads; before the sample FROM somebody sets the host's clock, or it sleeps. */
async function run({ stepSeconds = 0, asleepSeconds = 0 } = {}): Promise<Run> {
  const is = { wallMs: Date.UTC(2026, 0, 1), monotonicMs: 0, uptimeMs: 0 };
  const clock = steadyClock({ wallMs: () => is.wallMs, monotonicMs: () => is.monotonicMs });
  const stop = new AbortController();
  const publications: Publication[] = [];
  const readings: Readings[] = [];
  const sinks = new Sinks((error) => {
    throw error;
  });
  sinks.add({
    name: 'test',
    publish(publication, read) {
      publications.push(withoutOwn(publication));
      readings.push(read!);
      if (publications.length === SAMPLES) stop.abort();
    },
  });
  let count = 0;
  const monitor = createMonitor({
    source: {
      name: 'made up',
      async sample() {
        count++;
        for (const key of ['wallMs', 'monotonicMs', 'uptimeMs'] as const) is[key] += INTERVAL_SECONDS * 1000;
        if (count === FROM) {
          is.wallMs += (stepSeconds + asleepSeconds) * 1000;
          is.uptimeMs += asleepSeconds * 1000;
        }
        const app = { pid: 10, comm: 'app', argv: 'app', threads: 10 + count };
        return { ...snapshot([...HOST, app]), ...clock(is.uptimeMs / 1000) };
      },
    },
    sinks,
    intervalSeconds: INTERVAL_SECONDS,
    groups: [],
    maxGroups: 9,
    falseAlarmsPerMonth: 1e6,
    maxCpuShare: 1,
    onFailure(error) {
      throw error;
    },
  });
  await monitor.run(stop.signal);
  return { monitor, publications, readings };
}

/** Without what is told of leakwatch itself: whether a sample is late depends on the machine of the test. */
function withoutOwn(publication: Publication): Publication {
  const isOwn = ({ code }: NamedEvent): boolean => code === 'W50';
  const { events, standing } = publication;
  return {
    ...publication,
    events: events.filter((event) => !isOwn(event)),
    standing: standing.filter((event) => !isOwn(event)),
  };
}

/** What is told at each sample: when it was taken, the verdict on the threads, and what stands. */
function toldBy({ publications }: Run, shift: (sample: number) => number = () => 0) {
  const at = (t: number | undefined, sample: number) => t && Math.round((t + shift(sample)) * 1000);
  return publications.map(({ report, events, standing }, sample) => {
    const threads = report.groups
      .find(({ name }) => name === 'app')!
      .series.find(({ metric }) => metric === 'threads')!;
    return {
      t: at(report.t, sample),
      verdict: threads.verdict,
      since: at(threads.evidence.since, sample),
      events: events.map((event) => [event.code, event.at, at(event.t, sample), at(event.evidence.since, sample)]),
      standing: standing.map((event) => [event.code, event.at, at(event.t, sample), at(event.evidence.since, sample)]),
    };
  });
}

test.each([HOUR, -HOUR, 0.2])(
  'set by %d s: the same readings and verdicts, told in the new time',
  async (stepSeconds) => {
    const [calm, stepped] = await Promise.all([run(), run({ stepSeconds })]);
    expect(stepped.readings).toEqual(calm.readings);
    const expected = toldBy(calm, (sample) => (sample + 1 >= FROM ? stepSeconds : 0));
    expect(toldBy(stepped)).toEqual(expected);
    expect(expected[FROM]).toMatchObject({
      verdict: 'leak',
      standing: [['W10', 'alert', expect.any(Number), expect.any(Number)]],
    });

    const first = ({ monitor }: Run) => monitor.series('app', 'threads', 1)![0]!.t;
    expect(first(stepped)).toBeCloseTo(first(calm) + stepSeconds, 3);
    const lastSeen = ({ monitor }: Run) => monitor.learned().groups[0]!.lastSeen;
    expect(lastSeen(stepped)).toBeCloseTo(lastSeen(calm) + stepSeconds, 3);
  },
);

test('clocks that drift by less than a tenth of a second shift nothing', async () => {
  const [calm, drifted] = await Promise.all([run(), run({ stepSeconds: 0.09 })]);
  expect(toldBy(drifted)).toEqual(toldBy(calm));
});

test('a night asleep is none of the samples, and what began before it keeps its time', async () => {
  const asleepSeconds = 8 * HOUR;
  const [calm, slept] = await Promise.all([run(), run({ asleepSeconds })]);
  expect(slept.readings).toEqual(calm.readings);
  const [before, after] = [slept.publications[FROM - 2]!, slept.publications[FROM - 1]!];
  expect(after.report.t - before.report.t).toBeCloseTo(asleepSeconds + INTERVAL_SECONDS, 3);
  const [told, expected] = [toldBy(slept), toldBy(calm)].map((all) => all.map(({ t, ...rest }) => rest));
  expect(told).toEqual(expected);
});
