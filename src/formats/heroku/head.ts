/**
 * The head of a line as log services save, show and copy it: a time in any form, often the name of the app, then
 * `heroku` or `app` and the name of the process. It is recognised by what stands in it, because each service has a
 * layout of its own. Text in; parts out, or undefined. The header of a plain line is read by header.ts.
 */
import { epochOf, type FoundTime, findTime } from './when.ts';

/** In UTF-16 units, from the beginning of a line. Chosen: ten columns before the name, of the length of ids. */
const MOST_HEAD = 500;

/** `web.1`, `run.4711`; on Fir `web-12a34b56d-e78f9`; the platform's own. */
const PROCESS =
  '[A-Za-z][\\w-]{0,60}\\.\\d{1,9}|[a-z][a-z0-9-]{0,60}-[0-9a-f]{6,12}-[0-9a-z]{5}|router|api|logplex|scheduler|(?:heroku-)?(?:postgres|redis)';
/** In brackets or after a slash the name may be any; after other separators only one that is no ordinary word. */
const NAMES = `(?<name>heroku|app)(?:\\[(?<inside>[\\w.-]{1,100})\\]|/(?<after>[\\w.-]{1,100})|[\\s,;|:."'\\[\\]()-]{1,10}(?<process>${PROCESS}))`;
const HEAD = new RegExp(`(?:^|[\\s,;|"'>\\[\\]():=])${NAMES}(?=$|[\\s:,;|"'\\])])`);
const WHOLE = new RegExp(`^${NAMES}:?$`);
const PROCESS_ONLY = new RegExp(`^(?:${PROCESS})$`);

/** What may stand between the name of the process and the message: a colon, the dashes of syslog. */
const GAP = /["')\]]?:?\s*(?:[|,;]\s*)?(?:-\s+){0,2}(?:(?:message|msg)="?)?/y;
/** `<45>1 `, with or without an octet count */
const PRIORITY = /^(?:\d{1,5} )?<\d{1,3}>\d?\s*/;
/** The name of an app, or the token of a drain. */
const HOST = /^[\w.-]{1,100}$/;
/** Words that services write in the same place. */
const NO_HOST = /^(?:host|trace|debug|info|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|alert|emerg|fatal|unknown)$/i;

export interface Source {
  readonly name: 'heroku' | 'app';
  readonly process: string;
}

export interface Head extends Source {
  /** Absent if the line has none. */
  readonly time?: FoundTime;
  /** Seconds since 1970, where the time is a number. */
  readonly epoch?: number;
  /** The app or the drain; empty if the line does not say. */
  readonly host: string;
  readonly message: string;
}

/** @param line without colours */
export function readHead(line: string): Head | undefined {
  const match = HEAD.exec(line.slice(0, MOST_HEAD));
  if (!match) return undefined;
  const source = sourceIn(match)!;
  const nameAt = match.index + match[0].indexOf(source.name);
  const before = line.slice(0, nameAt).replace(PRIORITY, '');
  const time = findTime(before);
  const [word = ''] = /^\s*[^\s,;|]*/.exec(before) ?? [];
  const epoch = time ? undefined : epochOf(word);
  const end = time?.to ?? (epoch === undefined ? before.length : word.length);
  // Without a time, only the beginning of a line is its head, and only if it can be nothing else.
  if (!time && epoch === undefined && (/\w/.test(before) || match.groups?.process !== undefined)) return undefined;
  GAP.lastIndex = match.index + match[0].length;
  GAP.exec(line);
  const message = line.slice(GAP.lastIndex);
  return message === ''
    ? undefined
    : {
        ...source,
        ...(time && { time }),
        ...(epoch !== undefined && { epoch }),
        host: hostIn(before.slice(end)),
        message,
      };
}

/** @param between the time and the name */
function hostIn(between: string): string {
  const word = between.trim();
  return HOST.test(word) && !NO_HOST.test(word) ? word : '';
}

/** @returns the source if the text is nothing else: `heroku/web.1`, `app[worker.2]` */
export function readSource(text: string): Source | undefined {
  return sourceIn(WHOLE.exec(text));
}

/** Is it a name that only a process of Heroku's has? */
export function isProcess(text: string): boolean {
  return PROCESS_ONLY.test(text);
}

function sourceIn(match: RegExpExecArray | null): Source | undefined {
  const { name, inside, after, process } = match?.groups ?? {};
  if (name !== 'heroku' && name !== 'app') return undefined;
  return { name, process: inside ?? after ?? process ?? '' };
}
