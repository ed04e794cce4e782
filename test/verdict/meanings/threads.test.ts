/** Each row is found by a family that the kernel names so, and docs/evidence.md has them all. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Meaning } from '../../../src/model/look.ts';
import { foldName } from '../../../src/sources/proc/look/families.ts';
import { THREAD_MEANINGS, WAIT_MEANINGS } from '../../../src/verdict/meanings/threads.ts';
import { expectGolden } from '../../support/golden.ts';

/** One for each row, as their programs name them; the kernel cuts them. */
const THREADS = [
  'puma srv tp 001',
  'puma reactor',
  'sidekiq.default/processor',
  '',
  'worker.rb:12',
  'HttpClient-7-SelectorManager',
  'HikariPool-1 housekeeper',
  'OkHttp ConnectionPool',
  'nioEventLoopGroup-2-1',
  'kafka-producer-network-thread | producer-1',
  'rdk:broker1',
  'grpc-default-executor-12',
  'BatchSpanProcessor_WorkerThread-1',
  'http-nio-8080-exec-12',
  'SimpleAsyncTaskExecutor-1',
  'ForkJoinPool.commonPool-worker-1',
  'pool-1-thread-1',
  'Timer-0',
  'GC Thread#0',
  '.NET TP Worker',
  '.NET Long Running Task',
  'tokio-runtime-worker',
  'libuv-worker',
  'WorkerThread',
  'ThreadPoolExecutor-0_0',
  'python3',
  'Thread-1 (worker)',
  'iou-wrk-4711',
  'ThreadPoolForegroundWorker',
  'jemalloc_bg_thd',
  'erts_sched_1',
].map((name) => name.slice(0, 15));
const WAITS = ['in futex_wait', 'in recv', 'in nanosleep', 'in uninterruptible wait (NFS)', 'in wait for a child'];

function rowOf(meanings: readonly Meaning[], name: string): number {
  return meanings.findIndex(({ pattern }) => pattern.test(name));
}

describe.each([
  ['Family', THREAD_MEANINGS, THREADS],
  ['State', WAIT_MEANINGS, WAITS],
])('the meanings by %s', (column, meanings, examples) => {
  test('have an example for each row, which leads to it, folded or not', () => {
    const all = meanings.map((_row, at) => at);
    expect(examples.map((name) => rowOf(meanings, name))).toEqual(all);
    expect(examples.map((name) => rowOf(meanings, foldName(name)))).toEqual(all);
  });

  test('are sentences of bounded length with a source', () => {
    for (const { says, source } of meanings) {
      expect(says).toMatch(/^[A-Z].*\.$/);
      expect(says.length).toBeLessThanOrEqual(260);
      expect(source).toMatch(/\(\d\)|^https:/);
    }
  });

  test('stand in docs/evidence.md', () => {
    const rows = meanings
      .map(({ says, source }, at) => `| ${examples[at] ? `\`${examples[at]}\`` : 'no name'} | ${says} | ${source} |`)
      .join('\n');
    const table = `| ${column}, as an example | What ever more of it usually means | Source |\n|---|---|---|\n${rows}\n`;
    const page = readFileSync('docs/evidence.md', 'utf8');
    const found = new RegExp(`\\| ${column}, as an example \\|.*\\n(?:\\|.*\\n)+`);
    expect(page).toMatch(found);
    expectGolden(
      'docs/evidence.md',
      page.replace(found, () => table),
    );
  });
});

test('other names have no meaning', () => {
  for (const name of ['worker', 'java', 'shop', 'postgres', 'main', 'pooler', 'Thread']) {
    expect(rowOf(THREAD_MEANINGS, name)).toBe(-1);
  }
});
