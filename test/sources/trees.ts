/** Fake /proc and cgroup trees that are removed after the test, and captured ones. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type CgroupTree, type CgroupTreeSpec, cgroupTree } from '../support/cgroup-tree.ts';
import { type ProcTree, type ProcTreeSpec, procTree } from '../support/proc-tree.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/proc/', import.meta.url));

export type FixtureName = 'dyno-zombies' | 'hostile-names' | 'leader-exited' | 'cut-lines';

export function fixture(name: FixtureName): string {
  return `${FIXTURES}${name}`;
}

/** @param path within test/fixtures/proc */
export function fixtureBytes(path: string): Buffer {
  return readFileSync(`${FIXTURES}${path}`);
}

export function processes(spec: ProcTreeSpec): ProcTree {
  const tree = procTree(spec);
  onTestFinished(() => tree.remove());
  return tree;
}

export function cgroups(spec: CgroupTreeSpec): CgroupTree {
  const tree = cgroupTree(spec);
  onTestFinished(() => tree.remove());
  return tree;
}
