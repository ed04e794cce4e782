/** Opens files and never closes them. MOST = number of files that stay open, above which the oldest is closed. */
import { closeSync, openSync } from 'node:fs';

const FILES_A_SECOND = 5;
const [most = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number).filter(Boolean);
/** @type {number[]} */
const open = [];

setInterval(() => {
  open.push(openSync('/dev/null', 'r'));
  if (open.length > most) closeSync(open.shift() ?? -1);
}, 1000 / FILES_A_SECOND);
