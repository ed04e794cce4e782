/** Logs of Heroku's, in every form that they come in: lines, frames of a drain, records and tables of log services. */
import type { LogEvent } from '../../src/formats/heroku/events.ts';
import { readHead, readSource } from '../../src/formats/heroku/head.ts';
import { newHeader, readHeader } from '../../src/formats/heroku/header.ts';
import { LineCutter } from '../../src/formats/heroku/lines.ts';
import { HerokuLog } from '../../src/formats/heroku/log.ts';
import { encodeMemory } from '../../src/formats/heroku/runtime-metrics.ts';
import { amount, readOwnLine, readPlatformSample } from '../../src/formats/heroku/samples.ts';
import { AppReader } from '../../src/formats/heroku/troubles.ts';
import { Calendar, epochOf, findTime } from '../../src/formats/heroku/when.ts';
import { Book } from '../../src/logs/book.ts';
import { buildReport } from '../../src/logs/report.ts';
import { describeNews, reportAsJson } from '../../src/logs-report/json.ts';
import { renderPage } from '../../src/logs-report/page.ts';
import { renderReport } from '../../src/logs-report/table.ts';
import { require, requireEqual, requirePrintable, requireQuantities } from './invariants.ts';
import type { Target } from './targets.ts';

/** 2026-11-20T18:00:00Z */
const SAVED_AT = 1_795_197_600;
const SAMPLE =
  'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#memory_total=21.00MB sample#memory_rss=20.00MB sample#memory_cache=1.00MB sample#memory_swap=0.00MB sample#memory_pgpgin=7pages sample#memory_pgpgout=5pages sample#memory_quota=512.00MB';
const MESSAGES = [
  SAMPLE,
  'source=web.1 dyno=heroku.1.2 sample#load_avg_1m=2.46 sample#load_avg_5m=1.06',
  'source=heroku.1.web.1.2 measure=memory_total val=766.50 units=MB',
  'Process running mem=531M(103.8%)',
  'Error R14 (Memory quota exceeded)',
  'State changed from up to crashed',
  'Process exited with status 137',
  'Starting process with command `bundle exec puma -w 3`',
  'Cycling',
  'Error L10 (output buffer overflow): 500 messages dropped since 2026-11-20T18:00:00+00:00.',
  'at=error code=H12 desc="Request timeout" method=GET path="/" host=a.example dyno=web.1 connect=0ms service=30000ms status=503',
];
const APP = [
  "ThreadError: can't create Thread: Resource temporarily unavailable",
  'Traceback (most recent call last):',
  '  File "/app/x.py", line 3, in accept',
  'BlockingIOError: [Errno 11] Resource temporarily unavailable',
  'fork: retry: Resource temporarily unavailable (RLIMIT_NPROC 256 current)',
  'source=web.1 dyno=heroku.1.2 group=puma sample#group_threads=43 sample#group_rss=412.00MB',
  'source=web.1 dyno=heroku.1.2 at=alert code=W10 desc=thread_leak group=puma sample#group_threads=43 process=4711 process_comm=ruby',
  '{"time":"2026-11-20T18:00:00.000Z","source":"web.1","dyno":"heroku.1.2","at":"alert","code":"W10","desc":"x","group":"puma","metric":"threads","culprit":{"pid":7,"comm":"ruby"}}',
  '[14] - Worker 1 (PID: 12) booted, phase: 0',
];
const lines = (head: (name: string, process: string) => string): string =>
  [...MESSAGES.map((one) => head('heroku', 'web.1') + one), ...APP.map((one) => head('app', 'web.1') + one)].join('\n');
const frame = (text: string): string => `${Buffer.byteLength(text)} ${text}`;
const HEADS = [
  '2026-11-20T18:00:00.123456+00:00 heroku[web.1]: State changed from up to down',
  '<45>1 2026-11-20T18:00:00+00:00 host heroku web.1 - Error R14 (Memory quota exceeded)',
  '2026-11-20T18:00:00+00:00 shop heroku/web.1: Stopping all processes with SIGTERM',
  'Nov 20 18:00:00 shop app/worker.2: message',
  '1763661600123 d.0123-4567 heroku/router: at=error code=H12',
  'Nov 20, 2026 @ 18:00:00.100 | heroku[web.1] | Cycling',
  '20/Nov/2026:18:00:00 +0000 "app[web.1]" x',
  '11/20/2026, 6:00:00 PM app - web-12a34b56d-e78f9 - x',
];
const LOGS = [
  lines((name, process) => `2026-11-20T18:00:00.123456+00:00 ${name}[${process}]: `),
  [...MESSAGES, ...APP].map((one) => frame(`<45>1 2026-11-20T18:00:00+00:00 d.12 heroku web.1 - ${one}\n`)).join(''),
  HEADS.join('\r\n'),
  `[${MESSAGES.map((message) => JSON.stringify({ timestamp: 1763661600123, appname: 'heroku', procid: 'web.1', message })).join(',\n')}]`,
  `{"events":[{"generated_at":"2026-11-20T18:00:00Z","source_name":"shop","program":"heroku/web.1","message":"Cycling"}]}`,
  `{"dt":"2026-11-20T18:00:00Z","syslog":{"appname":"app","procid":"web.1"},"message":"{\\"msg\\":\\"x\\"}"}`,
  `timestamp,program,message\n2026-11-20T18:00:00Z,heroku/web.1,"Error R14 (Memory ""quota"" exceeded)"\n`,
  `id\tgenerated_at\n7\t2026-11-20T18:00:00Z\t2026-11-20T18:00:00Z\t1\tshop\t1.2.3.4\tUser\tInfo\theroku/web.1\tCycling\n`,
  `\u001b[36m2026-11-20T18:00:00.123456+00:00 heroku[web.1]:\u001b[0m Idling`,
];

