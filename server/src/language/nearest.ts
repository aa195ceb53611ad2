/** Proposals for misspelt names. */

/** Edits (insert, delete, replace, swap of neighbours) between two words, or `limit + 1` where there are more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped =
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
      best = Math.min(best, cost);
    }
    if (best > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

/**
 * The candidate that a misspelt word most likely meant, in any case; undefined where none is near: one edit for
 * words of up to four letters, two up to eight, three beyond, and a word of two letters only with its letters swapped.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  const limit = wanted.length <= 4 ? 1 : wanted.length <= 8 ? 2 : 3;
  let found: string | undefined;
  let best = limit + 1;
  for (const candidate of candidates) {
    const spelt = candidate.toLowerCase();
    if (spelt.length <= 2 && [...spelt].sort().join('') !== [...wanted].sort().join('')) continue;
    const edits = distance(wanted, spelt, Math.min(best, limit));
    if (edits < best) {
      best = edits;
      found = candidate;
    }
  }
  return found;
}
