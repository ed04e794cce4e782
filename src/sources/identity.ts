/**
 * Finds the source and the dyno id that log lines carry. On a dyno these are the names that Heroku gives. Elsewhere
 * they are the host's name and the kernel's boot id, which changes with each boot as a dyno's id changes with each run.
 * Source: devcenter.heroku.com/articles/dyno-metadata; random(4), boot_id.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hostText } from '../formats/l2met.ts';
import { type Identity, isDynoName } from '../model/identity.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Do we run on a dyno of Heroku, or on a host whose environment says so? */
export function isDyno(env: Environment): boolean {
  return Boolean(env.DYNO || env.HEROKU_DYNO_ID || dynoMetadata().dynoId);
}

export function identify(options: { readonly source: string | undefined; readonly env: Environment }): Identity {
  const { env } = options;
  const metadata = dynoMetadata();
  const source = hostText(options.source || env.DYNO || metadata.name || hostname());
  const app = env.HEROKU_APP_ID || metadata.appId;
  const dyno = env.HEROKU_DYNO_ID || metadata.dynoId;
  if (app && dyno) return { source, dyno: `heroku.${hostText(app)}.${hostText(dyno)}` };
  return { source, dyno: `local.${hostText(dyno || bootId() || hostname())}` };
}

/**
 * Gives an identity the form that tools for Heroku expect when we are not on a dyno: a process type with a number
 * (`web.1`), app id 0, and a UUID that differs for each life of the host or container.
 */
export function identifyAsDyno({ source, dyno }: Identity): Identity {
  return {
    source: isDynoName(source) ? source : `${source.replace(/\W/g, '_')}.1`,
    dyno: dyno.startsWith('heroku.') ? dyno : `heroku.0.${uuidOfThisLife()}`,
  };
}

/** Containers of one host share its boot id, so the start time of their pid 1 tells them apart. */
function uuidOfThisLife(): string {
  // Not imported at the top: only this option needs node:crypto in memory.
  const { createHash, randomUUID } = process.getBuiltinModule('node:crypto');
  const boot = bootId();
  if (boot === undefined) return randomUUID();
  const digest = createHash('sha256').update(`${boot} ${hostname()} ${firstStart()}`).digest('hex');
  // UUID version 8 leaves its content to the application, RFC 9562 section 5.8.
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

/** Start time of pid 1 in clock ticks since boot: field 22 of /proc/1/stat, proc_pid_stat(5). */
function firstStart(): string {
  try {
    const stat = readFileSync('/proc/1/stat', 'latin1');
    return stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? '';
  } catch {
    return '';
  }
}

/** Reads /etc/heroku/dyno, a JSON file that the platform writes. */
function dynoMetadata(): { name?: string; dynoId?: string; appId?: string } {
  try {
    const { dyno, app } = JSON.parse(readFileSync('/etc/heroku/dyno', 'utf8'));
    return Object.fromEntries(
      Object.entries({ name: dyno?.name, dynoId: dyno?.id, appId: app?.id }).filter(([, v]) => typeof v === 'string'),
    );
  } catch {
    return {};
  }
}

function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
