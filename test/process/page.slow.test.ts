/** The live page in a real browser, from a real server that serves a made publication. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALERT_CODES, ALERTS, type AlertCode, type EvidenceKind } from '../../src/model/alerts.ts';
import { METRICS, type Metric } from '../../src/model/metrics.ts';
import type { CulpritEvent, NamedEvent } from '../../src/verdict/culprit.ts';
import type { GrowthEvidence } from '../../src/verdict/evidence.ts';
import type { Publication } from '../../src/verdict/publication.ts';
import { headline } from '../../src/verdict/sentence.ts';
import { type Server, startServer } from '../../src/web/server.ts';
import { Browser, findBrowser } from '../support/browser.ts';
import { daemonLog } from '../support/daemon-log.ts';
import { IDENTITY } from '../support/identity.ts';
import { groupReport, named, publication, threadSuspicion, zombieLeak } from '../support/publication.ts';
import { seen } from '../support/seen.ts';
import { type UntilOptions, until as untilSoon } from '../support/until.ts';

const chromium = findBrowser();
const INTERVAL_SECONDS = 20;
const NOW = Math.floor(Date.now() / 1000);
/** A browser beside other slow tests may be slow. */
function until<T>(condition: () => T | Promise<T>, options: UntilOptions): Promise<T> {
  return untilSoon(condition, { timeoutMs: 60_000, ...options });
}

/** A name that would run a script twice if it became markup. */
const HOSTILE = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;

interface Card {
  readonly metric: Metric;
  /** What the event has besides, or instead of, a growth of 36 an hour for two hours. */
  readonly event: Partial<CulpritEvent>;
  /** What its card must say. */
  readonly text: RegExp;
}

/** Codes whose cards say something of their own; the others have the card of their kind of evidence. */
const CARDS: Readonly<Partial<Record<AlertCode, Card>>> = {
  W10: {
    metric: 'threads',
    event: { culprit: threadSuspicion().culprit! },
    text: /Growth\+36\/h.*Limit reached in10 h.*ruby \(pid 4718\) has 21 threads, 8 of them new.*14 x worker-# \(\+8\)/s,
  },
  W11: {
    metric: 'zombies',
    event: { culprit: zombieLeak().culprit! },
    text: /ruby \(pid 4711\) has not waited for 38 dead children.*35 x convert, 3 x gs/s,
  },
  W12: {
    metric: 'rss',
    event: { at: 'warn', culprit: { pid: 7, comm: HOSTILE, value: 3 * 2 ** 30, growth: 2 ** 30 } },
    text: /<script>window\.hacked=1<\/script> \(pid 7\) has 3 GB, 1 GB of it new/,
  },
  W13: {
    metric: 'fds',
    event: {
      culprit: {
        pid: 8,
        comm: 'ruby',
        value: 40,
        ...seen({
          t: 0,
          at: 'fds',
          kinds: [
            { name: 'pipe', amount: 31 },
            { name: HOSTILE, amount: 30 },
          ],
        }),
      },
    },
    text: /ruby \(pid 8\) has 40 file descriptors\.Open: 31 x pipe, 30 x <img src=x/,
  },
  W14: {
    metric: 'processes',
    event: { culprit: { pid: 9, comm: 'sh', children: 1 } },
    text: /sh \(pid 9\) has 1 living child\./,
  },
  W20: {
    metric: 'threads',
    event: { evidence: { slopePerSecond: 1, exhaustionSeconds: 1800 } },
    text: /Limit reached in30 min/,
  },
  W21: {
    metric: 'fds',
    event: { evidence: {}, bound: { used: 1024, limit: 1024 } },
    text: /Limitreached/,
  },
};

