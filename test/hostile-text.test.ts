/**
 * Whatever processes, cgroups and logs call themselves: nothing that a terminal, a browser or a reader's eye would obey
 * gets out of any output. Each output is given names that have every kind of it.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeLine } from '../src/formats/l2met.ts';
import { encodeHeader, encodeReadings } from '../src/formats/recording.ts';
import { encodeState } from '../src/formats/state.ts';
import { describeNews, reportAsJson } from '../src/logs-report/json.ts';
import { renderPage } from '../src/logs-report/page.ts';
import { renderReport } from '../src/logs-report/table.ts';
import { groupName } from '../src/model/program.ts';
import { renderJson, renderL2met } from '../src/sinks/log/log-lines.ts';
import { PrometheusSink } from '../src/sinks/prometheus/prometheus.ts';
import { Alertmanager } from '../src/sinks/push/alertmanager.ts';
import { renderEventLine } from '../src/terminal/event-line.ts';
import { limitOwner } from '../src/text/limit-owner.ts';
import { escapeControls, escapeJson, printable, quote } from '../src/text/printable.ts';
import type { Publication } from '../src/verdict/publication.ts';
import { reportJson } from '../src/web/report-json.ts';
import { readLog } from './logs/reading.ts';
import { daemonLog } from './support/daemon-log.ts';
import { LogBook } from './support/heroku-logs.ts';
import { IDENTITY } from './support/identity.ts';
import { named, publication, threadSuspicion, zombieLeak } from './support/publication.ts';
import { seen } from './support/seen.ts';

/** Written out, and not as the program has it: blocks and characters by their numbers. */
const KINDS: Readonly<Record<string, readonly [from: number, to: number]>> = {
  'C0 controls': [0x00, 0x1f],
  'delete and C1 controls': [0x7f, 0x9f],
  'a soft hyphen': [0xad, 0xad],
  'a combining grapheme joiner': [0x34f, 0x34f],
  'an Arabic letter mark': [0x61c, 0x61c],
  'Hangul fillers': [0x115f, 0x1160],
  'vowels of Khmer that are not seen': [0x17b4, 0x17b5],
  'separators of Mongolian': [0x180b, 0x180f],
  'no width, and marks of direction': [0x200b, 0x200f],
  'line ends, and overrides of direction': [0x2028, 0x202e],
  'joiners, isolates and the like': [0x2060, 0x206f],
  'another Hangul filler': [0x3164, 0x3164],
  'halves of pairs': [0xd800, 0xdfff],
  'private use': [0xe000, 0xf8ff],
  'a byte order mark': [0xfeff, 0xfeff],
  'a halfwidth filler': [0xffa0, 0xffa0],
  'annotations and no characters': [0xfff0, 0xfffb],
  'tags, and more selectors': [0xe0000, 0xe0fff],
  'private use beyond': [0xf0000, 0xf00ff],
};

const HARMFUL = Object.values(KINDS).flatMap(([from, to]) =>
  Array.from({ length: Math.min(to - from + 1, 0x400) }, (_, at) => String.fromCodePoint(from + at)),
);
const isHarmful = (text: string): string | undefined => {
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (Object.values(KINDS).some(([from, to]) => code >= from && code <= to)) return `U+${code.toString(16)}`;
  }
  return undefined;
};

/** What stays as it is, in words and in JSON. */
const READABLE = ['naïve', 'Ελλάδα', 'Привет', '日本語', 'العربية', 'हिन्दी', '🙂', '❤️', '👍🏽', 'a b', '<&>"\'\\'];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...HARMFUL), fc.constantFrom('a', 'web', '日', '🙂', '"', '\\', '<')), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

test.each(Object.entries(KINDS))('%s become escapes', (_, [from, to]) => {
  for (let code = from; code <= Math.min(to, from + 0x3ff); code++) {
    const character = String.fromCodePoint(code);
    const name = `a${character}b`;
    for (const shown of [escapeControls(name), printable(name), quote(name)]) {
      expect(shown).toContain(`a\\u{${code.toString(16)}}b`);
    }
    const json = escapeJson(JSON.stringify({ name }));
    expect(isHarmful(json)).toBeUndefined();
    expect(JSON.parse(json)).toEqual({ name });
  }
});

test.each(READABLE)('%s stays', (text) => {
  expect(escapeControls(text)).toBe(text);
  expect(escapeJson(JSON.stringify(text))).toBe(JSON.stringify(text));
});

test('JSON on several lines keeps its lines', () => {
  const json = JSON.stringify({ a: ['b'] }, undefined, 2);
  expect(escapeJson(json)).toBe(json);
});

