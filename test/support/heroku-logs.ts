/**
 * Logs of a platform as they are saved: lines in the shapes that its documentation and public samples show, for dynos that
 * live through an incident each. Seeded, so that a test reads the same log on every machine.
 */
import { type Render, renderL2met } from '../../src/sinks/log/log-lines.ts';
import { groupReport, publication, zombieLeak } from './publication.ts';
import { DAY, HOUR, MINUTE, Random } from './synthetic.ts';

export const APP_ID = 2808254;
/** 2026-11-20T18:00:00Z */
export const BEGIN = 1_795_197_600;
const SLOT_SECONDS = 20;
const CHUNK_LENGTH = 65_536;

interface Line {
  readonly t: number;
  /** `heroku web.1` */
  readonly from: string;
  readonly message: string;
}

export class LogBook {
  readonly random: Random;
  readonly #lines: Line[] = [];

  constructor(seed = 1) {
    this.random = new Random(seed);
  }

  add(t: number, from: string, message: string): void {
    this.#lines.push({ t, from, message });
  }

  /** In the order of their times; the sort is stable. */
  #sorted(): readonly Line[] {
    return this.#lines.sort((a, b) => a.t - b.t);
  }

  /** As `heroku logs` prints it. */
  lines(): string[] {
    return this.#sorted().map(printed);
  }

  text(): string {
    return [...this.chunks()].join('');
  }

  /** The text in parts of some hundred lines: a long log is never in memory as one text. */
  *chunks(): Generator<string> {
    let chunk = '';
    for (const line of this.#sorted()) {
      chunk += `${printed(line)}\n`;
      if (chunk.length < CHUNK_LENGTH) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }

  /** As a drain gets it: octet counts, the newline counted. */
  frames({ host = 'host' }: { readonly host?: string } = {}): string {
    return this.#sorted()
      .map(({ t, from, message }) => `<45>1 ${stamp(t)} ${host} ${from} - ${message}\n`)
      .map((record) => `${Buffer.byteLength(record)} ${record}`)
      .join('');
  }
}

function printed({ t, from, message }: Line): string {
  return `${stamp(t)} ${from.replace(' ', '[')}]: ${message}`;
}

/** The second of the latest stamp: most lines share theirs with the line before. */
let latest = { second: Number.NaN, iso: '' };

export function stamp(t: number): string {
  const second = Math.floor(t);
  if (second !== latest.second) latest = { second, iso: new Date(second * 1000).toISOString().slice(0, 19) };
  const micros = String(Math.round((t % 1) * 1e6)).padStart(6, '0');
  return `${latest.iso}.${micros}+00:00`;
}

/** An id of a life of a dyno. */
export function instanceId(dyno: string, life: number): string {
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');
  const seed = [...dyno].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return `${hex(seed, 8)}-cf3d-411b-b453-${hex(life, 12)}`;
}

export interface DynoSpan {
  readonly dyno: string;
  readonly life?: number;
  readonly appId?: number | string;
  /** Slots of 20 s since `BEGIN`. */
  readonly from: number;
  readonly slots: number;
  readonly quota?: number;
  /** In MB, by slot of this life. */
  readonly memory: (slot: number) => number;
  readonly load?: (slot: number) => number;
  /** Share of the ticks that are missing. */
  readonly loss?: number;
}

/** The platform's lines of one life: load, memory, and its complaints above the quota. */
export function live(book: LogBook, span: DynoSpan): void {
  const { dyno, life = 0, appId = APP_ID, from, slots, quota = 512, memory, load, loss = 0.01 } = span;
  const { random } = book;
  const source = `source=${dyno} dyno=heroku.${appId}.${instanceId(dyno, life)}`;
  const phase = random.next() * SLOT_SECONDS;
  for (let slot = 0; slot < slots; slot++) {
    if (random.next() < loss) continue;
    const t = BEGIN + (from + slot) * SLOT_SECONDS + phase + random.next();
    const total = memory(slot);
    const swap = Math.max(0, total - quota);
    const cache = Math.min(1.5, total * 0.01);
    const averages = [load?.(slot) ?? 0.1 + 0.3 * random.next(), 0.2, 0.15].map((value) => value.toFixed(2));
    const longer = slot > 15 ? ` sample#load_avg_5m=${averages[1]} sample#load_avg_15m=${averages[2]}` : '';
    book.add(t, `heroku ${dyno}`, `${source} sample#load_avg_1m=${averages[0]}${longer}`);
    const mb = (value: number): string => `${value.toFixed(2)}MB`;
    book.add(
      t + 0.00009,
      `heroku ${dyno}`,
      `${source} sample#memory_total=${mb(total)} sample#memory_rss=${mb(total - swap - cache)} sample#memory_cache=${mb(cache)} sample#memory_swap=${mb(swap)} sample#memory_pgpgin=${84_329 + slot}pages sample#memory_pgpgout=${38_140 + slot}pages sample#memory_quota=${mb(quota)}`,
    );
    if (total > quota) {
      book.add(
        t + 0.0002,
        `heroku ${dyno}`,
        `Process running mem=${Math.floor(total)}M(${((100 * total) / quota).toFixed(1)}%)`,
      );
      book.add(t + 0.0003, `heroku ${dyno}`, 'Error R14 (Memory quota exceeded)');
    }
  }
}

