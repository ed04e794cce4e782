/**
 * The house: a snapshot comes in at the front, a report goes out at the back, and nothing walks back. Reads the imports
 * of every source file and fails on an arrow that runs the wrong way.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));

interface Room {
  /** Other rooms that it may import from. */
  readonly imports: readonly string[];
  /** May it import Node's modules and libraries, that is, do I/O? */
  readonly outside: boolean;
  /** Does it run in a browser, with a clock and requests, but without Node? */
  readonly browser?: boolean;
}

const PURE = { outside: false };
const OUTSIDE = { outside: true };
const BROWSER = { outside: false, browser: true };
const CORE = ['model', 'series', 'trend', 'verdict', 'step'];

const ROOMS: Readonly<Record<string, Room>> = {
  stats: { ...PURE, imports: [] },
  text: { ...PURE, imports: [] },
  model: { ...PURE, imports: [] },
  formats: { ...PURE, imports: ['model'] },
  series: { ...PURE, imports: ['model'] },
  trend: { ...PURE, imports: ['stats', 'series', 'model'] },
  // A judge holds the series that it judges, and an event says what it means in a sentence.
  verdict: { ...PURE, imports: ['stats', 'trend', 'series', 'model', 'text'] },
  step: { ...PURE, imports: ['verdict', 'model'] },
  // The logs of others are judged by the same detectors.
  logs: { ...PURE, imports: ['stats', 'formats', 'verdict', 'model'] },
  config: { ...OUTSIDE, imports: ['model', 'text'] },
  // How long work gives way to others.
  turns: { ...OUTSIDE, imports: ['model'] },
  sources: { ...OUTSIDE, imports: ['turns', 'model', 'formats'] },
  sinks: { ...OUTSIDE, imports: ['turns', 'verdict', 'model', 'formats', 'text', 'config'] },
  // Its file of certificates and users is YAML, read and refused in the words of our own configuration file.
  web: { ...OUTSIDE, imports: ['web/page', 'turns', 'verdict', 'model', 'sinks', 'text', 'config'] },
  // The script of the live page.
  'web/page': { ...BROWSER, imports: ['verdict', 'model', 'text'] },
  daemon: { ...OUTSIDE, imports: [...CORE, 'turns', 'sources', 'sinks'] },
  terminal: { ...OUTSIDE, imports: ['verdict', 'model', 'text'] },
  'logs-report': { ...OUTSIDE, imports: ['logs', 'formats', 'model', 'text', 'terminal'] },
  commands: {
    ...OUTSIDE,
    imports: [
      ...CORE,
      'logs',
      'formats',
      'text',
      'sources',
      'sinks',
      'web',
      'config',
      'daemon',
      'terminal',
      'logs-report',
    ],
  },
  detector: { ...PURE, imports: ['verdict', 'model', 'text'] },
  index: { ...OUTSIDE, imports: ['detector', 'daemon', 'sources', 'sinks', 'verdict', 'model', 'text'] },
  main: { ...OUTSIDE, imports: ['commands', 'config', 'text'] },
  leakwatch: { ...OUTSIDE, imports: ['main'] },
  'demo-leak': { ...OUTSIDE, imports: [] },
};

/** Programs of their own, which end themselves. */
const PROGRAMS = ['main.ts', 'demo-leak.ts'];

const MOST_LINES = 400;

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.c?ts$/.test(path))
  .sort()
  .map((path) => {
    const text = readFileSync(SOURCE + path, 'utf8');
    return { path, text, code: withoutComments(text), room: roomAt(path) };
  });
const pure = files.filter(({ room }) => !ROOMS[room]?.outside && !ROOMS[room]?.browser);

/** The room that a file is in, by its path below src/. */
function roomAt(path: string): string {
  const parts = path.replace(/\.c?ts$/, '').split('/');
  const inner = parts.slice(0, 2).join('/');
  return parts.length > 2 && Object.hasOwn(ROOMS, inner) ? inner : parts[0]!;
}

/** Comments become blanks; what looks like one within quotes stays. */
function withoutComments(text: string): string {
  const quoted = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/.source;
  return text.replace(new RegExp(`${quoted}|/\\*[^]*?\\*/|//[^\\n]*`, 'g'), (part) =>
    part.startsWith('/') ? ' ' : part,
  );
}

