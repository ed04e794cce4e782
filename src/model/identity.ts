/** The origin that log lines, pushes and recordings name. `sources/identity.ts` finds it out. */

export interface Identity {
  /** `web.1`; elsewhere the host's name */
  readonly source: string;
  /** `heroku.<app>.<dyno>`; elsewhere `local.<boot id>` */
  readonly dyno: string;
}

/**
 * Does this source have the name of a dyno: a process type with a number?
 * @example isDynoName('web.1') // => true
 * @example isDynoName('db.example.com') // => false
 */
export function isDynoName(source: string): boolean {
  return /^\w[\w-]*\.\d+$/.test(source);
}
