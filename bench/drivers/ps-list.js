/** ps-list for all processes, then pidusage of each: as many times as each line of standard input says. */
import { createInterface } from 'node:readline';
import pidusage from 'pidusage';
import psList from 'ps-list';

for await (const line of createInterface({ input: process.stdin })) {
  let count = 0;
  for (let pass = 0; pass < Number(line); pass++) count = await look();
  console.log(count);
}

async function look() {
  const processes = await psList();
  try {
    return Object.keys(await pidusage(processes.map(({ pid }) => pid))).length;
  } catch {
    // The `ps` that ps-list ran is in its own list and gone by now: pidusage then answers for nobody else either.
    const living = processes.filter(({ name }) => name !== 'ps');
    return Object.keys(await pidusage(living.map(({ pid }) => pid))).length;
  }
}
