import { describe, expect, test } from 'vitest';
import { createState } from '../../src/step.ts';
import { eventsOf, type HostDraft, inShort } from '../support/readings.ts';
import { DAY, HOUR, MIB } from '../support/synthetic.ts';

const OPTIONS = { intervalSeconds: 20, falseAlarmsPerMonth: 1 };
const DAYS = 3 * DAY;

interface Course {
  /** MB an hour of each. */
  readonly files?: number;
  readonly anon?: number;
  readonly shmem?: number;
  readonly processes?: number;
  /** What is limited; `host`: only the host's memory. */
  readonly of?: string;
  /** When it ends, in slots. */
  readonly until?: number;
  readonly knows?: boolean;
}

/** Memory of a program that touches more and more pages of a mapped file, or other memory. */
function program({ files = 0, anon = 0, shmem = 0, processes = 1, of = '/web', until = DAYS, knows = true }: Course) {
  return (slot: number): HostDraft => {
    const grown = (perHour: number) => Math.floor((perHour * Math.min(slot, until)) / HOUR) * MIB;
    const parts = { anon: 50 * MIB + grown(anon), shmem: 5 * MIB + grown(shmem) };
    const rss = 80 * MIB + grown(files) + parts.anon + processes * parts.shmem;
    const bounds = { memory: { used: 100 * MIB, limit: 8192 * MIB, of } };
    return { groups: { db: { processes, rss, ...(knows && parts), bounds } }, bounds };
  };
}

const said = (course: Course) =>
  eventsOf(createState(OPTIONS), program(course), { to: DAYS })
    .filter(({ code }) => code !== 'W20')
    .map(inShort);

describe('pages of files that are read through a mapping', () => {
  test('are no leak, and it is said where a limit counts them', () => {
    expect(said({ files: 60 })).toEqual(['warn W41 db rss']);
  });

  test('are not worth a word where only the host is limited', () => {
    expect(said({ files: 60, of: 'host' })).toEqual([]);
  });

  test('are not told apart where only resident memory is known', () => {
    expect(said({ files: 60, knows: false })).toContain('alert W12 db rss');
  });
});

test('memory that the program must give back is a leak, and no growth of files', () => {
  expect(said({ anon: 60 })).toEqual(['warn W12 db anon', 'alert W12 db anon']);
  expect(said({ shmem: 60 })).toEqual(['warn W12 db shmem', 'alert W12 db shmem']);
});

test('a pool that each process touches in turn is neither', () => {
  // Resident memory grows in each of eight processes, while the pool stays as large as it is.
  const touching = (slot: number): HostDraft => {
    const touched = Math.min(640, Math.floor((60 * slot) / HOUR)) * MIB;
    const rss = 400 * MIB + touched;
    const bounds = { memory: { used: 100 * MIB, limit: 8192 * MIB, of: '/pg' } };
    return { groups: { pg: { processes: 9, rss, anon: 90 * MIB, shmem: 80 * MIB, bounds } }, bounds };
  };
  expect(eventsOf(createState(OPTIONS), touching, { to: DAYS }).map(inShort)).toEqual([]);
});

test('it is over when the growth has ended, or the group is gone', () => {
  const ended = eventsOf(createState(OPTIONS), program({ files: 60, until: DAY }), { to: 9 * DAY });
  expect(ended.map(inShort)).toEqual(['warn W41 db rss', 'resolved W41 db rss']);
  const gone = (slot: number): HostDraft =>
    slot < DAY ? program({ files: 60 })(slot) : { groups: { other: { threads: 1 } } };
  expect(eventsOf(createState(OPTIONS), gone, { to: DAY + HOUR }).map(inShort)).toEqual([
    'warn W41 db rss',
    'resolved W41 db rss',
  ]);
});
