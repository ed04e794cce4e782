/** The metric and alert lines of the log, in the form that `--log-format` names. */
import type { LogFormat } from '../../config/config.ts';
import type { Identity } from '../../model/identity.ts';
import type { Publication } from '../../verdict/publication.ts';
import type { Sink } from '../sink.ts';
import type { LineOutput } from './line-output.ts';
import { type Render, renderJson, renderL2met } from './log-lines.ts';

const RENDER: Readonly<Record<LogFormat, Render>> = { l2met: renderL2met, json: renderJson };

export class Log implements Sink {
  readonly name = 'log';
  readonly #output: LineOutput;
  readonly #identity: Identity;
  readonly #render: Render;

  constructor(output: LineOutput, options: { readonly identity: Identity; readonly format: LogFormat }) {
    this.#output = output;
    this.#identity = options.identity;
    this.#render = RENDER[options.format];
  }

  publish(publication: Publication): void {
    this.#output.write(this.#render(publication, this.#identity));
  }

  dropped() {
    return [['log_lines', this.#output.dropped]] as const;
  }

  close(): Promise<void> {
    return this.#output.close();
  }
}