/** All that is not a number and that a process, a container or a user of the host can choose. */
function publicationOf(name: string): Publication {
  const plain = publication();
  const group = groupName(name);
  const leak = zombieLeak();
  const suspicion = threadSuspicion();
  const events = [
    named({
      ...leak,
      group,
      culprit: {
        pid: 1,
        comm: name,
        children: 38,
        parent: { pid: 2, comm: name },
        zombies: { oldestSeconds: 60, names: [{ name, count: 3 }] },
      },
    }),
    named({
      ...suspicion,
      group,
      culprit: {
        pid: 1,
        comm: name,
        value: 21,
        growth: 8,
        ...seen({
          t: 0,
          at: 'threads',
          kinds: [{ name, amount: 14, newer: 8, states: [{ name, count: 14 }] }],
          remarks: [name],
          incomplete: name,
        }),
      },
    }),
    named({
      ...suspicion,
      code: 'W20',
      desc: 'thread_limit',
      group,
      bound: { used: 200, limit: 256, of: `/${name}` },
    } as never),
  ];
  return {
    ...plain,
    report: {
      ...plain.report,
      groups: plain.report.groups.map((one) => ({ ...one, name: group })),
      bounds: { threads: { used: 97, limit: 256, of: `/${name}` }, fds: { used: 1, limit: 2, of: name } },
    },
    events,
    standing: events,
  };
}

/** Each as it is written; those in words on one line. */
const OUTPUTS: Readonly<Record<string, (name: string) => Promise<readonly string[]> | readonly string[]>> = {
  'lines of l2met': (name) => renderL2met(publicationOf(name), IDENTITY),
  'lines of JSON': (name) => renderJson(publicationOf(name), IDENTITY),
  'the report': (name) => [reportJson(publicationOf(name), { version: '1', identity: IDENTITY })],
  'lines of a terminal': (name) => publicationOf(name).events.map(renderEventLine),
  'the owner of a limit': (name) => [limitOwner(`/${name}`), limitOwner(name)],
  'a line of pairs': (name) => [encodeLine([['comm', name]])],
  'a recording': (name) => [
    encodeHeader({ intervalSeconds: 1, source: name }),
    encodeReadings({ t: 1, groups: new Map(), bounds: { threads: { used: 1, limit: 2, of: `/${name}` } } } as never),
  ],
  'a state': (name) =>
    encodeState({ intervalSeconds: 1, groups: [{ name, lastSeen: 1, series: {} }] }, 10_000).text.split('\n'),
  metrics: async (name) => {
    const sink = new PrometheusSink({ version: '1', identity: IDENTITY });
    sink.publish(publicationOf(name));
    const { body } = await sink.renderLatest();
    return body.split('\n');
  },
  'alerts for Alertmanager, and what it reads in them': async (name) => {
    const bodies: string[] = [];
    const poster = {
      send: async ({ body }: { body: string }) => void bodies.push(body),
      close: () => undefined,
    };
    const url = 'http://alerts.example';
    const alertmanager = new Alertmanager({
      url,
      identity: IDENTITY,
      links: {},
      intervalSeconds: 20,
      now: () => 0,
      log: daemonLog(),
      poster,
    });
    alertmanager.publish(publicationOf(name), { t: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(bodies).toHaveLength(1);
    const read = JSON.parse(bodies[0]!).flatMap((alert: Record<string, object>) =>
      Object.values({ ...alert.labels, ...alert.annotations }),
    );
    return [...bodies, ...read];
  },
};

describe.each(Object.entries(OUTPUTS))('%s', (_, write) => {
  test('have none of it', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (name) => {
        for (const line of await write(name)) expect([isHarmful(line), line]).toEqual([undefined, line]);
      }),
      { numRuns: 200 },
    );
  });
});

test('the reports on a log have none of it', () => {
  fc.assert(
    fc.property(hostile, (evil) => {
      const line = evil.replaceAll(/[\r\n]/g, '');
      const word = line.replaceAll(/[\s\]]/g, '');
      const book = new LogBook();
      const at = 1_795_197_700;
      book.add(at, 'app web.2', `can't create Thread ${line}`);
      book.add(
        at + 1,
        'app web.2',
        `source=${word} at=alert code=W11 desc=${word} group=${word} parent_comm=${word} parent=1`,
      );
      book.add(at + 2, 'heroku web.2', `Error R14 (${line})`);
      book.add(at + 3, `heroku web${word}.1`, `source=web${word}.1 dyno=${word} sample#memory_total=700.00MB`);
      book.add(at + 4, 'heroku web.2', `State changed from up to ${word}`);
      const report = readLog(book.text());
      const plain = (_style: unknown, text: string): string => text;
      const words = [renderReport(report, plain), renderPage(report, { version: '1' })].flatMap((text) =>
        text.split('\n'),
      );
      for (const text of [...words, escapeJson(JSON.stringify(reportAsJson(report)))]) {
        expect([isHarmful(text), text]).toEqual([undefined, text]);
      }
    }),
    { numRuns: 100 },
  );
});

test('news of a log have none of it', () => {
  fc.assert(
    fc.property(hostile, (name) => {
      const news = { t: 1, dyno: name, kind: 'event', code: name, desc: name } as unknown as Parameters<
        typeof describeNews
      >[0];
      expect(isHarmful(describeNews(news))).toBeUndefined();
    }),
  );
});
