/** Who a test says that it is. */
import type { Identity } from '../../src/model/identity.ts';

export const IDENTITY: Identity = {
  source: 'web.1',
  dyno: 'heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456',
  host: 'd97d0ea7-cf3d',
  app: 'shop',
  release: 'v43',
};
