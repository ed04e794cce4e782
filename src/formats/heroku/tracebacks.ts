/**
 * Tracebacks of Python, whose last line says what went wrong, and the lines before it where: `in accept`, then `[Errno
 * 11]`. Lines of a process in; at the last one, the place where it happened. Keeps one place for each process.
 */

/** Chosen: more processes than write tracebacks at the same moment. The oldest is forgotten. */
const MOST_OPEN = 100;
/** Lines of others that may stand between the lines of a traceback. Chosen: workers of one dyno write into one log. */
const MOST_BETWEEN = 5;

const BEGIN = 'Traceback (most recent call last)';
/** `  File "/app/x.py", line 3, in accept`; in a group of exceptions with a bar before it */
const PLACE = /^[\s|]*File "[^"]{0,500}", line \d{1,9}, in (\S{1,100})/;
/** `BlockingIOError: [Errno 11] ...`, `socket.error: ...` */
const ERROR = /^[\s|]*[\w.]{0,200}(?:Error|Exception|error|Interrupt|Exit|Warning|Timeout)\w{0,50}(?::|\s*$)/;
/** The line that underlines a part of the line above it. */
const UNDERLINE = /^[\s|]*[~^][\s~^]*$/;

interface Open {
  /** The innermost function, and its line. */
  place: string;
  /** The next line is the line of the program. */
  expectsCode: boolean;
  between: number;
}

export class Tracebacks {
  readonly #open = new Map<string, Open>();

  /** Are there any, so that each line has to be looked at? */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /**
   * @param process whose line it is
   * @returns the place of the error, if the line is the last of a traceback; `inside` if it is another line of one
   */
  take(line: string, process: string): { readonly place: string } | 'inside' | undefined {
    if (line.includes(BEGIN)) {
      this.#open.delete(process);
      const [oldest] = this.#open.keys();
      if (this.#open.size >= MOST_OPEN && oldest !== undefined) this.#open.delete(oldest);
      this.#open.set(process, { place: '', expectsCode: false, between: 0 });
      return line.trimEnd().endsWith(':') ? 'inside' : undefined;
    }
    const one = this.#open.get(process);
    if (!one) return undefined;
    const [, name] = PLACE.exec(line) ?? [];
    if (name !== undefined) {
      this.#open.set(process, { place: name, expectsCode: true, between: 0 });
      return 'inside';
    }
    if (ERROR.test(line)) {
      this.#open.delete(process);
      return { place: one.place };
    }
    if (one.expectsCode) {
      one.place += ` ${line.trim()}`;
      one.expectsCode = false;
      return 'inside';
    }
    if (UNDERLINE.test(line)) return 'inside';
    if (++one.between > MOST_BETWEEN) this.#open.delete(process);
    return undefined;
  }
}