export function at(slot: number): number {
  return BEGIN + slot * SLOT_SECONDS;
}

export type Restart = 'cycling' | 'restart' | 'release' | 'R15';

/** The lines around the end of one life and the start of the next. */
export function restart(
  book: LogBook,
  dyno: string,
  slot: number,
  how: Restart,
  command = 'bundle exec unicorn -p 5000 -c ./config/unicorn.rb',
): void {
  const t = at(slot);
  const say = (seconds: number, message: string): void => book.add(t + seconds, `heroku ${dyno}`, message);
  if (how === 'release') book.add(t - 3, 'app api', 'Release v43 created by user someone@example.com');
  if (how === 'cycling') say(-0.5, 'Cycling');
  if (how === 'restart') say(-0.5, 'Restarting');
  if (how === 'R15') {
    say(-1, 'Error R15 (Memory quota vastly exceeded)');
    say(-0.9, 'Stopping process with SIGKILL');
    say(0, 'State changed from up to crashed');
    say(0.4, 'Process exited with status 137');
    say(1, 'State changed from crashed to starting');
  } else {
    say(0, 'State changed from up to starting');
    say(1, 'Stopping all processes with SIGTERM');
    say(3, 'Process exited with status 143');
  }
  say(5, `Starting process with command \`${command}\``);
  say(12, 'State changed from starting to up');
}

export interface RequestOptions {
  readonly dyno?: string;
  readonly code?: string;
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  H10: 'App crashed',
  H12: 'Request timeout',
  H13: 'Connection closed without response',
};

/** A line of the router. */
export function request(book: LogBook, t: number, { dyno = 'web.1', code }: RequestOptions = {}): void {
  const { random } = book;
  const path = `path="/items/${random.between(1, 9999)}?page=${random.between(1, 9)}"`;
  const id = `request_id=6b0a2a60-7d1c-4f0e-9a51-${String(random.between(0, 999_999_999)).padStart(12, '0')}`;
  const common = `method=GET ${path} host=shop.example.com ${id} fwd="203.0.113.${random.between(1, 254)}" dyno=${code === 'H10' ? '' : dyno}`;
  const message =
    code === undefined
      ? `at=info ${common} connect=${random.between(0, 2)}ms service=${random.between(3, 400)}ms status=200 bytes=${random.between(40, 90_000)} protocol=https`
      : `at=error code=${code} desc="${DESCRIPTIONS[code] ?? 'Error'}" ${common} connect=1ms service=${code === 'H12' ? 30_000 : 21}ms status=503 bytes=0 protocol=https`;
  book.add(t, 'heroku router', message);
}

/** Requests that go well, so many an hour. */
export function traffic(
  book: LogBook,
  {
    dynos,
    from,
    slots,
    perHour,
  }: { readonly dynos: readonly string[]; readonly from: number; readonly slots: number; readonly perHour: number },
): void {
  const { random } = book;
  const count = Math.round((slots / HOUR) * perHour);
  for (let i = 0; i < count; i++) {
    const t = at(from) + random.next() * slots * SLOT_SECONDS;
    const dyno = dynos[random.between(0, dynos.length - 1)]!;
    request(book, t, { dyno });
    if (random.next() < 0.2)
      book.add(
        t + 0.01,
        `app ${dyno}`,
        `I, [2026-11-20T21:22:00.123456 #4]  INFO -- : [${random.between(1, 99_999)}] Completed 200 OK in ${random.between(2, 300)}ms (Views: 3.1ms | ActiveRecord: 1.2ms)`,
      );
  }
}

