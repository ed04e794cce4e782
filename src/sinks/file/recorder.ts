/** `--record`: writes the readings of each sample as a line of a recording, which `leakwatch replay` reads. */
import { encodeHeader, encodeReadings } from '../../formats/recording.ts';
import type { Readings } from '../../model/reading.ts';
import type { Publication } from '../../verdict/publication.ts';
import type { LineOutput } from '../log/line-output.ts';
import type { Sink } from '../sink.ts';

export class Recorder implements Sink {
  readonly name = 'recording';
  readonly outlivesStdout = true;
  readonly #output: LineOutput;

  constructor(output: LineOutput, header: { readonly intervalSeconds: number; readonly source: string }) {
    this.#output = output;
    output.write([encodeHeader(header)]);
  }

  publish(_: Publication, readings: Readings | undefined): void {
    if (readings) this.#output.write([encodeReadings(readings)]);
  }

  dropped() {
    return [['recording_lines', this.#output.dropped]] as const;
  }

  close(): Promise<void> {
    return this.#output.close();
  }
}
