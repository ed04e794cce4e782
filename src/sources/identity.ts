/**
 * What a log line says it comes from. On a dyno: the names that Heroku gives; elsewhere the host's name, and an id that
 * changes with each boot, as a dyno's does with each run. Sources: devcenter dyno metadata; random(4) boot_id.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hostText } from '../formats/l2met.ts';
import type { Identity } from '../model/identity.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Are we on a dyno of the platform, or on something that says so? */
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
 * The same in the form that clients of the platform read, where we are not on it: a type of process and a number, a
 * number for the app, and a UUID that is another one for each life of the host or container.
 */
export function identifyAsDyno({ source, dyno }: Identity): Identity {
  return {
    source: /^\w[\w-]*\.\d+$/.test(source) ? source : `${source.replace(/\W/g, '_')}.1`,
    dyno: dyno.startsWith('heroku.') ? dyno : `heroku.0.${uuidOfThisLife()}`,
  };
}

/** Containers of one host have its boot id: what tells them apart is when their first process was started. */
function uuidOfThisLife(): string {
  // Only who asks for this form has a use for it in memory.
  const { createHash, randomUUID } = process.getBuiltinModule('node:crypto');
  const boot = bootId();
  if (boot === undefined) return randomUUID();
  const digest = createHash('sha256').update(`${boot} ${hostname()} ${firstStart()}`).digest('hex');
  // Version 8: made of whatever its maker likes, RFC 9562 5.8.
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

/** Start of pid 1 in clock ticks: field 22, proc_pid_stat(5). */
function firstStart(): string {
  try {
    const stat = readFileSync('/proc/1/stat', 'latin1');
    return stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? '';
  } catch {
    return '';
  }
}

/** /etc/heroku/dyno, where the platform puts it. */
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
