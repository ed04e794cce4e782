/** A Redis server and a client that sets keys which never come again. BYTES = maxmemory, with allkeys-lru; without it
 * there is no bound. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEYS_A_SECOND = 20;
const VALUE = 'x'.repeat(64 * 1024);
const most = Number(process.argv[2]);
const bound = most > 0 ? ['--maxmemory', String(most), '--maxmemory-policy', 'allkeys-lru'] : [];
const path = join(tmpdir(), `redis-${process.pid}.sock`);

const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', '', ...bound], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
server.on('exit', () => process.exit(1));
server.stdout.on('data', (text) => {
  if (String(text).includes('accept connections')) work();
});

let keys = 0;
let isWorking = false;
function work() {
  if (isWorking) return;
  isWorking = true;
  const client = connect(path).resume();
  setInterval(() => {
    const key = `key:${keys++}`;
    client.write(`*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${VALUE.length}\r\n${VALUE}\r\n`);
  }, 1000 / KEYS_A_SECOND);
}
