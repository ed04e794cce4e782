import { beforeEach, describe, expect, test } from 'vitest';
import { Alertmanager, type Links, type PostedAlert } from '../../../src/sinks/push/alertmanager.ts';
import type { Post } from '../../../src/sinks/push/http-poster.ts';
import type { NamedEvent } from '../../../src/verdict/culprit.ts';
import { shiftEvent } from '../../../src/verdict/wall-time.ts';
import { daemonLog } from '../../support/daemon-log.ts';
import { IDENTITY } from '../../support/identity.ts';
import { SAMPLED_AT, threadSuspicion, zombieLeak } from '../../support/publication.ts';

const HOUR = 3600;
const iso = (t: number): string => new Date(t * 1000).toISOString();

/** Gives the sink a sample every 20 seconds, and notes what it posts. */
class Scene {
  t = SAMPLED_AT;
  /** By how many seconds the host's clock was set since the start. */
  set = 0;
  fails = false;
  readonly posts: (readonly PostedAlert[])[] = [];
  readonly requests: Post[] = [];
  readonly alertmanager: Alertmanager;

  constructor({ intervalSeconds = 20, identity = IDENTITY, links = {} as Links } = {}) {
    this.alertmanager = new Alertmanager({
      url: 'http://alerts.example',
      identity,
      links,
      intervalSeconds,
      now: () => this.t + this.set,
      log: daemonLog(),
      poster: {
        send: async (post) => {
          if (this.fails) throw new Error('down');
          this.requests.push(post);
          this.posts.push(JSON.parse(post.body));
        },
        close: () => undefined,
      },
    });
  }

  /** @returns the alerts that were posted at this sample */
  async sample(...standing: NamedEvent[]): Promise<readonly PostedAlert[] | undefined> {
    const before = this.posts.length;
    const told = standing.map((event) => shiftEvent(event, (t) => t + this.set));
    const report = { t: this.t + this.set, groups: [], bounds: {}, exhaustionSeconds: {}, events: [] };
    this.alertmanager.publish({ standing: told, report }, { t: this.t });
    await new Promise((resolve) => setImmediate(resolve));
    expect(this.posts.length - before).toBeLessThanOrEqual(1);
    return this.posts[before];
  }

