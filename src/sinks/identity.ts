/**
 * What a log line says it comes from. On a dyno: the names that Heroku gives; elsewhere the host's name, and an id that
 * changes with each boot, as a dyno's does with each run. Sources: devcenter dyno metadata; random(4) boot_id.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hostText } from '../formats/l2met.ts';

export interface Identity {
  /** `web.1` */
  readonly source: string;
  /** `heroku.<app>.<dyno>` */
  readonly dyno: string;
}

export function identify(options: {
  readonly source: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Identity {
  const { env } = options;
  const metadata = dynoMetadata();
  const source = hostText(options.source || env.DYNO || metadata.name || hostname());
  const app = env.HEROKU_APP_ID || metadata.appId;
  const dyno = env.HEROKU_DYNO_ID || metadata.dynoId;
  if (app && dyno) return { source, dyno: `heroku.${hostText(app)}.${hostText(dyno)}` };
  return { source, dyno: `local.${hostText(dyno || bootId() || hostname())}` };
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