/** The same bytes in chunks: of one byte if there are few, else cut where the bytes themselves say. */
function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.length < 400 ? 1 : 1 + (bytes[at]! % 61) * Math.ceil(bytes.length / 4000);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

function readLog(chunks: Iterable<Buffer>) {
  const events: unknown[] = [];
  const book = new Book({ falseAlarmsPerMonth: 1 });
  const log = new HerokuLog(
    (event, origin) => {
      events.push({ event, origin });
      book.take(event, origin);
    },
    { savedAt: SAVED_AT },
  );
  for (const chunk of chunks) log.push(chunk);
  log.end();
  return { events, book, log };
}

function requireEvent(event: LogEvent | undefined): void {
  requireQuantities(event);
  for (const value of Object.values(event ?? {}))
    require(typeof value !== 'string' || value.length <= 200, 'a text of the log is not clipped');
}

export const HEROKU_TARGETS: readonly Target[] = [
  {
    name: 'log',
    seeds: () => LOGS,
    run(bytes) {
      const { events, book, log } = readLog([bytes]);
      const { counts, span } = log;
      requireQuantities(counts);
      for (const one of events as { event: LogEvent }[]) requireEvent(one.event);
      const { lines: all, router, platform, app, other, unreadable, overlong } = counts;
      requireEqual(router + platform + app + other + unreadable + overlong, all, 'lines are not counted once');
      const cut = readLog(chunksOf(bytes));
      requireEqual(cut.events, events, 'the events depend on the chunks');
      requireEqual(cut.log.counts, counts, 'the counts depend on the chunks');
      if (span) require(span.from <= span.to, 'a span that ends before it begins');
      for (const news of book.takeNews()) requirePrintable(describeNews(news), { most: 4000 });
      const report = buildReport({ state: book.state, counts, span, inferredYears: log.inferredYears });
      for (const line of renderReport(report, (_, text) => text).split('\n')) requirePrintable(line, { most: 8000 });
      JSON.parse(JSON.stringify(reportAsJson(report)));
      renderPage(report, { version: '1.0.0' });
    },
  },
  {
    name: 'log_lines',
    seeds: () => LOGS.slice(0, 3),
    run(bytes) {
      const cut = (chunks: Iterable<Buffer>): string[] => {
        const found: string[] = [];
        const cutter = new LineCutter((line, from, to) => found.push(line.toString('latin1', from, to)));
        for (const chunk of chunks) cutter.push(chunk);
        cutter.end();
        return [...found, String(cutter.overlong)];
      };
      requireEqual(cut(chunksOf(bytes)), cut([bytes]), 'the lines depend on the chunks');
    },
  },
  {
    name: 'log_head',
    seeds: () => HEADS,
    run(bytes) {
      const header = newHeader();
      if (readHeader(bytes, 0, bytes.length, header)) {
        require(Number.isFinite(header.t), 'a time that is no number');
        const { hostFrom, hostTo, nameFrom, nameTo, processFrom, processTo, messageFrom } = header;
        const positions = [0, hostFrom, hostTo, nameFrom, nameTo, processFrom, processTo, messageFrom, bytes.length];
        require(positions.every((at, n) => n === 0 || at >= positions[n - 1]!), `positions ${positions}`);
      }
      const line = bytes.toString();
      const head = readHead(line);
      readSource(line);
      if (!head) return;
      require(head.epoch === undefined || Number.isFinite(head.epoch), 'a time that is no number');
      require(head.host.length <= 100 && head.process.length <= 100 && head.message !== '', 'a head without bounds');
    },
  },
  {
    name: 'log_time',
    seeds: () => HEADS,
    run(bytes) {
      const text = bytes.toString();
      const calendar = new Calendar(SAVED_AT);
      const times = text.split('\n').map((line) => findTime(line));
      for (const time of times) {
        const t = time && calendar.secondsOf(time);
        require(t === undefined || Number.isFinite(t), 'a time that is no number');
      }
      requireQuantities(epochOf(text));
    },
  },
  {
    name: 'log_samples',
    seeds: () => [...MESSAGES, ...APP],
    run(bytes) {
      const text = bytes.toString();
      const sample = readPlatformSample(text);
      requireEvent(sample?.event);
      requireEvent(readOwnLine(text));
      requireQuantities(amount(text));
      const { memory } = sample?.event.values ?? {};
      if (memory === undefined) return;
      const use = { rss: memory, cache: 0, swap: 0, pagesIn: 1, pagesOut: 1, quota: 2 ** 29 };
      const line = encodeMemory({ source: 'web.1', dyno: 'heroku.1.2' }, use)!;
      const again = readPlatformSample(line)?.event.values.memory;
      // Two decimals of a MB.
      require(again !== undefined && Math.abs(again - memory) <= 5300, `${memory} bytes come back as ${again}`);
    },
  },
  {
    name: 'log_troubles',
    seeds: () => APP,
    run(bytes) {
      const apps = new AppReader();
      for (const line of bytes.toString().split('\n')) requireEvent(apps.read(line, 'web.1'));
    },
  },
];
