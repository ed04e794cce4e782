/** The last lines: what leakwatch itself costs, and what it could not see. */
import { formatDuration, formatInterval } from '../../text/duration.ts';
import { formatBytes, formatCount, plural } from '../../text/quantity.ts';
import { byId, setText } from './elements.ts';
import type { PageReport } from './report.ts';

export function drawFooter({ version, self }: PageReport): void {
  const { samplesTotal, presentIntervalSeconds, residentBytes, cpuSecondsTotal } = self;
  const own = [
    `leakwatch ${version}`,
    plural(samplesTotal, 'sample'),
    `one every ${formatInterval(presentIntervalSeconds)}`,
  ];
  if (residentBytes !== undefined) own.push(`${formatBytes(residentBytes)} of memory`);
  if (cpuSecondsTotal !== undefined) own.push(`${formatDuration(cpuSecondsTotal)} of processor time so far`);
  setText(byId('own'), own.join(' · '));

  const losses: string[] = [];
  if (self.lateTotal > 0) losses.push(`${plural(self.lateTotal, 'sample')} late or skipped`);
  if (self.failedTotal > 0) losses.push(`${plural(self.failedTotal, 'sample')} failed`);
  for (const [what, number] of Object.entries(self.unreadable)) {
    if (number > 0) losses.push(`${what.replace(':', ' ')} × ${formatCount(number)}`);
  }
  for (const [what, number] of Object.entries(self.droppedTotal)) {
    if (number > 0) losses.push(`${what.replaceAll('_', ' ')} dropped × ${formatCount(number)}`);
  }
  setText(byId('losses'), losses.length > 0 ? `Not seen or let go: ${losses.join(', ')}` : '');
}