/** A kind that is forgotten here does not compile. */
const CARD_OF_KIND: Readonly<Record<EvidenceKind, Card>> = {
  growth: { metric: 'threads', event: {}, text: /Growth\+36\/h/ },
  restarts: {
    metric: 'processes',
    event: {
      evidence: { restarts: 12, medianLifeSeconds: 3, since: NOW - 600 },
      culprit: { pid: 10, comm: 'worker', parent: { pid: 1, comm: HOSTILE } },
    },
    text: /Processes now40.*Restarts12.*Half lived no longer than3 s.*worker \(pid 10\) is started by <img src=x/s,
  },
  orphans: {
    metric: 'processes',
    event: {
      evidence: { orphans: 3, oldestOrphanSeconds: 900, since: NOW - 900 },
      culprit: { pid: 11, comm: 'sleep', parent: { pid: 5, comm: 'cron' } },
    },
    text: /Without their parent3.*\(15 min\).*sleep \(pid 11\) was a child of cron \(pid 5\)/s,
  },
  overcommit: {
    metric: 'rss',
    event: {
      evidence: { workers: 3, workerBytes: 593 * 2 ** 20, workersFit: 1, since: NOW - 3600, floor: 2 ** 31 },
      bound: { used: 2 ** 31, limit: 2 ** 30 },
    },
    text: /Workers3 x 593 MB.*Fit1.*\(60 min\).*Limit1 GB/s,
  },
  degradation: {
    metric: 'processes',
    event: { value: undefined, evidence: { cause: 'log_lines', amount: 1200, since: NOW - 900 } },
    text: /Why1,200 log lines were lost, because standard output did not take them.*\(15 min\)/s,
  },
};

const cardOf = (code: AlertCode): Card => CARDS[code] ?? CARD_OF_KIND[ALERTS[code].evidence];

const EVENTS = ALERT_CODES.map((code): NamedEvent => {
  const { metric, event } = cardOf(code);
  const evidence: GrowthEvidence = { slopePerSecond: 0.01, since: NOW - 7200, exhaustionSeconds: 36_000 };
  const about = { code, desc: ALERTS[code].name, group: `group-${code}`, metric };
  return named({ ...zombieLeak(), t: NOW, value: 40, evidence, ...about, ...event } as CulpritEvent);
});

function troubled(intervalSeconds = INTERVAL_SECONDS): Publication {
  const canned = publication();
  const [unicorn] = canned.report.groups;
  // Every metric has a value, a new one too.
  const series = unicorn!.series.map((one) => ({ ...one, value: one.value ?? 1 }));
  const groups = [{ ...unicorn!, name: HOSTILE, series }, groupReport('postgres', { threads: 9, rss: 96.5 * 2 ** 20 })];
  const self = { ...canned.self, intervalSeconds, presentIntervalSeconds: intervalSeconds };
  return { ...canned, report: { ...canned.report, t: NOW, groups }, standing: EVENTS, self };
}

