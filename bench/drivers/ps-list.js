/** Lists all processes with ps-list, then asks pidusage for each. A line of standard input says how many times. */
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
    // ps-list also lists the `ps` that it ran, which has ended by now, and pidusage fails if one process is gone.
    const living = processes.filter(({ name }) => name !== 'ps');
    return Object.keys(await pidusage(living.map(({ pid }) => pid))).length;
  }
}
