/**
 * The platform's own messages about a dyno, its router and its log: `Error R14 (...)`, `Process running mem=...`,
 * changes of state, exits, `at=error code=H12 ...`, releases, lost lines. Text in; an event out, or undefined if it is
 * none of these. Source: devcenter.heroku.com/articles/error-codes, /http-routing, /dynos. The forms of 2012 are read
 * as well.
 */
import { clip, type LogEvent } from './events.ts';

const BYTES_PER_MB = 2 ** 20;
/**
 * Memory of the dyno types in MB (devcenter dyno-types; 14 GB is 15032385536 bytes in the cgroup of a -L). Those of Fir
 * are not among them: it restarts a dyno at its quota, and does not complain.
 */
const QUOTAS = [512, 1024, 2560, 14_336, 30_720, 63_488, 129_024];

/** A percentage with one decimal is right to this much, and whole megabytes, cut off or rounded, to one. */
const PERCENT_ERROR = 0.05;
const MEGABYTES_ERROR = 1;

const ERROR = /\bError ([A-Z]\d\d) \(([^)]{1,100})\)/;
const MEMORY = /^Process running mem=(\d+(?:\.\d+)?)M?B?\((\d+(?:\.\d+)?)%\)/;
const STATE = /^State changed from (\w+) to (\w+)/;
const EXIT = /^Process exited with status (\d+)/;
const WORKERS = /(?:^|\s)(?:-w|--workers|WEB_CONCURRENCY)[ =](\d{1,3})\b/;
const LOST = /Error L1[0-3] \([^)]{1,100}\).{0,200}?\b(\d{1,9}) messages? (?:dropped|lost)|dropped (\d{1,9}) messages?/;

const STOPS: readonly (readonly [begins: string, how: 'cycling' | 'restarting' | 'idling' | 'killed'])[] = [
  ['Cycling', 'cycling'],
  ['Restarting', 'restarting'],
  ['Idling', 'idling'],
  ['Stopping process with SIGKILL', 'killed'],
  ['Stopping remaining processes with SIGKILL', 'killed'],
];

/** @param message of a line `heroku[web.1]: MESSAGE` that is not a sample */
export function readDynoMessage(message: string): LogEvent | undefined {
  const [, code, desc] = ERROR.exec(message) ?? [];
  if (code !== undefined) return { kind: 'error', code, desc: clip(desc ?? '') };
  const [, mem, percent] = MEMORY.exec(message) ?? [];
  if (mem !== undefined) return complaint(Number(mem), Number(percent));
  const [, from, to] = STATE.exec(message) ?? [];
  if (from !== undefined && to !== undefined) return { kind: 'state', from: clip(from), to: clip(to) };
  const [, status] = EXIT.exec(message) ?? [];
  if (status !== undefined) return { kind: 'exit', status: Number(status) };
  if (message.startsWith('Starting process')) {
    const [, workers] = WORKERS.exec(message) ?? [];
    return { kind: 'start', ...(workers !== undefined && Number(workers) > 0 && { workers: Number(workers) }) };
  }
  const stop = STOPS.find(([begins]) => message.startsWith(begins));
  return stop && { kind: 'stop', how: stop[1] };
}

/**
 * The platform's complaint about memory holds numbers: it is a sample as well. The megabytes include the disk cache and
 * the percentage does not, so that their quotient is the quota or more.
 */
function complaint(megabytes: number, percent: number): LogEvent | undefined {
  if (!(megabytes > 0 && percent > PERCENT_ERROR)) return undefined;
  const atMost = ((megabytes + MEGABYTES_ERROR) * 100) / (percent - PERCENT_ERROR);
  const known = QUOTAS.findLast((size) => size <= atMost);
  const quotaBytes = (known ?? Math.round((megabytes * 100) / percent)) * BYTES_PER_MB;
  return { kind: 'sample', by: 'complaint', values: { memory: megabytes * BYTES_PER_MB }, quotaBytes };
}

export interface RouterError {
  readonly event: LogEvent;
  /** `web.1`; empty if the request reached no dyno. */
  readonly dyno: string;
}

/** @param message of a line of the router; only errors with a code are events */
export function readRouterMessage(message: string): RouterError | undefined {
  const [, code, desc] = /\bcode=([A-Z]\d\d)\b(?:.*?\bdesc="([^"]{0,100}))?/.exec(message) ?? ERROR.exec(message) ?? [];
  if (code === undefined) return undefined;
  const [, dyno = ''] = /\sdyno=([\w.-]{0,100})/.exec(message) ?? [];
  return { event: { kind: 'error', code, desc: clip(desc ?? '') }, dyno };
}

/** `app[api]: Release v42 created by user ...`; without the name of the user */
export function readApiMessage(message: string): LogEvent | undefined {
  const [text] =
    /^(?:Release v\d+ created|Deploy [0-9a-f]{6,40}|Scaled to [\w@:. -]{1,100}?(?= by )|Rollback to v\d+)/.exec(
      message,
    ) ?? [];
  return text === undefined ? undefined : { kind: 'release', text: clip(text) };
}

/** `heroku[logplex]: Error L10 (output buffer overflow): 500 messages dropped since ...` */
export function readLogplexMessage(message: string): LogEvent | undefined {
  const [, before, after] = LOST.exec(message) ?? [];
  const lines = Number(before ?? after);
  return lines > 0 ? { kind: 'lost', lines } : undefined;
}
