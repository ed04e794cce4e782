/** What is watched, in one line: `app shop · source web.1 · host 5f2c · release v43`. A name is said once. */
import type { Identity } from '../../model/identity.ts';

export function describeTarget({ app, source, host, release }: Identity): string {
  return [
    ...(app === host ? [] : [`app ${app}`]),
    ...(source === host ? [] : [`source ${source}`]),
    `host ${host}`,
    ...(release === undefined ? [] : [`release ${release}`]),
  ].join(' · ');
}
