/** How long a series must have been watched before it allows which finding: hours and days in slots and levels. */
import { levelOf, type Scale } from '../series/scale.ts';

export interface Patience {
  /** No leak before this: start-up and its ramps are over by then. */
  readonly learning: number;
  /** No suspicion before this, of a metric that does not rise while a program warms up. */
  readonly suspecting: number;
  /** A series with fewer slots than this may not have seen its daily cycle. */
  readonly young: number;
  /** Slots until which the change from weekend to week may be still to come. */
  readonly weekend: number;
  /** Finest level on which a rise may be a leak: its rank window lasts four hours. */
  readonly leakLevel: number;
  /** The same where it is known that no ramp rises like this: its rank window lasts two hours. */
  readonly surestLeakLevel: number;
  /** Slots of a window in which a ramp of two hours can look like a leak. */
  readonly brief: number;
  /** On blocks of at least so many slots, several steps in one window are nothing rare. */
  readonly stairs: number;
}

// `npm run bench:detection -- --constant NAME=VALUE` shows the false alarms and the leaks found with another value.

/** A third of an hour: the first suspicion of threads, processes and descriptors comes after 20 minutes. */
const SUSPECTING_PER_HOUR = 3;
/** 30 hours: one daily cycle, and a quarter of the next to tell its return from a rise. */
const YOUNG_DAYS = 1.25;
/** A life that began on a Friday has seen a Monday after four days. */
const WEEKEND_DAYS = 4;
/**
 * An hour holds at most so many blocks of the finest level on which a rise may be a leak. At 20 s that is a block of 64
 * slots, 21 minutes. Nine of the twelve blocks of a window must rise (`isBriefRamp` of guards.ts), which a ramp of two hours
 * does not do (ADR 0033).
 */
const LEAK_BLOCKS_PER_HOUR = 3;
/** Six hours: in a longer window a ramp of two hours fills less than half of the blocks. */
const BRIEF_HOURS = 6;
/** Blocks of a fifth of a day: from 5.7 hours on, a window spans days, in which deploys and batches make steps. */
const STAIRS_PER_DAY = 5;

let latest: { readonly scale: Scale; readonly patience: Patience } | undefined;

export function patienceOf(scale: Scale): Patience {
  // All series of a host share one scale.
  if (latest?.scale !== scale) latest = { scale, patience: makePatience(scale) };
  return latest.patience;
}

function makePatience(scale: Scale): Patience {
  const { hour, day } = scale;
  const leakLevel = levelOf(scale, hour / LEAK_BLOCKS_PER_HOUR);
  return {
    learning: hour,
    suspecting: Math.ceil(hour / SUSPECTING_PER_HOUR),
    young: Math.round(YOUNG_DAYS * day),
    weekend: WEEKEND_DAYS * day,
    brief: BRIEF_HOURS * hour,
    leakLevel,
    surestLeakLevel: Math.max(scale.finestJudged, leakLevel - 1),
    stairs: Math.round(day / STAIRS_PER_DAY),
  };
}
