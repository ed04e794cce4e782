import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { PAGE, PAGE_POLICY } from '../../src/web/page.ts';

const DIRECTORY = new URL('../../src/web/page/', import.meta.url);
const SOURCES = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(new URL(name, DIRECTORY), 'utf8'))
  .join('\n');

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
    /https?:|\/\/\w|@import|url\(|<link rel="stylesheet|\bimport\(/,
  );
  expect([...PAGE.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual([
    'data:,',
    '/metrics',
    '/api/v1/report',
  ]);
});

test('text never becomes markup or code', () => {
  expect(contentOf('script')).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|<\/script/i,
  );
  // Style and handlers in attributes would need a weaker policy.
  expect(PAGE).not.toMatch(/\s(style|on\w+)="/);
});

test('the script finds the elements it looks for', () => {
  const ids = new Set([...PAGE.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id));
  const wanted = [...SOURCES.matchAll(/byId\('([^']+)'\)/g)].map(([, id]) => id);
  expect(wanted.length).toBeGreaterThan(10);
  expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
});

test('the style has its colours from the palette', () => {
  const style = contentOf('style');
  const defined = new Set([...style.matchAll(/(--[\w-]+):/g)].map(([, name]) => name));
  const used = [...style.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name);
  expect(used.length).toBeGreaterThan(20);
  expect(used.filter((name) => !defined.has(name))).toEqual([]);
});

/** The script at its start, in as little of a browser as it needs; `answer` is the response to its first request. */
function opened(answer: Promise<object>) {
  const element = () => ({ dataset: {}, textContent: '', setAttribute: nothing, append: nothing });
  const elements = new Map<string, ReturnType<typeof element>>();
  const byId = (id: string) => {
    if (!elements.has(id)) elements.set(id, element());
    return elements.get(id)!;
  };
  const page = createContext({
    document: { getElementById: byId, createElement: element, addEventListener: nothing, body: element() },
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
  runInContext(contentOf('script'), page);
  return () => byId('headline').textContent;
}

const nothing = (): void => undefined;

test('it is loading until there is an answer, and waits for a sample only when there is none', async () => {
  expect(opened(new Promise(nothing))()).toBe('Loading');
  const headline = opened(Promise.resolve({ status: 503 }));
  await vi.waitUntil(() => headline() !== 'Loading');
  expect(headline()).toBe('Waiting for the first sample');
});
