/**
 * What the memory of a process is used for, by class of mapping. Bytes are what would be given back if the process gave
 * up the class: pages of its own, and its part of pages that it shares; of files on disk only what differs from them.
 * Reads smaps, which takes the process's memory lock for some 40 us at a time and walks through all its pages: 5 to 10 us
 * for each mapping, and 15 to 55 ms for each GB in pages of 4 KB, in one piece where that is one mapping (bench/look.js).
 * Where that would be too much, the sizes of mappings are told; where these are too many or may not be read, what status
 * says.
 */
import { type Kind, mostFirst } from '../../../model/look.ts';
import type { InPortions } from '../../../model/portions.ts';
import { missReason } from '../../miss.ts';
import { parseMemoryKinds } from '../status.ts';
import type { LookContext, Seen } from './context.ts';
import { readLines } from './lines.ts';
import { ARENAS, classOfMapping, type Mapping, type MappingClass, OTHER, parseMapping, STACKS } from './mappings.ts';
import { SmapsReader } from './smaps.ts';
import { Tally } from './tally.ts';

/** Of which smaps is read: 4 to 8 ms of work. */
const MOST_MAPPINGS = 800;
/** Of which smaps is read: 4 to 15 ms of work, in one piece if it is one mapping. */
const MOST_RESIDENT_BYTES = 256 * 1024 * 1024;
/** Of which the sizes are read from maps: 10 ms of work. */
const MOST_SIZED = 5000;
/** Chosen: of fewer arenas nothing is said, as each program with threads has some. */
const MANY_ARENAS = 8;

const SWAPPED = 'swapped out';

type MemorySummary = ReturnType<typeof parseMemoryKinds>;

/** By the address at which they start. */
type Classes = ReadonlyMap<number, MappingClass>;

export function* lookAtMemory(context: LookContext): InPortions<Seen> {
  const { directory, files, budget } = context;
  if (!budget.spend()) return { kinds: [], incomplete: 'took too long' };
  const status = files.text(`${directory}/status`);
  if (status === undefined) return { kinds: [], incomplete: files.reason };
  const summary = parseMemoryKinds(status);
  const mappings = yield* readMappings(context);
  if (typeof mappings === 'string') return { ...mostFirst(kindsOf(summary)), incomplete: mappings };
  const classes = new Map(
    mappings.flatMap((mapping, at) => {
      const found = classOfMapping(mapping, mappings[at - 1], mappings[at + 1]);
      return found ? [[mapping.start, found]] : [];
    }),
  );
  const arenas = [...classes.values()].filter((found) => found === ARENAS).length;
  const remarks = arenas > MANY_ARENAS && { remarks: [`has ${arenas} malloc arenas`] };
  const tally = new Tally();
  const excess = yield* addHeld(tally, classes, residentBytes(summary), context);
  if (excess === undefined) return { ...mostFirst(tally.kinds()), ...remarks };
  const sizes = new Tally();
  addSizes(sizes, mappings, classes);
  if (summary.swapBytes) sizes.add(SWAPPED, summary.swapBytes);
  return { ...mostFirst(sizes.kinds()), ...remarks, incomplete: `tells sizes of its address space: ${excess}` };
}

/** @returns why they cannot be told apart, if they cannot */
function* readMappings(context: LookContext): InPortions<readonly Mapping[] | string> {
  const mappings: Mapping[] = [];
  try {
    const onLines = (lines: string): boolean => {
      for (const line of lines.split('\n')) {
        const mapping = parseMapping(line);
        if (mapping) mappings.push(mapping);
      }
      return mappings.length > MOST_SIZED;
    };
    const isWhole = yield* readLines(`${context.directory}/maps`, { onLines }, context);
    if (!isWhole) return 'its mappings took too long to read';
  } catch (error) {
    return missReason(error);
  }
  return mappings.length > MOST_SIZED ? `has more than ${MOST_SIZED} mappings` : mappings;
}

/** @returns why it was too much, if it was */
function* addHeld(
  tally: Tally,
  classes: Classes,
  resident: number,
  context: LookContext,
): InPortions<string | undefined> {
  if (classes.size > MOST_MAPPINGS) return `it has more than ${MOST_MAPPINGS} mappings`;
  if (resident > MOST_RESIDENT_BYTES) return `more than ${MOST_RESIDENT_BYTES / 2 ** 20} MB are resident`;
  const reader = new SmapsReader(({ start, proportionalBytes, dirtyBytes, swappedBytes, isStack }) => {
    if (swappedBytes > 0) tally.add(SWAPPED, swappedBytes);
    const found = classes.get(start) ?? OTHER;
    const { name, wider, isOnDisk } = found === OTHER && isStack ? STACKS : found;
    const bytes = isOnDisk ? dirtyBytes : proportionalBytes;
    if (bytes > 0) tally.add(name, bytes, wider);
  });
  const onLines = (lines: string): boolean => {
    reader.read(lines);
    return false;
  };
  const isWhole = yield* readLines(`${context.directory}/smaps`, { onLines }, context);
  reader.end();
  return isWhole ? undefined : 'what its mappings hold took too long to read';
}

/** What may be written to, and code made at run time: the rest is on disk, or reserved. */
function addSizes(tally: Tally, mappings: readonly Mapping[], classes: Classes): void {
  for (const { start, end, permissions, path } of mappings) {
    const found = classes.get(start);
    if (!found || (path !== '' && permissions[1] !== 'w')) continue;
    tally.add(`${found.name} (address space)`, end - start, `${found.wider} (address space)`);
  }
}

function kindsOf({ anonBytes, fileBytes, sharedBytes, swapBytes }: MemorySummary): Kind[] {
  const amounts = {
    'anonymous memory': anonBytes,
    'mapped files': fileBytes,
    'shared memory': sharedBytes,
    [SWAPPED]: swapBytes,
  };
  return Object.entries(amounts).flatMap(([name, amount]) => (amount === undefined ? [] : [{ name, amount }]));
}

function residentBytes({ anonBytes = 0, fileBytes = 0, sharedBytes = 0 }: MemorySummary): number {
  return anonBytes + fileBytes + sharedBytes;
}