/** Errors of requests between two slots. */
export function errors(
  book: LogBook,
  code: string,
  count: number,
  { from, to, dyno = 'web.1' }: { readonly from: number; readonly to: number; readonly dyno?: string },
): void {
  for (let i = 0; i < count; i++)
    request(book, at(from) + ((i + 0.5) / count) * (to - from) * SLOT_SECONDS, { dyno, code });
}

/** Ten hours of web.1: it leaks 38 MB an hour, goes over its quota, requests time out, someone restarts it. */
export function leakingWeb(seed = 1): LogBook {
  const book = new LogBook(seed);
  const { random } = book;
  const memory = (slot: number): number =>
    Math.min(190, 90 + 3 * slot) + (38 * slot) / HOUR + 3 * random.normal() + (slot % 97 < 12 ? 6 : 0);
  restart(book, 'web.1', 0, 'release');
  const end = Math.round(9.5 * HOUR);
  live(book, { dyno: 'web.1', life: 1, from: 0, slots: end, memory });
  errors(book, 'H12', 212, { from: Math.round(8.6 * HOUR), to: end });
  restart(book, 'web.1', end, 'restart');
  live(book, { dyno: 'web.1', life: 2, from: end + 1, slots: HOUR, memory });
  traffic(book, { dynos: ['web.1'], from: 0, slots: end + HOUR, perHour: 600 });
  return book;
}

/** Three unicorns of 600 MB in a gigabyte: they grow for an hour, and then they have their size. */
export function plateau(seed = 2, hours = 8): LogBook {
  const book = new LogBook(seed);
  const { random } = book;
  restart(book, 'web.1', 0, 'restart', 'bundle exec unicorn -p 5000');
  for (let worker = 0; worker < 3; worker++)
    book.add(
      at(1) + worker,
      'app web.1',
      `I, [2026-11-20T18:00:2${worker}.123456 #${7 + worker}]  INFO -- : worker=${worker} ready`,
    );
  const memory = (slot: number): number => 300 + 1500 * (1 - Math.exp(-slot / (20 * MINUTE))) + 10 * random.normal();
  live(book, { dyno: 'web.1', life: 1, from: 1, slots: hours * HOUR, quota: 1024, memory });
  errors(book, 'H12', 40, { from: 2 * HOUR, to: hours * HOUR });
  traffic(book, { dynos: ['web.1'], from: 0, slots: hours * HOUR, perHour: 300 });
  return book;
}

/** Zombies use up the processes: unicorn cannot make its timer thread, requests hang. Memory is in order. */
export function exhaustion(seed = 3): LogBook {
  const book = new LogBook(seed);
  const { random } = book;
  const memory = (): number => 310 + 8 * random.normal();
  const bad = 5 * HOUR;
  live(book, { dyno: 'web.1', life: 1, from: 0, slots: bad + 30 * MINUTE, memory });
  for (let i = 0; i < 37; i++) {
    const t = at(bad + 2 * i) + 3;
    book.add(t, 'app web.1', '[FATAL] Failed to create timer thread (errno: 11)');
    if (i % 3 === 0) book.add(t + 1, 'app web.1', "ThreadError: can't create Thread: Resource temporarily unavailable");
  }
  errors(book, 'H12', 120, { from: bad + 2, to: bad + 28 * MINUTE });
  errors(book, 'H13', 14, { from: bad + 4, to: bad + 28 * MINUTE });
  restart(book, 'web.1', bad + 30 * MINUTE, 'restart');
  live(book, { dyno: 'web.1', life: 2, from: bad + 30 * MINUTE + 1, slots: HOUR, memory });
  traffic(book, { dynos: ['web.1'], from: 0, slots: bad, perHour: 300 });
  return book;
}

