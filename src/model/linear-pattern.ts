/**
 * Finds a regular expression in a text in time that is linear in the text. Node's own engine tries one way after the
 * other, and for `^(\w+[ /-]?)+$` their number doubles with each character of a text that does not match. Here all ways
 * are followed at once, as the set of states that a nondeterministic automaton is in (Thompson 1968, CACM 11(6):419).
 * A single character is still compared by Node's engine, so that classes, escapes and flags mean what they always mean.
 * A set that was met before is known, with the set that follows each character (RE2 calls it a lazy DFA).
 * Cost: a look-up for each character; at most one step for each state, where the set is new.
 */

/** A repetition stands in the automaton as often as it is counted. RE2 allows as many (doc/syntax.txt). */
const MOST_STATES = 1000;

/** What only a search that goes back could match, and what is not read here; by how it begins. */
const REFUSED: readonly (readonly [beginning: RegExp, what: string])[] = [
  [/^\(\?!/, 'negative lookahead (?!'],
  [/^\(\?=/, 'lookahead (?='],
  [/^\(\?<!/, 'negative lookbehind (?<!'],
  [/^\(\?<=/, 'lookbehind (?<='],
  [/^\(\?[a-z-]+:/, 'flags for a part, as in (?i:'],
  [/^\\[1-9]/, 'backreference, as in \\1'],
  [/^\\k</, 'backreference \\k<'],
  [/^\\c(?![A-Za-z])/, '\\c without a letter'],
];

/** A pattern that is not matched in linear time. The message says what it must not have: `lookahead (?=`. */
export class NotLinearError extends Error {}

/** Why it must not: the rest of the sentence. */
export const WHY_LINEAR = 'other users choose the command lines, so patterns are matched in one pass';

/** One step on the way through a text. */
type State =
  | { readonly kind: 'matched' }
  /** Goes on where both do. `more` is set last, because a loop leads back to its beginning. */
  | { readonly kind: 'either'; readonly next: number; more: number }
  /** Goes on if it holds between the two characters; either may be undefined, at an end of the text. */
  | { readonly kind: 'between'; readonly holds: Between; readonly next: number }
  | CharacterState;

interface CharacterState {
  readonly kind: 'character';
  readonly is: (character: string) => boolean;
  readonly next: number;
}

type Between = (before: string | undefined, after: string | undefined) => boolean;

/** A part of the pattern: adds its states, before those that follow it. @returns the first of its states */
type Part = (next: number) => number;

/** Where a search stands between two characters: it goes on alike from here, whatever the text was. */
interface Place {
  /** States that were reached by the character before; the first one as well, where the pattern may begin anywhere. */
  readonly states: readonly number[];
  readonly before: string | undefined;
  /** By the character that follows. */
  readonly next: Map<string | undefined, Place | typeof FOUND>;
}

const FOUND = Symbol('found');

/**
 * Places and steps that are kept, in numbers and characters: some 500 KB. A pattern needs some hundreds, and a text that
 * was made to need more costs no more than what it is long.
 */
const MOST_KEPT = 20_000;

/** A regular expression that is searched for in linear time. The flags g and d make no difference; y is like a `^`. */
export class LinearPattern {
  readonly #automaton: Automaton;
  readonly #isAnchored: boolean;
  readonly #isUnicode: boolean;
  readonly #places = new Map<string, Place>();
  #kept = 0;
  /** By state: the number of the step in which it was reached last. */
  readonly #reachedIn: Float64Array;
  #step = 0;
  #waiting: CharacterState[] = [];
  #isFound = false;

  /** @throws {NotLinearError} if it has a part or a flag that cannot be matched in linear time, or repeats too much */
  constructor(pattern: RegExp) {
    this.#automaton = new Automaton(pattern);
    this.#reachedIn = new Float64Array(this.#automaton.states.length);
    this.#isAnchored = pattern.sticky;
    this.#isUnicode = pattern.unicode;
  }

  /** @example new LinearPattern(/^ruby .*sidekiq/).isIn('ruby /app/bin/sidekiq') // => true */
  isIn(text: string): boolean {
    const characters = this.#isUnicode ? [...text] : text;
    let place = this.#placeOf([this.#automaton.first], undefined);
    // The last step is that to the end of the text, behind the last character.
    for (let at = 0; at <= characters.length; at++) {
      const after = characters[at];
      const next = place.next.get(after) ?? this.#goOn(place, after);
      if (next === FOUND) return true;
      place = next;
    }
    return false;
  }

  #placeOf(states: readonly number[], before: string | undefined): Place {
    const key = `${this.#automaton.kindOf(before)}${states.join()}`;
    let place = this.#places.get(key);
    if (!place) {
      place = { states, before, next: new Map() };
      this.#places.set(key, place);
      this.#kept += states.length;
    }
    return place;
  }

  #goOn(place: Place, after: string | undefined): Place | typeof FOUND {
    if (this.#kept > MOST_KEPT) {
      for (const { next } of this.#places.values()) next.clear();
      this.#places.clear();
      this.#kept = 0;
    }
    this.#step++;
    this.#waiting.length = 0;
    this.#isFound = false;
    for (const number of place.states) this.#reach(number, place.before, after);
    const reached = new Set(this.#isAnchored ? [] : [this.#automaton.first]);
    if (after !== undefined) for (const state of this.#waiting) if (state.is(after)) reached.add(state.next);
    const next = this.#isFound ? FOUND : this.#placeOf([...reached], after);
    place.next.set(after, next);
    this.#kept++;
    return next;
  }

  #reach(number: number, before: string | undefined, after: string | undefined): void {
    if (this.#reachedIn[number] === this.#step) return;
    this.#reachedIn[number] = this.#step;
    const state = this.#automaton.states[number]!;
    if (state.kind === 'character') this.#waiting.push(state);
    else if (state.kind === 'either') {
      this.#reach(state.next, before, after);
      this.#reach(state.more, before, after);
    } else if (state.kind === 'matched') this.#isFound = true;
    else if (state.holds(before, after)) this.#reach(state.next, before, after);
  }
}

/** Reads the pattern, which is known to be valid, and makes its states, the last one first. */
class Automaton {
  readonly states: State[] = [{ kind: 'matched' }];
  readonly first: number;
  readonly #pattern: RegExp;
  readonly #source: string;
  readonly #flags: string;
  readonly #isLetter: (character: string) => boolean;
  #at = 0;
  /** States and groups: an empty group has no states and can be repeated as well. */
  #size = 0;

  constructor(pattern: RegExp) {
    // Sets of the flag v may have texts of several characters.
    if (pattern.flags.includes('v')) throw new NotLinearError('flag v');
    this.#pattern = pattern;
    this.#source = pattern.source;
    this.#flags = pattern.flags.replace(/[^isu]/g, '');
    this.#isLetter = characterTest('\\w', this.#flags);
    this.first = this.#alternatives()(0);
  }

  #add(state: State): number {
    this.#count();
    return this.states.push(state) - 1;
  }

  #count(): void {
    if (++this.#size > MOST_STATES) throw new NotLinearError(`more than ${MOST_STATES} parts, its counts written out,`);
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take(/\|/y) !== undefined) parts.push(this.#sequence());
    return (next) =>
      parts.map((part) => part(next)).reduce((more, first) => this.#add({ kind: 'either', next: first, more }));
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at]!))
      parts.push(this.#repetition(this.#atom()));
    return (next) => parts.reduceRight((after, part) => part(after), next);
  }

  #atom(): Part {
    const rest = this.#source.slice(this.#at, this.#at + 8);
    for (const [beginning, what] of REFUSED) if (beginning.test(rest)) throw new NotLinearError(what);
    if (this.#take(/\((\?:|\?<[^>]*>)?/y) !== undefined) {
      this.#count();
      const group = this.#alternatives();
      this.#at++;
      return (next) => {
        this.#count();
        return group(next);
      };
    }
    const holds = this.#between();
    if (holds) return (next) => this.#add({ kind: 'between', holds, next });
    const is = characterTest(this.#take(this.#pattern.unicode ? UNICODE_CHARACTER : CHARACTER)!, this.#flags);
    return (next) => this.#add({ kind: 'character', is, next });
  }

  /** Characters of one kind are alike for what stands between two characters. */
  kindOf(character: string | undefined): string {
    return `${this.#isEnd(character)} ${this.#isWord(character)} `;
  }

  #isEnd(character: string | undefined): boolean {
    return character === undefined || (this.#pattern.multiline && /[\n\r\u2028\u2029]/.test(character));
  }

  #isWord(character: string | undefined): boolean {
    return character !== undefined && this.#isLetter(character);
  }

  #between(): Between | undefined {
    const sign = this.#take(/[\^$]|\\[bB]/y);
    if (sign === undefined) return undefined;
    if (sign === '^') return (before) => this.#isEnd(before);
    if (sign === '$') return (_, after) => this.#isEnd(after);
    return (before, after) => (this.#isWord(before) !== this.#isWord(after)) === (sign === '\\b');
  }

  /** What may follow a part: how often it is repeated. Whether as often or as seldom as it can makes no difference. */
  #repetition(part: Part): Part {
    const sign = this.#take(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/y);
    if (sign === undefined) return part;
    const [least, most] = countsOf(sign);
    return (next) => {
      let first = next;
      if (most === Number.POSITIVE_INFINITY) {
        const loop: State = { kind: 'either', next, more: next };
        first = this.#add(loop);
        loop.more = part(first);
      } else {
        for (let left = most - least; left > 0; left--) {
          first = this.#add({ kind: 'either', next, more: part(first) });
        }
      }
      for (let left = least; left > 0; left--) first = part(first);
      return first;
    };
  }

  /** @returns what the expression, which is sticky, matches here; the reading goes on after it */
  #take(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    const [found] = expression.exec(this.#source) ?? [];
    if (found !== undefined) this.#at = expression.lastIndex;
    return found;
  }
}

/** A class, an escape, or any one character. Source: ECMA-262, 22.2.1 and B.1.2. */
const CHARACTER = /\[(?:\\.|[^\]\\])*\]|\\(?:c[A-Za-z]|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|0[0-7]{0,2}|.)|./sy;
const UNICODE_CHARACTER =
  /\[(?:\\.|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u\{[\dA-Fa-f]+\}|u[dD][89abAB][\dA-Fa-f]{2}\\u[dD][c-fC-F][\dA-Fa-f]{2}|c[A-Za-z]|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|.)|./suy;

function countsOf(sign: string): [least: number, most: number] {
  if (sign[0] === '*') return [0, Number.POSITIVE_INFINITY];
  if (sign[0] === '+') return [1, Number.POSITIVE_INFINITY];
  if (sign[0] === '?') return [0, 1];
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(sign)!;
  if (comma === '') return [Number(least), Number(least)];
  return [Number(least), most === '' ? Number.POSITIVE_INFINITY : Number(most)];
}

/** @param source the part of the pattern that matches one character */
function characterTest(source: string, flags: string): (character: string) => boolean {
  const expression = new RegExp(`^(?:${source})$`, flags);
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => Number(expression.test(String.fromCharCode(code))));
  return (character) => {
    const code = character.charCodeAt(0);
    return code < 128 ? ascii[code] === 1 : expression.test(character);
  };
}
