/**
 * The corridor: readings come in, a report goes out, and live and replay walk the same way.
 *
 *   state = createState(options)
 *   report = step(state, readings)      for each instant, in order
 *
 * Pure: time is data. The same readings give byte for byte the same reports.
 */
import type { InPortions } from './model/portions.ts';
import type { Readings } from './model/reading.ts';
import { type HostOptions, HostVerdicts } from './verdict/host.ts';
import type { Report } from './verdict/report.ts';

export type CoreState = HostVerdicts;

export function createState(options: HostOptions): CoreState {
  return new HostVerdicts(options);
}

export function step(state: CoreState, readings: Readings): Report {
  return state.judge(readings);
}

/** The same, for who has others waiting: the report comes whole, at the end. */
export function stepInPortions(state: CoreState, readings: Readings): InPortions<Report> {
  return state.judgeInPortions(readings);
}