/** Two dynos in good health for five days: warm-ups, daily waves, teeth, a deploy, the daily cycle, a few late requests. */
export function healthy(seed = 4, days = 5): LogBook {
  const book = new LogBook(seed);
  const { random } = book;
  for (const [number, dyno] of ['web.1', 'web.2'].entries()) {
    let from = 0;
    let life = 0;
    while (from < days * DAY) {
      const slots = Math.min(DAY + random.between(0, 3 * HOUR), days * DAY - from);
      const begun = from;
      const memory = (slot: number): number =>
        180 +
        120 * (1 - Math.exp(-slot / HOUR)) +
        25 * Math.sin((2 * Math.PI * (begun + slot)) / DAY) +
        (20 * (slot % (25 * MINUTE))) / (25 * MINUTE) +
        4 * random.normal();
      live(book, { dyno, life: 100 * number + life, from, slots, memory, loss: 0.02 });
      from += slots;
      life++;
      if (from < days * DAY) restart(book, dyno, from, life === 2 ? 'release' : 'cycling');
    }
  }
  errors(book, 'H12', 6, { from: DAY, to: 3 * DAY });
  traffic(book, { dynos: ['web.1', 'web.2'], from: 0, slots: days * DAY, perHour: 60 });
  return book;
}

/** It leaks 14 MB an hour, and the daily cycle saves it each time before it is worse than swapping. */
export function cyclingLeak(seed = 5, days = 5): LogBook {
  const book = new LogBook(seed);
  const { random } = book;
  let from = 0;
  for (let life = 0; life < days; life++) {
    const slots = DAY + random.between(0, 2 * HOUR);
    const memory = (slot: number): number =>
      240 + 60 * (1 - Math.exp(-slot / (10 * MINUTE))) + (14 * slot) / HOUR + 3 * random.normal();
    live(book, { dyno: 'worker.1', life, from, slots, memory });
    from += slots;
    if (life < days - 1) restart(book, 'worker.1', from, 'cycling', 'bundle exec sidekiq');
  }
  return book;
}

/** It leaks so fast that it is killed at twice its quota, again and again. */
export function killed(seed = 6, lives = 6): LogBook {
  const book = new LogBook(seed);
  const { random } = book;
  let from = 0;
  for (let life = 0; life < lives; life++) {
    const slots = 40 * MINUTE + random.between(0, 6 * MINUTE);
    const memory = (slot: number): number => 150 + (21.5 * slot) / MINUTE + 5 * random.normal();
    live(book, { dyno: 'web.1', life, from, slots, memory });
    from += slots;
    errors(book, 'H12', 12, { from: from - 15 * MINUTE, to: from });
    restart(book, 'web.1', from, 'R15');
    errors(book, 'H10', 5, { from, to: from + 1 });
  }
  return book;
}

export interface OwnSpan {
  readonly dyno: string;
  readonly from: number;
  readonly slots: number;
  readonly zombies: (slot: number) => number;
  readonly render?: Render;
  /** The slot at which leakwatch says so. */
  readonly alertAt?: number;
}

/** What leakwatch in the dyno prints: the host, a group called unicorn, and an alert. */
export function ownLines(book: LogBook, { dyno, from, slots, zombies, render = renderL2met, alertAt }: OwnSpan): void {
  const identity = { source: dyno, dyno: 'local.9e5f3c1a' };
  const base = publication();
  for (let slot = 0; slot < slots; slot++) {
    const t = at(from + slot) + 7;
    const dead = zombies(slot);
    const values = { threads: 43, zombies: dead, processes: 4, fds: 88, rss: 300 * 2 ** 20, anon: 200 * 2 ** 20 };
    const bounds = { threads: { used: 43 + dead, limit: 256 } };
    const report = { t, groups: [groupReport('unicorn', values)], bounds, exhaustionSeconds: {}, events: [] };
    const events = slot === alertAt ? [{ ...zombieLeak(), t, value: dead }] : [];
    for (const line of render({ ...base, report, events }, identity)) book.add(t, `app ${dyno}`, line);
  }
}

/** As `exhaustion`, with leakwatch beside the app: a zombie comes every 100 seconds until there is no process left. */
export function zombies(seed = 7): LogBook {
  const book = new LogBook(seed);
  const { random } = book;
  const slots = 7 * HOUR;
  live(book, { dyno: 'web.1', life: 1, from: 0, slots, memory: () => 310 + 8 * random.normal() });
  ownLines(book, {
    dyno: 'web.1',
    from: 0,
    slots,
    zombies: (slot) => Math.min(213, Math.floor(slot / 5)),
    alertAt: 40,
  });
  for (let i = 0; i < 8; i++)
    book.add(at(slots) - 100 + i, 'app web.1', 'fork: retry: Resource temporarily unavailable');
  errors(book, 'H12', 30, { from: slots - 20, to: slots });
  return book;
}

export { DAY, HOUR, MINUTE };