  async samples(count: number, ...standing: NamedEvent[]): Promise<number[]> {
    const posted: number[] = [];
    for (let number = 1; number <= count; number++) {
      this.t += 20;
      if (await this.sample(...standing)) posted.push(this.t - SAMPLED_AT);
    }
    return posted;
  }
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

test('an alert has app, source, kind and severity as labels, and everything else as annotations', async () => {
  expect(await scene.sample(zombieLeak())).toEqual([
    {
      labels: {
        alertname: 'leakwatch_zombie_leak',
        job: 'leakwatch',
        app: 'shop',
        instance: 'web.1',
        code: 'W11',
        desc: 'zombie_leak',
        group: 'unicorn',
        resource: 'threads',
        severity: 'critical',
      },
      annotations: {
        summary:
          'unicorn leaks zombies: ruby (pid 4711) has not waited for 38 children (35 x convert, 3 x gs), +114 an hour, limit reached in 114 min',
        todo: 'Restart ruby (pid 4711) within 114 min: its zombies go at once. Then find where it starts convert, and wait for it there.',
        verdict: 'leak',
        parent: '4711',
        parent_comm: 'ruby',
        zombie_comm: 'convert',
        oldest_zombie_seconds: '4380',
        group_zombies: '38',
        growth_per_hour: '114.00',
        exhaustion_seconds: '6822',
        since: '2026-11-20T21:22:00Z',
        dyno: IDENTITY.dyno,
        host: IDENTITY.host,
        release: 'v43',
      },
      startsAt: iso(SAMPLED_AT),
      // Valid for four resends, one a minute.
      endsAt: iso(SAMPLED_AT + 240),
    },
  ]);
  expect(scene.requests[0]).toMatchObject({ method: 'POST', path: '/api/v2/alerts', contentType: 'application/json' });
});

test('nothing is posted while there is no alert', async () => {
  expect(await scene.samples(100)).toEqual([]);
  await scene.alertmanager.close(1000);
  expect(scene.posts).toEqual([]);
});

test('two apps whose dynos have the same names do not end, replace or hide the alerts of each other', async () => {
  // As Alertmanager does: alerts with the same labels are one alert, and the last that was posted of it counts.
  const held = new Map<string, PostedAlert>();
  const shop = new Scene();
  const blog = new Scene({ identity: { ...IDENTITY, app: 'blog', dyno: 'heroku.4711.1', release: 'v7' } });
  const firing = (at: number) =>
    [...held.values()].filter(({ endsAt }) => Date.parse(endsAt) > at * 1000).map(({ labels }) => labels.app);
  const sampleOf = async (app: Scene, ...standing: NamedEvent[]): Promise<void> => {
    for (const alert of (await app.sample(...standing)) ?? []) held.set(JSON.stringify(alert.labels), alert);
  };
  await sampleOf(shop, zombieLeak());
  await sampleOf(blog, zombieLeak());
  expect(firing(shop.t)).toEqual(['shop', 'blog']);
  blog.t += 20;
  await sampleOf(blog);
  expect(firing(blog.t)).toEqual(['shop']);
});

test('an alert leads to the page and to the section of the documentation, if their addresses are known', async () => {
  const links = { page: 'http://db1:9917/', runbook: 'https://wiki.example/leakwatch' };
  const [linked] = (await new Scene({ links }).sample(zombieLeak()))!;
  expect(linked?.generatorURL).toBe('http://db1:9917/');
  expect(linked?.annotations.runbook_url).toBe('https://wiki.example/leakwatch#w11');
  const [plain] = (await scene.sample(zombieLeak()))!;
  expect(plain).not.toHaveProperty('generatorURL');
  expect(plain?.annotations).not.toHaveProperty('runbook_url');
});

test('a new release does not end an alert: it is no label', async () => {
  const labels = async (release: string) =>
    (await new Scene({ identity: { ...IDENTITY, release, dyno: release } }).sample(zombieLeak()))![0]!.labels;
  expect(await labels('v43')).toEqual(await labels('v44'));
});

describe('a firing alert', () => {
  test('is posted again each minute, each time with an end in the future', async () => {
    await scene.sample(zombieLeak());
    expect(await scene.samples(10, zombieLeak())).toEqual([60, 120, 180]);
    expect(scene.posts.map(([alert]) => alert?.endsAt)).toEqual(
      [0, 60, 120, 180].map((s) => iso(SAMPLED_AT + s + 240)),
    );
    expect(new Set(scene.posts.map(([alert]) => alert?.startsAt))).toEqual(new Set([iso(SAMPLED_AT)]));
  });

  test('is valid for longer if samples are further apart', async () => {
    scene = new Scene({ intervalSeconds: HOUR });
    const [alert] = (await scene.sample(zombieLeak()))!;
    expect(alert?.endsAt).toBe(iso(SAMPLED_AT + 4 * HOUR));
  });

  test('is posted again with a new alert, which is posted at once', async () => {
    await scene.sample(zombieLeak());
    scene.t += 20;
    const posted = await scene.sample(threadSuspicion(), zombieLeak());
    expect(posted?.map(({ labels }) => [labels.code, labels.severity])).toEqual([
      ['W11', 'critical'],
      ['W10', 'warning'],
    ]);
  });

  test.each([-HOUR, HOUR])(
    'has the times of the host, and comes when it is due, if the clock is set by %d s',
    async (step) => {
      scene.set = step;
      const [alert] = (await scene.sample(zombieLeak()))!;
      expect([alert?.startsAt, alert?.endsAt]).toEqual([iso(SAMPLED_AT + step), iso(SAMPLED_AT + step + 240)]);
      scene.set = 2 * step;
      expect(await scene.samples(3, zombieLeak())).toEqual([60]);
      await scene.samples(1);
      const [over] = scene.posts.at(-1)!;
      expect([over?.startsAt, over?.endsAt]).toEqual([iso(SAMPLED_AT + 2 * step), iso(scene.t + 2 * step)]);
    },
  );

  test('never ends before its start: the API would refuse all of them', async () => {
    await scene.sample(zombieLeak());
    await scene.samples(1);
    scene.set = HOUR;
    await scene.samples(3);
    const [over] = scene.posts.at(-1)!;
    expect([over?.startsAt, over?.endsAt]).toEqual([iso(SAMPLED_AT + 20), iso(SAMPLED_AT + 20)]);
  });
});

describe('a resolved alert', () => {
  test('is posted at once, and again for five minutes', async () => {
    await scene.sample(zombieLeak());
    expect(await scene.samples(1)).toEqual([20]);
    expect(await scene.samples(60)).toEqual([80, 140, 200, 260, 320]);
    const [firing, ...over] = scene.posts;
    expect(over.map(([alert]) => alert)).toEqual(over.map(() => ({ ...firing?.[0], endsAt: iso(SAMPLED_AT + 20) })));
  });

  test('that fires again is a new alert', async () => {
    await scene.sample(zombieLeak());
    await scene.samples(3);
    scene.t += 20;
    const again = { ...zombieLeak(), t: scene.t };
    const posted = await scene.sample(again);
    expect(posted).toHaveLength(1);
    expect(posted?.[0]).toMatchObject({ startsAt: iso(scene.t), endsAt: iso(scene.t + 240) });
  });

  test('is posted for a warning that became an alert', async () => {
    await scene.sample(threadSuspicion());
    scene.t += 20;
    const posted = await scene.sample({ ...threadSuspicion(), t: scene.t, at: 'alert', verdict: 'leak' });
    expect(posted?.map(({ labels, endsAt }) => [labels.severity, endsAt])).toEqual([
      ['warning', iso(scene.t)],
      ['critical', iso(scene.t + 240)],
    ]);
  });
});

test('two metrics with the same alert are one alert, the more severe one, resolved when both are', async () => {
  const rss: NamedEvent = { ...zombieLeak(), code: 'W12', desc: 'memory_leak', metric: 'rss', at: 'warn' };
  const anon: NamedEvent = { ...rss, metric: 'anon', at: 'alert' };
  const posted = await scene.sample(rss, anon);
  expect(posted?.map(({ labels }) => labels.severity)).toEqual(['critical']);
  scene.t += 20;
  const later = await scene.sample(rss);
  expect(later?.map(({ labels }) => labels.severity)).toEqual(['critical', 'warning']);
});

test('a limit stays the same alert if a different metric is the nearest to it', async () => {
  const limit: NamedEvent = { ...zombieLeak(), code: 'W21', desc: 'limit_reached', metric: 'zombies' };
  await scene.sample(limit);
  scene.t += 20;
  expect(await scene.sample({ ...limit, metric: 'threads' })).toBeUndefined();
});

describe('a server that is down', () => {
  test('gets firing alerts and those resolved meanwhile when it is back', async () => {
    await scene.sample(zombieLeak());
    scene.fails = true;
    expect(await scene.samples(6, threadSuspicion())).toEqual([]);
    scene.fails = false;
    await scene.alertmanager.close(1000);
    expect(scene.posts.at(-1)?.map(({ labels, endsAt }) => [labels.code, endsAt])).toEqual([
      ['W11', iso(SAMPLED_AT + 20)],
      ['W10', iso(SAMPLED_AT + 120 + 240)],
    ]);
    expect(scene.alertmanager.failures).toBe(1);
  });
});

test('alerts are not resolved when leakwatch ends', async () => {
  await scene.sample(zombieLeak());
  scene.t += 30;
  await scene.alertmanager.close(1000);
  expect(scene.posts.map(([alert]) => alert?.endsAt)).toEqual([iso(SAMPLED_AT + 240), iso(SAMPLED_AT + 270)]);
});

test('the number of resolved alerts that are kept is bounded', async () => {
  for (let number = 0; number < 230; number++) {
    scene.t += 0.01;
    await scene.sample({ ...zombieLeak(), group: `g${number}` });
  }
  const last = scene.posts.at(-1)!;
  expect(last).toHaveLength(201);
  expect(last.at(-1)?.labels.group).toBe('g229');
  expect(Buffer.byteLength(JSON.stringify(last))).toBeLessThan(200_000);
});

test('what grows by kind is the description, in one sentence', async () => {
  const [posted] = (await scene.sample(threadSuspicion()))!;
  expect(posted?.annotations.description).toBe('Grown in ruby (pid 4718): 14 x worker-# (+8)');
});
