/** The origin that log lines, pushes and recordings name. `sources/identity.ts` finds it out. */

export interface Identity {
  /** `web.1`; elsewhere the host's name */
  readonly source: string;
  /** `heroku.<app>.<dyno>`; elsewhere `local.<boot id>` */
  readonly dyno: string;
}
