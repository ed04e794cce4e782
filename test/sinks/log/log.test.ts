/** What the log says after lines were lost: how many, and once more all that stands. */
import { expect, test } from 'vitest';
import { decodeLine } from '../../../src/formats/l2met.ts';
import type { LineOutput } from '../../../src/sinks/log/line-output.ts';
import { Log } from '../../../src/sinks/log/log.ts';
import { publication } from '../../support/publication.ts';

const IDENTITY = { source: 'web.1', dyno: 'heroku.1' };

/** An output that refuses lines as it is told to. */
class Output implements LineOutput {
  lines: string[] = [];
  dropped = 0;
  untold = 0;
  isIdle = true;
  takes: 'all' | 'what must not be lost' | 'nothing' = 'all';

  write(lines: readonly string[], importance?: 'must not be lost', tells = 0): void {
    const isTaken = this.takes === 'all' || (this.takes === 'what must not be lost' && importance !== undefined);
    if (isTaken) this.lines.push(...lines);
    else this.dropped += lines.length;
    this.untold += isTaken ? -tells : lines.length;
  }

  async close(): Promise<void> {}
}

function logTo(output: Output, format: 'l2met' | 'json' = 'l2met') {
  const log = new Log(output, { identity: IDENTITY, format });
  const withEvents = publication();
  const without = { ...withEvents, events: [] };
  return (takes: Output['takes'], { isIdle = true, events = false } = {}): string[] => {
    Object.assign(output, { takes, isIdle, lines: [] });
    log.publish(events ? withEvents : without);
    return output.lines;
  };
}

const fieldOf = (line: string, name: string): string | undefined => decodeLine(line).get(name);

test('an alert is taken where samples are not', () => {
  const publish = logTo(new Output());
  const lines = publish('what must not be lost', { isIdle: false, events: true });
  expect(lines.map((line) => fieldOf(line, 'code'))).toEqual(['W11']);
});

test('the next line that is taken says how many were lost before it, once', () => {
  const output = new Output();
  const publish = logTo(output);
  publish('nothing', { events: true });
  const lost = output.dropped;
  expect(lost).toBeGreaterThan(3);
  const [first, ...others] = publish('all', { isIdle: false });
  expect(fieldOf(first!, 'count#lost_lines')).toBe(`${lost}`);
  expect(fieldOf(first!, 'sample#threads')).toBeDefined();
  expect([...others, ...publish('all')].filter((line) => line.includes('lost_lines'))).toEqual([]);
});

test('an alert is that line where it is the first that is taken', () => {
  const output = new Output();
  const publish = logTo(output);
  publish('nothing');
  const before = output.dropped;
  const [alert] = publish('what must not be lost', { isIdle: false, events: true });
  expect(Number(fieldOf(alert!, 'count#lost_lines'))).toBeGreaterThan(before);
});

test('when the reader is back, all that stands is said again, and counts as no new alert', () => {
  const publish = logTo(new Output());
  publish('nothing', { events: true });
  expect(publish('all', { isIdle: false }).filter((line) => line.includes(' code='))).toEqual([]);
  const again = publish('all').filter((line) => line.includes(' code='));
  expect(again.map((line) => [fieldOf(line, 'code'), fieldOf(line, 'again')])).toEqual([
    ['W11', '1'],
    ['W10', '1'],
  ]);
  expect(again.join('\n')).not.toContain('count#leak_alerts');
  expect(publish('all').filter((line) => line.includes(' code='))).toEqual([]);
});

test('in JSON as well', () => {
  const output = new Output();
  const publish = logTo(output, 'json');
  publish('nothing', { events: true });
  const lost = output.dropped;
  const lines = [...publish('all'), ...publish('all')].map((line) => JSON.parse(line));
  expect(lines[0].lostLines).toBe(lost);
  expect(lines.filter(({ again }) => again).map(({ code }) => code)).toEqual(['W11', 'W10']);
});

test('what stands is not said again to an output that takes a line and loses it', () => {
  const output = new Output();
  const publish = logTo(output);
  publish('nothing', { events: true });
  for (let sample = 0; sample < 5; sample++) {
    const lines = publish('all');
    expect(lines.filter((line) => fieldOf(line, 'again'))).toEqual([]);
    expect(fieldOf(lines[0]!, 'count#lost_lines')).toBe(`${output.dropped}`);
    output.dropped += lines.length;
    output.untold = output.dropped;
  }
  publish('all');
  expect(publish('all').filter((line) => fieldOf(line, 'again'))).toHaveLength(2);
});
