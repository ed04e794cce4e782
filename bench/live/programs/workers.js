/** Keeps four workers; each ends after a random time and is replaced. */
import { spawn } from 'node:child_process';

const WORKERS = 4;
const LEAST_SECONDS = 2;

function replace() {
  spawn('sleep', [String(LEAST_SECONDS + 2 * Math.random())], { stdio: 'ignore' }).on('exit', replace);
}

for (let i = 0; i < WORKERS; i++) replace();
