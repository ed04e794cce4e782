/** The metric and alert lines of the log, in the form that `--log-format` names. */
import type { LogFormat } from '../../config/config.ts';
import type { Origin } from '../../model/identity.ts';
import type { NamedEvent } from '../../verdict/culprit.ts';
import type { Publication } from '../../verdict/publication.ts';
import type { Sink } from '../sink.ts';
import type { LineOutput } from './line-output.ts';
import { JSON_LINES, L2MET, type LineFormat } from './log-lines.ts';

const FORMATS: Readonly<Record<LogFormat, LineFormat>> = { l2met: L2MET, json: JSON_LINES };

export class Log implements Sink {
  readonly name = 'log';
  readonly #output: LineOutput;
  readonly #identity: Origin;
  readonly #format: LineFormat;
  /** Lines have been lost since all that stands was last told. */
  #mayMissEvents = false;

  constructor(output: LineOutput, options: { readonly identity: Origin; readonly format: LogFormat }) {
    this.#output = output;
    this.#identity = options.identity;
    this.#format = FORMATS[options.format];
  }

  publish(publication: Publication): void {
    const { events, standing } = publication;
    if (this.#output.untold > 0) this.#mayMissEvents = true;
    // A line that tells of the loss was written: what is written now is not lost on the same full disk.
    const isBack = this.#mayMissEvents && this.#output.isIdle && this.#output.untold === 0;
    if (isBack) this.#mayMissEvents = false;
    this.#write(this.#format.readings(publication, this.#identity));
    const news = new Set(events.map(keyOf));
    const again = isBack ? standing.filter((event) => !news.has(keyOf(event))) : [];
    this.#write(
      [
        ...again.map((event) => this.#format.event(event, publication, this.#identity, 'again')),
        ...events.map((event) => this.#format.event(event, publication, this.#identity)),
      ],
      'must not be lost',
    );
  }

  dropped() {
    return [['log_lines', this.#output.dropped]] as const;
  }

  close(): Promise<void> {
    return this.#output.close();
  }

  /** The first line that is taken after others were lost says how many. */
  #write(lines: readonly string[], importance?: 'must not be lost'): void {
    const [first, ...others] = lines;
    if (first === undefined) return;
    const { untold } = this.#output;
    this.#output.write([untold > 0 ? this.#format.withLost(first, untold) : first], importance, untold);
    this.#output.write(others, importance);
  }
}

function keyOf(event: NamedEvent): string {
  const about = event.code === 'W50' ? event.evidence.cause : event.metric;
  return `${event.code} ${about} ${event.group}`;
}
