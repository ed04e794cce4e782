/**
 * Every input on which a parser ever failed, and a few thousand new ones, the same at each run. `npm run fuzz` looks for
 * more.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf, fuzz } from '../../scripts/fuzz/engine.js';
import { loadCounted } from '../../scripts/fuzz/instrument.js';
import { foundInputs, seedsOf, TARGETS } from './targets.ts';

const RUNS = 100;

const found = TARGETS.flatMap(({ name, run }) => foundInputs(name).map((input) => ({ name, run, ...input })));
test.each(found)('$name holds for what was found: $file', ({ run, bytes }) => {
  expect(failureOf(run, bytes)).toBeUndefined();
});

describe('the engine', () => {
  let planted: Awaited<ReturnType<typeof loadCounted>>;
  beforeAll(async () => {
    planted = await loadCounted('test/fuzz/planted.js');
  });
  const target = (hits: Uint8Array) => ({ run: planted.module.run, seeds: [Buffer.from('seed')], hits });

  test('finds a bug behind three comparisons, by its counters alone', () => {
    const { finding } = fuzz(target(planted.hits), { seed: 5, runs: 20_000 });
    expect(finding?.input).toEqual(Buffer.from([0xa1, 0xb2, 0xc3]));
    const blind = fuzz(target(new Uint8Array(planted.hits.length)), { seed: 5, runs: 20_000 });
    expect(blind).toMatchObject({ runs: 20_000, blocks: 0, finding: undefined });
  });

  test('finds what never ends, and what takes long', () => {
    const slow = (ms: number) => (bytes: Buffer) => {
      const until = process.cpuUsage().user + 1000 * ms;
      while (bytes[0] === 0x73 && process.cpuUsage().user < until);
    };
    const seeds = [Buffer.from('s')];
    const { finding } = fuzz({ ...target(planted.hits), seeds, run: slow(160) }, { seed: 1, runs: 1 });
    expect(String(finding?.error)).toMatch(/took more than 150 ms/);
    const hanging = fuzz({ ...target(planted.hits), run: slow(60_000) }, { seed: 1, runs: 1, hangsMs: 300 });
    expect(hanging.finding?.error).toMatchObject({ code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
  });
});

describe('new inputs', () => {
  let counted: Awaited<ReturnType<typeof loadCounted>>;
  beforeAll(async () => {
    counted = await loadCounted('test/fuzz/targets.ts');
  });

  test.each(TARGETS)('$name holds for new inputs', (target) => {
    const { run } = counted.module.TARGETS.find(({ name }: { name: string }) => name === target.name);
    const seeds = seedsOf(target);
    const { finding, blocks } = fuzz({ run, seeds, hits: counted.hits }, { seed: 1, runs: seeds.length + RUNS });
    expect(finding, String(finding?.error)).toBeUndefined();
    expect(blocks).toBeGreaterThan(0);
  });
});