describe.skipIf(!chromium)(`the page${chromium ? '' : ' (skipped: there is no chromium to open it with)'}`, () => {
  let server: Server;
  let browser: Browser;
  let current = troubled();
  const text = (selector: string): Promise<string> =>
    browser.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  const texts = (selector: string): Promise<string[]> =>
    browser.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.textContent)`);

  const start = (version: string, port = 0): Promise<Server> =>
    startServer({
      listen: { host: '127.0.0.1', port },
      prometheus: { render: () => Promise.reject(new Error('not asked for')) },
      getPublication: () => current,
      getSeries: () => [0, 1, 2, 3].map((at) => ({ t: NOW - 100 + 20 * at, v: 10 + at })),
      intervalSeconds: INTERVAL_SECONDS,
      version,
      identity: IDENTITY,
      mostConnections: () => 256,
      log: daemonLog({ error: (fields, message) => expect.unreachable(`${message}: ${JSON.stringify(fields)}`) }),
    });

  beforeAll(async () => {
    server = await start('1.2.3');
    browser = await Browser.start(chromium!);
    await browser.open(server.address, { width: 1200 });
    await until(async () => (await text('#connection')).startsWith('live, sampled at '), { what: 'the first report' });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('says the worst first', async () => {
    expect(await text('#where')).toBe(`app shop · source web.1 · host ${IDENTITY.host} · release v43`);
    expect(await text('#headline')).toBe('group-W20 will reach its thread limit');
    expect(await text('#subline')).toBe(
      `At this pace the thread limit is reached in 30 min. ${EVENTS.length - 1} more findings below.`,
    );
    expect(await browser.evaluate('document.title')).toBe('● group-W20 will reach its thread limit – leakwatch');
  });

  test.each(EVENTS)('has a card for $code', async (event) => {
    const { code, desc } = event;
    const cards = (await texts('.card')).filter((one) => one.includes(`${code} ${desc}`));
    expect(cards).toHaveLength(1);
    expect(cards[0]).toMatch(cardOf(code).text);
    expect(cards[0]!.startsWith(headline(event))).toBe(true);
    expect(cards[0]!.endsWith(`What to do: ${event.todo}`)).toBe(true);
  });

  test('has the limits, and a row of groups with a curve for every value', async () => {
    expect(await texts('.limit p:not(.end)')).toEqual(['97 of 256, 159 left', '430 MB of 512 MB, 82 MB left']);
    expect(await texts('thead th')).toHaveLength(METRICS.length + 2);
    expect(await texts('#rows th')).toEqual([HOSTILE, 'postgres']);
    const curves = `[...document.querySelectorAll('#rows tr:first-child .spark path')].map((path) => path.getAttribute('d'))`;
    const drawn = await until(
      async () => {
        const paths = await browser.evaluate<string[]>(curves);
        return paths.every((path) => /^M[\d. L-]+Z?$/.test(path)) && paths;
      },
      { what: 'the curves' },
    );
    expect(drawn).toHaveLength(2 * METRICS.length);
  });

  test('tells of an event when it comes', async () => {
    const resolved = named({ ...zombieLeak(), at: 'resolved', group: HOSTILE } as CulpritEvent);
    current = { ...troubled(), events: [resolved] };
    server.broadcast(current);
    await until(async () => (await texts('#events li')).length > 0, { what: 'the event' });
    expect(await texts('#events li span:last-child')).toEqual([`${HOSTILE} no longer leaks zombies`]);
  });

  test.each([
    { width: 1200, dark: true },
    { width: 390, dark: false },
    { width: 360, dark: true },
  ])('fits a window of $width pixels, dark: $dark', async ({ width, dark }) => {
    await browser.open(server.address, { width, dark });
    await until(async () => (await texts('#rows tr')).length === 2, { what: 'the groups' });
    const inner = await browser.evaluate<number>('document.documentElement.scrollWidth');
    expect(inner).toBeLessThanOrEqual(width);
    const ground = await browser.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(dark ? 'rgb(17, 21, 26)' : 'rgb(245, 246, 248)');
  });

  test('is not moved by hostile names, and the browser has no complaint', async () => {
    expect(await browser.evaluate('document.querySelectorAll("img, script, iframe, object").length')).toBe(1);
    expect(await browser.evaluate('typeof window.hacked')).toBe('undefined');
    expect(browser.complaints).toEqual([]);
    const foreign = browser.requests.filter((url) => !url.startsWith(`${server.address}/`) && url !== 'data:,');
    expect(foreign).toEqual([]);
  });

  test('has a policy that holds where a name does become markup', async () => {
    await browser.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(HOSTILE)})`);
    await until(() => browser.complaints.some((line) => line.includes('Content Security Policy')), {
      what: 'the refusal',
    });
    expect(await browser.evaluate('typeof window.hacked')).toBe('undefined');
  });

  test('says so when leakwatch no longer answers', async () => {
    // The page waits for one and a half intervals first.
    current = troubled(0.1);
    server.broadcast(current);
    await until(async () => (await text('#own')).includes('one every 0.1 s'), { what: 'a short interval' });
    await server.close();
    await until(async () => (await text('#headline')) === 'leakwatch does not answer', { what: 'the bad news' });
    expect(await text('#subline')).toMatch(/ago: group-W20 will reach its thread limit\.$/);
  });

  test('is loaded anew when leakwatch comes back as another version', async () => {
    await browser.evaluate('window.before = true');
    current = troubled();
    server = await start('2.0.0', Number(new URL(server.address).port));
    await until(() => browser.evaluate('window.before === undefined'), { what: 'the new page' });
    await until(async () => (await text('#own')).startsWith('leakwatch 2.0.0 '), { what: 'its report' });
  });
});
