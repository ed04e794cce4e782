/** Keeps four workers, each of which is replaced when it has done its share, at a time of its own. */
import { spawn } from 'node:child_process';

const WORKERS = 4;
const LEAST_SECONDS = 2;

function replace() {
  spawn('sleep', [String(LEAST_SECONDS + 2 * Math.random())], { stdio: 'ignore' }).on('exit', replace);
}

for (let i = 0; i < WORKERS; i++) replace();
