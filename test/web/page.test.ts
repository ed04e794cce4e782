import { createHash } from 'node:crypto';
import { createContext, runInContext, Script } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { METRICS } from '../../src/model/metrics.ts';
import { PAGE, PAGE_POLICY } from '../../src/web/page.ts';
import { PAGE_SCRIPT } from '../../src/web/page-script.ts';

function contentOf(tag: string): string {
  const found = [...PAGE.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))];
  expect(found).toHaveLength(1);
  return found[0]![1]!;
}

test.each([
  ['script', 'script-src'],
  ['style', 'style-src'],
])('the policy allows this %s and no other', (tag, directive) => {
  const hash = createHash('sha256').update(contentOf(tag)).digest('base64');
  expect(PAGE_POLICY).toContain(`${directive} 'sha256-${hash}'`);
  expect(PAGE_POLICY).not.toContain('unsafe');
});

test('nothing is loaded from elsewhere', () => {
  expect(PAGE.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
    /https?:|\/\/\w|@import|url\(|<link rel="stylesheet/,
  );
  expect([...PAGE.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual([
    'data:,',
    '/metrics',
    '/api/v1/report',
  ]);
});

test('text never becomes markup or code', () => {
  expect(PAGE_SCRIPT).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|<\/script/i,
  );
  // Style and handlers in attributes would need a weaker policy.
  expect(PAGE).not.toMatch(/\s(style|on\w+)="/);
});

test('the script can be parsed, and finds the elements it looks for', () => {
  expect(() => new Script(PAGE_SCRIPT)).not.toThrow();
  const ids = new Set([...PAGE.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id));
  for (const [, id] of PAGE_SCRIPT.matchAll(/byId\('([^']+)'\)/g)) expect(ids).toContain(id);
});

/** The script at its start, in a browser of which there is just enough; `answer` is what it fetches first. */
function opened(answer: Promise<object>) {
  const elements = new Map<string, { dataset: object; textContent: string }>();
  const byId = (id: string) => {
    if (!elements.has(id)) elements.set(id, { dataset: {}, textContent: '' });
    return elements.get(id)!;
  };
  const nothing = (): void => undefined;
  const page = createContext({
    document: { getElementById: byId, addEventListener: nothing, body: { dataset: {} } },
    location: { host: 'here' },
    EventSource: class {
      addEventListener = nothing;
    },
    fetch: () => answer,
    performance,
    AbortSignal,
    setInterval: nothing,
    setTimeout: nothing,
  });
  runInContext(PAGE_SCRIPT, page);
  return { page, headline: () => byId('headline').textContent };
}

test('it is loading until there is an answer, and waits for a sample only when there is none', async () => {
  expect(opened(new Promise(() => undefined)).headline()).toBe('Loading');
  const { headline } = opened(Promise.resolve({ status: 503 }));
  await vi.waitUntil(() => headline() !== 'Loading');
  expect(headline()).toBe('Waiting for the first sample');
});

test.each([
  [['ok', 'learning', 'ok'], 'learning'],
  [['ok', 'ok'], 'ok'],
  [['learning', 'suspect', 'ok'], 'suspect'],
  [['suspect', 'leak'], 'leak'],
])('a group whose metrics are %j is %s', (verdicts, worst) => {
  const { page } = opened(new Promise(() => undefined));
  const group = { series: verdicts.map((verdict) => ({ verdict, value: 1 })) };
  expect(runInContext(`worstOf(${JSON.stringify(group)})`, page)).toBe(worst);
});

test('every metric has a column', () => {
  expect([...PAGE.matchAll(/<th scope="col"/g)]).toHaveLength(METRICS.length + 2);
});
