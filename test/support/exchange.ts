/** What a server answers to bytes, whether or not they are requests. */
import { once } from 'node:events';
import { connect } from 'node:net';

/** @returns all that comes back until the server closes */
export async function exchange(address: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1').setEncoding('latin1');
  let text = '';
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      text += chunk;
    });
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return text;
}