function importsOf(code: string): string[] {
  const statements = /(?:^|\n)\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/g;
  const bare = /(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;
  const dynamic = /\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g;
  return [statements, bare, dynamic].flatMap((pattern) => [...code.matchAll(pattern)].map(([, path]) => path!));
}

/** The file that a relative import leads to, as a path below src/. */
function targetOf(from: string, path: string): string {
  return new URL(path, `file:///${from}`).pathname.slice(1); // without a query such as ?text
}

/** The room that a relative import leads to. */
function roomOf(from: string, path: string): string {
  return roomAt(targetOf(from, path));
}

function breaches(of: readonly { path: string; code: string }[], forbidden: RegExp): string[] {
  return of.flatMap(({ path, code }) => [...code.matchAll(forbidden)].map(([found]) => `${path}: ${found}`));
}

describe('the readers of this test', () => {
  test('see imports of every kind, and none in comments', () => {
    const code = withoutComments(`
import type { A } from './a.ts';
import {
  b,
  c,
} from "../b.ts";
export { d } from './d.ts';
import './e.ts'; // import './no.ts'
/* import f from './no.ts'; */
const url = 'http://example.com'; const late = await import('./g.ts');
export const from = 1; const text = 'x from y';
`);
    expect(importsOf(code).toSorted()).toEqual(['../b.ts', './a.ts', './d.ts', './e.ts', './g.ts']);
    expect(code).toContain('http://example.com');
  });

  test('see the imports of the program', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(importsOf(files.find(({ path }) => path === 'step.ts')!.code)).toContain('./verdict/groups.ts');
    expect(roomOf('sources/proc/stat.ts', '../../model/snapshot.ts')).toBe('model');
    expect(roomOf('main.ts', './commands/watch.ts')).toBe('commands');
    expect(roomOf('web/page.ts', './page/main.ts?text')).toBe('web/page');
    expect(roomOf('web/server.ts', './page.ts')).toBe('web');
  });
});

