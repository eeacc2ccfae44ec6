/**
 * Finds the word that somebody probably meant.
 * Decides how close is close; never looks at long words, so that hostile ones cost nothing.
 */
import { distance } from 'fastest-levenshtein';

const LONGEST = 64;

/**
 * The candidate that reads most like a word, `undefined` when none is close; case, `_` and `-` do not count.
 *
 * @param word what was written; over 64 characters nothing is suggested
 * @param candidates what may be written
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) {
    return undefined;
  }
  const written = fold(word);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const limit = closeness(Math.max(word.length, candidate.length));
    if (candidate.length > LONGEST || Math.abs(candidate.length - word.length) > limit + 4) {
      continue;
    }
    const apart = distance(written, fold(candidate));
    if (apart <= limit && apart < bestDistance) {
      best = candidate;
      bestDistance = apart;
    }
  }
  return best;
}

function closeness(length: number): number {
  return length < 4 ? 1 : length < 9 ? 2 : 3;
}

function fold(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}
