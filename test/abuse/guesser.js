/**
 * Clients that guess passwords, as a process of their own: `node guesser.js ADDRESS COUNT`. Each guesses as fast as it
 * gets answers, for the user alice and for others, until the process is killed. Prints `guessing` at the first answer.
 */
import { Agent, get } from 'node:http';

const [, , address, count] = process.argv;

/** @param {number} client @param {number} at @param {Agent} agent */
function guess(client, at, agent) {
  const name = at % 4 === 3 ? `user${at}` : 'alice';
  const authorization = `Basic ${Buffer.from(`${name}:guess ${client}.${at}`).toString('base64')}`;
  const again = () => setImmediate(guess, client, at + 1, agent);
  get(`${address}/metrics`, { agent, headers: { authorization } }, (response) => {
    if (client + at === 0) console.log('guessing');
    response.resume().once('end', again);
  }).once('error', again);
}

for (let client = 0; client < Number(count); client++) guess(client, 0, new Agent({ keepAlive: true, maxSockets: 1 }));