test('docs/architecture.md has the table of rooms', () => {
  const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w./-]+)` \|.*\| ([^|]*) \|$/gm)].map(([, folder, cell]) => [
    folder!.replace(/\/$|\.c?ts$/, ''),
    [...cell!.matchAll(/`([\w/-]+)`/g)].map(([, name]) => name!).toSorted(),
  ]);
  const rooms = Object.entries(ROOMS).map(([room, { imports }]) => [room, imports.toSorted()]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(rooms));
});

test('every file is in a room of the house', () => {
  expect(files.filter(({ room }) => !ROOMS[room]).map(({ path }) => path)).toEqual([]);
});

describe.each(Object.entries(ROOMS))('%s', (room, { imports, outside }) => {
  const arrows = files
    .filter((file) => file.room === room)
    .flatMap(({ path, code }) => importsOf(code).map((to) => ({ path, to })));

  test(`imports only from ${imports.join(', ') || 'nowhere'}`, () => {
    const wrong = arrows.filter(({ path, to }) => {
      if (!to.startsWith('.')) return false;
      const target = roomOf(path, to);
      return target !== room && !imports.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  test(
    outside ? 'imports Node by its full name, and libraries that are declared' : 'imports no Node and no library',
    () => {
      const allowed = Object.keys(packageJson.devDependencies); // they are all in the bundles
      const wrong = arrows.filter(
        ({ to }) => !to.startsWith('.') && !(outside && (to.startsWith('node:') || allowed.includes(to))),
      );
      expect(wrong).toEqual([]);
    },
  );
});

/** A way along the imports that comes back to where it was; undefined where there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, above: readonly string[]): readonly string[] | undefined => {
    if (above.includes(node)) return [...above.slice(above.indexOf(node)), node];
    if (done.has(node)) return undefined;
    done.add(node);
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...above, node]);
      if (circle) return circle;
    }
    return undefined;
  };
  return [...graph.keys()].map((node) => visit(node, [])).find((circle) => circle !== undefined);
}

describe('no arrow runs in a circle', () => {
  test('and one that does is found', () => {
    const graph = { a: ['b'], b: ['c', 'd'], c: [], d: ['e'], e: ['b'] };
    expect(circleIn(new Map(Object.entries(graph)))).toEqual(['b', 'd', 'e', 'b']);
    expect(circleIn(new Map(Object.entries({ ...graph, e: ['c'] })))).toBeUndefined();
    expect(circleIn(new Map([['a', ['a']]]))).toEqual(['a', 'a']);
  });

  test('between files', () => {
    const imports = files.map(
      ({ path, code }) =>
        [
          path,
          importsOf(code)
            .filter((to) => to.startsWith('.'))
            .map((to) => targetOf(path, to)),
        ] as const,
    );
    expect(circleIn(new Map(imports))).toBeUndefined();
  });

  test('between rooms', () => {
    const imports = Object.entries(ROOMS).map(([room, { imports }]) => [room, imports] as const);
    expect(circleIn(new Map(imports))).toBeUndefined();
  });
});

// The compiler does not miss what is left out of a list.
test.each([
  { what: 'watch', is: /\bimplements Watch\b/, list: 'step.ts', least: 4 },
  { what: 'detector', is: /\bimplements Detector\b/, list: 'verdict/judge.ts', least: 3 },
  { what: 'sink', is: /\bimplements Sink\b/, list: 'commands/sinks.ts', least: 6 },
  { what: 'command', is: /\bexport async function run\w+\([^)]*: Invocation\)/, list: 'main.ts', least: 7 },
])('every $what is imported by its list, $list', ({ is, list, least }) => {
  const parts = files.filter(({ code }) => is.test(code)).map(({ path }) => path);
  expect(parts.length).toBeGreaterThanOrEqual(least);
  const imported = importsOf(files.find(({ path }) => path === list)!.code).map((path) => targetOf(list, path));
  expect(parts.filter((path) => !imported.includes(path))).toEqual([]);
});

test('the pure rooms have no clock, no chance and no way out', () => {
  const forbidden =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\b|\bconsole\b|\bglobalThis\b|\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bfetch\(|\bcrypto\b/g;
  expect(breaches(pure, forbidden)).toEqual([]);
  // A process of the host may be called so in the model; what only Node's own can do may not be used.
  const node =
    /\bprocess\.(?:env|exit\w*|std\w+|hrtime|cwd|chdir|on|once|emit\w*|uptime|\w*[mM]emory\w*|nextTick|platform|versions?|kill|getBuiltinModule|\w+Usage)\b/g;
  expect(breaches(pure, node)).toEqual([]);
});

test('only a program ends itself', () => {
  expect(
    breaches(files, /\bprocess\.(?:exit|abort|reallyExit)\b/g).filter(
      (found) => !PROGRAMS.includes(found.split(':')[0]!),
    ),
  ).toEqual([]);
});

test('no file is too long to be read in one go', () => {
  const long = files.filter(({ text }) => text.split('\n').length > MOST_LINES);
  expect(long.map(({ path, text }) => `${path}: ${text.split('\n').length} lines`)).toEqual([]);
});

test('every file says what it is before it begins', () => {
  expect(files.filter(({ text }) => !/^(?:#!.*\n)?(?:\/\*\*|\/\/)/.test(text)).map(({ path }) => path)).toEqual([]);
});

test('nothing is called utils, helpers, manager or service', () => {
  // But for what others call so.
  const names = files.map(({ path }) => path.replace('alertmanager', ''));
  expect(names.filter((path) => /util|helper|manager|service|common|misc/i.test(path))).toEqual([]);
});

test('no export is a default', () => {
  expect(breaches(files, /\bexport default\b/g)).toEqual([]);
});

test('nothing speaks of the machine that it was written on', () => {
  const texts = files.map(({ path, text }) => ({ path, code: text }));
  expect(
    breaches(
      texts,
      /\/tmp\/|\/work(?![\w-])|\/home\/\w+|\/root\/|registry\.(?:npm|yarn)\w*|artifactory|\bnexus\b|\blocalhost:\d+/g,
    ),
  ).toEqual([]);
});
