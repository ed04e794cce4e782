/**
 * Crash loops need no statistics either: a program that dies young, and whose successors die young, does not come up.
 * Seen are a new root of the group each time, and the pause before it:
 *
 *   at once       |--|-|----|--|-|---|        no loop, a deploy:      |-------------|-----------
 *   same delay    |--|  |-|  |----|  |-|                a schedule:   |-|    |--|   |-|    |-|
 *   backs off     |-| |-|  |-|    |-|                   as it comes:  |--|   ||  |----| |-|     |-|
 *
 * Null hypothesis: it ended because its work was done, or because somebody ended it. Lives and pauses are known to one
 * sampling interval. Not seen: how a process ended; processes that are never there when a sample is taken. A job that
 * is started again as soon as it is done looks the same as a crash.
 */
import { median } from '../stats/quantile.ts';
import type { Stage } from './detector.ts';

/**
 * Restarts, and samples since the first of these lives began, for a suspicion and for a leak. Fewer: commands by hand
 * count.
 */
const SUSPECTED = { restarts: 5, samples: 10 };
const SURE = { restarts: 10, samples: 20 };
/** The newest lives, which are judged; as many as a leak needs restarts. */
const MOST_LIVES = 10;
/** Greatest median life. A crash at boot seldom takes longer; between two deploys there is seldom less. */
const SHORT_LIFE_SECONDS = 300;
/**
 * A program that lives longer has come up: Kubernetes resets its back-off after 10 minutes (Pod lifecycle, restart
 * policy).
 */
const LONG_LIFE_SECONDS = 600;
/** In a loop it must also live longer than so many median lives. */
const LONG_LIVES = 4;
/** A group that is away for longer will not come back: six times the longest back-off of Kubernetes, 5 minutes ... */
const GONE_SECONDS = 1800;
/** ... and longer than so many of its longest pauses: a pause that doubles is twice the last one. */
const GONE_GAPS = 4;
/**
 * Lives shorter than the sampling interval may fall between two samples: this share of restarts without a pause is
 * enough.
 */
const AT_ONCE_SHARE = 0.8;
/** Fewest pauses that double: two could be chance. */
const LEAST_DELAYS = 3;
/** The longest must be so many times the first: two doublings, each less the jitter, are 1.5 squared. */
const LEAST_GROWTH = 2.25;
/** It must also last for so many samples, beside which the error of one and a half is small. */
const LEAST_LONGEST_SAMPLES = 6;
/** Share by which supervisors vary their pauses. */
const JITTER = 0.25;
/**
 * Pauses that may be too short to see before the first one: Kubernetes begins with 10 s and doubles, Heroku with none.
 */
const MOST_AT_ONCE = 3;
/** Cron and timers start on the minute. */
const BEAT_SECONDS = 60;
/** A beat of so many sampling intervals at least: on a shorter one any start would seem to be. */
const LEAST_BEAT_SAMPLES = 3;
/**
 * Share of starts, or lives, that must be even. The others began at the instant of a sample, and are seen one later.
 */
const EVEN_SHARE = 0.8;
/** A program that is there for so many times its pauses is no short job of a schedule. */
const MOSTLY_THERE = 2;
/** A time that is known to one sample is off by up to half an interval, a difference of two by up to one and a half. */
const HALF_SAMPLE = 0.5;
const BLUR_SAMPLES = 1.5;

/** A life that has ended. */
interface Life {
  readonly begun: number;
  readonly seconds: number;
  /** The pause from its end to the next start. */
  readonly gapSeconds: number;
}

/** The evidence of a loop. */
export interface Loop {
  /** When the first of its lives began, seconds since the epoch. */
  readonly since: number;
  readonly restarts: number;
  /** Median of the last ten lives. */
  readonly medianLifeSeconds: number;
}

/** The restarts of one group. */
export class RestartDetector {
  readonly #intervalSeconds: number;
  #stage: Stage = 'quiet';
  #start = '';
  /** When this life was first seen, and when the group was last seen. */
  #begun = 0;
  #lastSeen = 0;
  /** Short lives since the last long one, oldest first. */
  readonly #lives: Life[] = [];
  #since = 0;
  #restarts = 0;

  constructor(options: { readonly intervalSeconds: number }) {
    this.#intervalSeconds = options.intervalSeconds;
  }

  /** It only rises, until a life is long. */
  get stage(): Stage {
    return this.#stage;
  }

  get loop(): Loop {
    return { since: this.#since, restarts: this.#restarts, medianLifeSeconds: this.#medianLife() };
  }

  /**
   * The group is there.
   * @param start identity of its root
   * @param isSuccessor did a new root take the place of one that died? It was not there beside it
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

  /** Has the group been away for so long that it will not come back? */
  isGone(t: number): boolean {
    const longest = Math.max(0, ...this.#lives.map(({ gapSeconds }) => gapSeconds));
    return t - this.#lastSeen > Math.max(GONE_SECONDS, GONE_GAPS * longest);
  }

  #restart(t: number): void {
    const lives = this.#lives;
    // The death and the birth lie anywhere between two samples.
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
    // A supervisor that backs off has counted the deaths itself.
    if (this.#isBackingOff()) this.#stage = 'leak';
    else if (this.#isAtOnce() || this.#isSameDelay())
      this.#stage = this.#restarts >= SURE.restarts && samples >= SURE.samples ? 'leak' : 'suspect';
  }

  /** Most pauses are too short for a sample, and none is longer than one. */
  #isAtOnce(): boolean {
    const gaps = this.#gaps();
    const atOnce = gaps.filter((gap) => gap < HALF_SAMPLE * this.#intervalSeconds).length;
    if (atOnce < SUSPECTED.restarts) return false;
    return this.#medianLife() <= this.#intervalSeconds
      ? atOnce >= AT_ONCE_SHARE * gaps.length
      : Math.max(...gaps) <= this.#blurSeconds;
  }

  /** The pause before each restart is constant: a supervisor with a fixed delay, not a person. */
  #isSameDelay(): boolean {
    const gaps = this.#gaps();
    return gaps.length === MOST_LIVES && Math.max(...gaps) - Math.min(...gaps) <= this.#blurSeconds;
  }

  /** Three pauses or more, each twice the one before or as long as the longest. */
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

  /** Starts keep to the minute, and lives differ or are shorter than pauses: a clock starts it, and not its death. */
  #isScheduled(t: number): boolean {
    const beat = BEAT_SECONDS * Math.ceil((LEAST_BEAT_SAMPLES * this.#intervalSeconds) / BEAT_SECONDS);
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
    const even = values.filter((value) => Math.abs(value - usual) < HALF_SAMPLE * this.#intervalSeconds).length;
    return even >= EVEN_SHARE * values.length;
  }

  /** Pauses of one length may seem to differ by so much. */
  get #blurSeconds(): number {
    return BLUR_SAMPLES * this.#intervalSeconds;
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
