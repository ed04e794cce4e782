/**
 * Restarts need no statistics either: a program that dies young, and whose successor dies young, and so on, does not
 * come up. Seen are another root of the group each time, and how long the group was away before it:
 *
 *   at once       |--|-|----|--|-|---|        no loop, a deploy:      |-------------|-----------
 *   same delay    |--|  |-|  |----|  |-|                a schedule:   |-|    |--|   |-|    |-|
 *   backs off     |-| |-|  |-|    |-|                   as it comes:  |--|   ||  |----| |-|     |-|
 *
 * Null hypothesis: it ended because its work was done, or because somebody wanted it. Lives and gaps are known to a
 * sample's length. Not seen: who is never there when a sample is taken; how anything ended. What is started again as soon
 * as it has done its work looks the same as what crashes.
 */
import { median } from '../stats/quantile.ts';
import type { Stage } from './detector.ts';

/** Restarts, and samples since the first of these lives began, until it is suspected, and until it is sure. */
const SUSPECTED = { restarts: 5, samples: 10 };
const SURE = { restarts: 10, samples: 20 };
/** The lives that are judged. */
const MOST_LIVES = 10;
/** Who crashes at boot seldom lives longer, and who is deployed all day long seldom shorter. */
const SHORT_LIFE_SECONDS = 300;
/** It has come up: after ten minutes, when Kubernetes and others forget what was; and once it is old among its own. */
const LONG_LIFE_SECONDS = 600;
const LONG_LIVES = 4;
/** Delays double: one that is away for longer than this, and than so many of its absences, will not come back. */
const GONE_SECONDS = 1800;
const GONE_GAPS = 4;
/** Lives shorter than a sample may fall between two: of their restarts this share is enough. */
const AT_ONCE_SHARE = 0.8;
/** Delays that double: so many of them, the last so much longer than the first, and than what samples can tell apart. */
const LEAST_DELAYS = 3;
const LEAST_GROWTH = 2.25;
const LEAST_LONGEST_SAMPLES = 6;
const JITTER = 0.25;
/** Kubernetes begins with ten and twenty seconds, Heroku with none. */
const MOST_AT_ONCE = 3;
/** Schedules keep to the minute. */
const BEAT_SECONDS = 60;
/** Of what is even. The rest may be seen a sample later or earlier: it fell upon the sample. */
const EVEN_SHARE = 0.8;
/** So many times longer there than away is no short job every now and then. */
const MOSTLY_THERE = 2;

/** A life that has ended. */
interface Life {
  readonly begun: number;
  readonly seconds: number;
  /** From its end to the next beginning. */
  readonly gapSeconds: number;
}

/** What there is to say of a loop. */
export interface Loop {
  /** When the first of its lives began, seconds since the epoch. */
  readonly since: number;
  readonly restarts: number;
  /** Of the last ten. */
  readonly medianLifeSeconds: number;
}

/** The restarts of one group. */
export class RestartDetector {
  readonly #intervalSeconds: number;
  #stage: Stage = 'quiet';
  #start = '';
  /** When this incarnation was first seen, and when the group was last. */
  #begun = 0;
  #lastSeen = 0;
  /** Short ones since it last lived long, oldest first. */
  readonly #lives: Life[] = [];
  #since = 0;
  #restarts = 0;

  constructor(options: { readonly intervalSeconds: number }) {
    this.#intervalSeconds = options.intervalSeconds;
  }

  /** It only rises, until the group lives long. */
  get stage(): Stage {
    return this.#stage;
  }

