/** The origin that log lines, pushes, recordings, the page and the report name. `sources/identity.ts` finds it out. */

/** What log lines say of it. */
export interface Origin {
  /** `web.1`; elsewhere the host's name. Pushes call it `instance`. */
  readonly source: string;
  /** `heroku.<app>.<dyno>`; elsewhere `local.<boot id>` */
  readonly dyno: string;
  /** What was deployed: `v43`, a commit, a tag of an image; absent where nobody says it. */
  readonly release?: string;
}

export interface Identity extends Origin {
  /** The name of the host or container. */
  readonly host: string;
  /** What tells one app's `web.1` from another's; the host's name where nobody says it. */
  readonly app: string;
}

/**
 * Does this source have the name of a dyno: a process type with a number?
 * @example isDynoName('web.1') // => true
 * @example isDynoName('db.example.com') // => false
 */
export function isDynoName(source: string): boolean {
  return /^\w[\w-]*\.\d+$/.test(source);
}
