/** What our lines, pushes and recordings say they come from. `sources/identity.ts` finds it out. */

export interface Identity {
  /** `web.1` */
  readonly source: string;
  /** `heroku.<app>.<dyno>` */
  readonly dyno: string;
}