  get loop(): Loop {
    return { since: this.#since, restarts: this.#restarts, medianLifeSeconds: this.#medianLife() };
  }

  /**
   * The group is there.
   * @param start identity of its root
   * @param isSuccessor of another root than before: it took the place of one that died, it was not there beside it
   * @param t seconds since the epoch
   */
  see(start: string, isSuccessor: boolean, t: number): void {
    if (this.#start === '' || t < this.#lastSeen) {
      this.#settle();
      this.#begun = t;
    } else if (start !== this.#start && isSuccessor) {
      this.#restart(t);
    } else if (t - this.#begun >= this.#longLife()) {
      this.#settle();
    }
    this.#start = start;
    this.#lastSeen = t;
  }

  /** Has it been away for so long that it will not come back? */
  isGone(t: number): boolean {
    const longest = Math.max(0, ...this.#lives.map(({ gapSeconds }) => gapSeconds));
    return t - this.#lastSeen > Math.max(GONE_SECONDS, GONE_GAPS * longest);
  }

  #restart(t: number): void {
    const lives = this.#lives;
    // The one died, and the other was born, anywhere between two samples.
    const seconds = this.#lastSeen - this.#begun + this.#intervalSeconds;
    const gapSeconds = Math.max(0, t - this.#lastSeen - this.#intervalSeconds);
    if (seconds >= this.#longLife() || this.isGone(t)) this.#settle();
    else lives.push({ begun: this.#begun, seconds, gapSeconds });
    if (lives.length > MOST_LIVES) lives.shift();
    this.#begun = t;
    this.#restarts++;
    if (this.#stage === 'quiet') {
      this.#restarts = lives.length;
      this.#since = lives[0]?.begun ?? t;
    }
    if (this.#stage !== 'leak') this.#judge(t);
  }

  #judge(t: number): void {
    const lives = this.#lives;
    const samples = (t - this.#since) / this.#intervalSeconds;
    if (lives.length < SUSPECTED.restarts || samples < SUSPECTED.samples) return;
    if (this.#medianLife() > SHORT_LIFE_SECONDS) return;
    if (this.#isScheduled(t)) return;
    // Whoever starts it has seen it die, too.
    if (this.#isBackingOff()) this.#stage = 'leak';
    else if (this.#isAtOnce() || this.#isSameDelay())
      this.#stage = this.#restarts >= SURE.restarts && samples >= SURE.samples ? 'leak' : 'suspect';
  }

  /** No sample without it, or one at the most. */
  #isAtOnce(): boolean {
    const gaps = this.#gaps();
    const atOnce = gaps.filter((gap) => gap < this.#intervalSeconds / 2).length;
    if (atOnce < SUSPECTED.restarts) return false;
    return this.#medianLife() <= this.#intervalSeconds
      ? atOnce >= AT_ONCE_SHARE * gaps.length
      : Math.max(...gaps) <= this.#blurSeconds;
  }

  /** Away for as long each time, however long it lived: nobody comes so who comes as he likes. */
  #isSameDelay(): boolean {
    const gaps = this.#gaps();
    return gaps.length === MOST_LIVES && Math.max(...gaps) - Math.min(...gaps) <= this.#blurSeconds;
  }

  /** Three delays or more, each twice as long as the one before, or as long where that is the longest there is. */
  #isBackingOff(): boolean {
    const blur = this.#blurSeconds;
    const gaps = this.#gaps();
    const first = gaps.findIndex((gap) => gap > blur);
    const delays = gaps.slice(first);
    if (first < 0 || first > MOST_AT_ONCE || delays.length < LEAST_DELAYS) return false;
    const longest = delays.at(-1)!;
    if (longest < Math.max(LEAST_GROWTH * delays[0]!, LEAST_LONGEST_SAMPLES * this.#intervalSeconds)) return false;
    return delays.every((delay, at) => {
      const expected = at === 0 ? delay : Math.min(longest, 2 * delays[at - 1]!);
      return Math.abs(delay - expected) <= blur + JITTER * expected;
    });
  }

  /** On the minute, however long it lived, or for a part of the time: a clock starts it, and not its own death. */
  #isScheduled(t: number): boolean {
    const beat = BEAT_SECONDS * Math.ceil((3 * this.#intervalSeconds) / BEAT_SECONDS);
    const first = this.#lives[0]!.begun;
    const starts = [...this.#lives.slice(1).map(({ begun }) => begun), t];
    if (
      !this.#areEven(
        starts.map((start) => start - first - beat * Math.round((start - first) / beat)),
        0,
      )
    )
      return false;
    const usual = this.#medianLife();
    const lives = this.#lives.map(({ seconds }) => seconds);
    return !this.#areEven(lives, usual) || usual < MOSTLY_THERE * median(this.#gaps())!;
  }

  #areEven(values: readonly number[], usual: number): boolean {
    const even = values.filter((value) => Math.abs(value - usual) < this.#intervalSeconds / 2).length;
    return even >= EVEN_SHARE * values.length;
  }

  /** What is as long may seem to be longer or shorter by one sample. */
  get #blurSeconds(): number {
    return 1.5 * this.#intervalSeconds;
  }

  #gaps(): number[] {
    return this.#lives.map(({ gapSeconds }) => gapSeconds);
  }

  #settle(): void {
    this.#lives.length = 0;
    this.#stage = 'quiet';
    this.#restarts = 0;
  }

  #medianLife(): number {
    return median(this.#lives.map(({ seconds }) => seconds)) ?? 0;
  }

  #longLife(): number {
    return this.#stage === 'quiet' ? LONG_LIFE_SECONDS : Math.max(LONG_LIFE_SECONDS, LONG_LIVES * this.#medianLife());
  }
}
