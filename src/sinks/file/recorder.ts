/** Writes what the core saw as a recording, a line a sample, so that any run can be replayed. */
import { encodeHeader, encodeReadings } from '../../formats/recording.ts';
import type { Readings } from '../../model/reading.ts';
import type { LineOutput } from '../log/line-output.ts';

export class Recorder {
  readonly #output: LineOutput;

  constructor(output: LineOutput, header: { readonly intervalSeconds: number; readonly source: string }) {
    this.#output = output;
    output.write([encodeHeader(header)]);
  }

  record(readings: Readings): void {
    this.#output.write([encodeReadings(readings)]);
  }
}
