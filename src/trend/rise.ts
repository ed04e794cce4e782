/** A rise over the newest window of a track, with what is known of its series: what the guards look at. */
import type { Blocks } from '../series/blocks.ts';
import type { Floors } from '../series/floors.ts';
import type { JudgedMetric } from './detector.ts';
import type { Lives } from './lives.ts';
import type { Patience } from './patience.ts';
import { type Ascent, RANK_WINDOW } from './rises.ts';

/** What the guards need to know beside the window. */
export interface Known {
  readonly metric: JudgedMetric;
  readonly patience: Patience;
  readonly floors: Floors;
  /** Is the evidence of the track enough for a leak? */
  readonly isStrong: boolean;
  /** Slots of earlier lives. */
  readonly served: number;
  readonly lives: Lives;
  /** Evidence that the budget of false alarms asks for on this level. */
  readonly bar: number;
}

/** A rise over one window, and what is known of its series. Heights are in the metric's unit, times in slots. */
export interface Rise extends Ascent, Known {
  readonly track: Track;
  /** Height before the rise, and the lower of the newest block and its average. */
  readonly base: number;
  readonly now: number;
  /** How deep this level ever fell, in this life or an earlier one. */
  readonly drawdown: number;
}

/** @returns whether the rise is to be disbelieved */
export type Guard = (rise: Rise) => boolean;

/** How a track looks at a window. */
export interface Track {
  /** Increments that the rise is measured over: it takes one block more. */
  readonly span: number;
  /** Blocks that each end is averaged over. */
  readonly smooth: number;
  /** The deepest falls that a rise must exceed to be suspected, if the evidence is enough for a leak. */
  readonly fallsIfStrong: number;
  /** If one of these applies, it is not even suspected. */
  readonly quietIf: readonly Guard[];
  /** If one of these applies, it is suspected and no leak. */
  readonly suspectIf: readonly Guard[];
}

/**
 * The rise over the newest window of a track. Called for most blocks of a leak, so it lists the fields: a spread is
 * slow.
 */
export function riseOf(track: Track, blocks: Blocks, level: number, known: Known): Rise {
  const { span, smooth } = track;
  const { metric, patience, floors, isStrong, served, lives, bar } = known;
  const base = blocks.mean(level, span, smooth);
  const now = Math.min(blocks.at(level, 0), blocks.mean(level, 0, smooth));
  const rise = now - base;
  const drawdown = blocks.drawdown(level);
  return {
    track,
    blocks,
    level,
    span,
    smooth,
    metric,
    patience,
    floors,
    isStrong,
    served,
    lives,
    bar,
    base,
    now,
    rise,
    drawdown,
  };
}

/** Blocks of a level that were seen before the rank window, in this life and earlier ones. */
export function blocksBefore(floors: Floors, level: number, served: number): number {
  return (served + floors.slots) / floors.size(level) - RANK_WINDOW;
}
