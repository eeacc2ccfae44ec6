/**
 * Finds the word that was probably meant.
 * Decides how close is close; never looks at long words, so that hostile ones cost nothing.
 */
import { distance } from 'fastest-levenshtein';

const LONGEST = 64;

/** The candidate that reads most like a word, `undefined` when none is close. */
export type Suggest = (word: string) => string | undefined;

/**
 * Finds, for any word, the candidate that was probably meant; case, `_` and `-` do not count.
 *
 * @param candidates what may be written; those over 64 characters are never suggested, nor is anything for such a word
 */
export function suggester(candidates: readonly string[]): Suggest {
  const known = candidates
    .filter((candidate) => candidate.length <= LONGEST)
    .map((candidate) => ({ candidate, folded: fold(candidate) }));
  return (word) => {
    if (word.length > LONGEST) {
      return undefined;
    }
    const written = fold(word);
    let best: string | undefined;
    let bestDistance = Infinity;
    for (const { candidate, folded } of known) {
      const limit = Math.min(closeness(Math.max(written.length, folded.length)), bestDistance - 1);
      if (Math.abs(folded.length - written.length) <= limit) {
        const apart = distance(written, folded);
        if (apart <= limit) {
          best = candidate;
          bestDistance = apart;
        }
      }
    }
    return best;
  };
}

function closeness(length: number): number {
  return length < 4 ? 1 : length < 9 ? 2 : 3;
}

/** A word as it is compared: without case, `_` and `-`. */
export function fold(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}

/** Whether `word` is `meant` with one letter added, left out or changed, or with two adjacent letters swapped. */
export function isSlipOf(meant: string, word: string): boolean {
  if (word.length > LONGEST) return false;
  const [written, right] = [fold(word), fold(meant)];
  if (distance(written, right) <= 1) return true;
  const at = Array.from(right).findIndex((letter, index) => letter !== written[index]);
  if (at < 0) return false;
  const swapped = right.slice(0, at) + right.charAt(at + 1) + right.charAt(at) + right.slice(at + 2);
  return written === swapped;
}
