/** Opens files. MOST = how many it keeps, the oldest is closed; none: it forgets to close them. */
import { closeSync, openSync } from 'node:fs';

const FILES_A_SECOND = 5;
const [most = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number).filter(Boolean);
/** @type {number[]} */
const open = [];

setInterval(() => {
  open.push(openSync('/dev/null', 'r'));
  if (open.length > most) closeSync(open.shift() ?? -1);
}, 1000 / FILES_A_SECOND);
