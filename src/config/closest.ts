/**
 * "Did you mean": the known name nearest to a misspelt one by edit distance, where swapping two neighbours is one edit
 * (optimal string alignment). Cost: the length of the word times that of each name.
 */

/** Longer words are not tried: no name is nearly as long, and the text may be of any length. */
const MAX_WORD_LENGTH = 40;

/**
 * @returns the nearest of `names`; undefined if more than about a third of the word is wrong
 * @example closest('intervall', ['listen', 'interval']) // => 'interval'
 */
export function closest(word: string, names: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD_LENGTH) {
    return undefined;
  }
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3) + 1);
  for (const name of names) {
    const distance = editDistance(word, name);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** @returns the end of a sentence: `; did you mean interval?`, or just a full stop */
export function suggestion(word: string, names: Iterable<string>, prefix = ''): string {
  const name = closest(word, names);
  return name === undefined ? '.' : `; did you mean ${prefix}${name}?`;
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(substitution, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
      }
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
