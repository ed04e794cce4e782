/**
 * Finds out who we are: the source and the dyno id that log lines carry, the app and its release. On a dyno these are
 * the names that Heroku gives. Elsewhere they are the host's name and the kernel's boot id, which changes with each boot
 * as a dyno's id changes with each run. What an option says counts for more than what the environment says.
 * Source: devcenter.heroku.com/articles/dyno-metadata; random(4), boot_id.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hostText } from '../formats/l2met.ts';
import { type Identity, isDynoName, type Origin } from '../model/identity.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Of a commit: as many digits as `git log --oneline` and Heroku's own descriptions (`Deploy 2c3a0b2`) show. */
const COMMIT_LENGTH = 7;

export interface IdentityOptions {
  readonly source?: string | undefined;
  readonly app?: string | undefined;
  readonly release?: string | undefined;
}

/** Do we run on a dyno of Heroku, or on a host whose environment says so? */
export function isDyno(env: Environment): boolean {
  return Boolean(env.DYNO || env.HEROKU_DYNO_ID || dynoMetadata().dynoId);
}

/** @returns texts that a log line and a label can hold, see `hostText` */
export function identify(options: IdentityOptions & { readonly env: Environment }): Identity {
  const { env } = options;
  const metadata = dynoMetadata();
  const host = hostText(hostname());
  const appId = env.HEROKU_APP_ID || metadata.appId;
  const dyno = env.HEROKU_DYNO_ID || metadata.dynoId;
  const release = options.release || releaseOf(env, metadata);
  return {
    source: hostText(options.source || env.DYNO || metadata.name || host),
    dyno: appId && dyno ? `heroku.${hostText(appId)}.${hostText(dyno)}` : `local.${hostText(dyno || bootId() || host)}`,
    host,
    app: hostText(options.app || env.HEROKU_APP_NAME || metadata.appName || appId || host),
    ...(release && { release: hostText(release) }),
  };
}

/** The number of the release, else the commit that it was built from. */
function releaseOf(env: Environment, { releaseId, commit }: Metadata): string | undefined {
  const number = env.HEROKU_RELEASE_VERSION || (releaseId === undefined ? undefined : `v${releaseId}`);
  return number || (env.HEROKU_BUILD_COMMIT || env.HEROKU_SLUG_COMMIT || commit)?.slice(0, COMMIT_LENGTH);
}

/**
 * Gives an identity the form that tools for Heroku expect when we are not on a dyno: a process type with a number
 * (`web.1`), app id 0, and a UUID that differs for each life of the host or container.
 */
export function identifyAsDyno<Named extends Origin>(identity: Named): Named {
  const { source, dyno } = identity;
  return {
    ...identity,
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

interface Metadata {
  readonly name?: string;
  readonly dynoId?: string;
  readonly appId?: string;
  /** May be ''. */
  readonly appName?: string;
  readonly commit?: string;
  readonly releaseId?: number;
}

/** Reads /etc/heroku/dyno, a JSON file that the platform writes. */
function dynoMetadata(): Metadata {
  try {
    return readMetadata(readFileSync('/etc/heroku/dyno', 'utf8'));
  } catch {
    return {};
  }
}

/** @throws {SyntaxError} if it is no JSON */
export function readMetadata(json: string): Metadata {
  const { dyno, app, release } = JSON.parse(json) ?? {};
  const texts = { name: dyno?.name, dynoId: dyno?.id, appId: app?.id, appName: app?.name, commit: release?.commit };
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => typeof value === 'string')),
    ...(Number.isSafeInteger(release?.id) && { releaseId: release.id }),
  };
}

function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
