/** Proposals for misspelt names. */

/** Names are short; what is longer is no slip of the fingers. */
const LONGEST = 64;
// Rows of the table of edits, used again by every call.
let beforeLast = new Uint8Array(LONGEST + 4);
let last = new Uint8Array(LONGEST + 4);
let row = new Uint8Array(LONGEST + 4);

/**
 * Edits (insert, delete, replace, swap of neighbours) between two words of at most LONGEST letters, or `limit + 1`
 * where there are more: only the cells that so many edits can reach are looked at.
 */
function distance(a: string, b: string, limit: number): number {
  const far = limit + 1;
  for (let j = 0; j <= b.length; j++) last[j] = Math.min(j, far);
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - limit);
    const to = Math.min(b.length, i + limit);
    row[from - 1] = from === 1 ? Math.min(i, far) : far;
    let best = row[from - 1] ?? far;
    for (let j = from; j <= to; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      // Outside the band nothing was written in the row before.
      const above = j === i + limit ? far : (last[j] ?? far);
      let cost = Math.min(above + 1, (row[j - 1] ?? far) + 1, (last[j - 1] ?? far) + (same ? 0 : 1));
      if (
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      ) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? far) + 1);
      }
      row[j] = Math.min(cost, far);
      best = Math.min(best, cost);
    }
    if (best > limit) return far;
    [beforeLast, last, row] = [last, row, beforeLast];
  }
  return Math.min(last[b.length] ?? far, far);
}

/** The letters of a word as bits: an edit changes two of them at most. */
function letters(word: string): number {
  let bits = 0;
  for (let i = 0; i < word.length; i++) bits |= 1 << (word.charCodeAt(i) & 31);
  return bits;
}

function bitCount(bits: number): number {
  let rest = bits;
  let count = 0;
  for (; rest !== 0; count++) rest &= rest - 1;
  return count;
}

/**
 * The candidate that a misspelt word most likely meant, in any case; undefined where none is near: one edit for
 * words of up to four letters, two up to eight, three beyond, and a word of two letters only with its letters swapped.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  if (wanted.length > LONGEST) return undefined;
  const limit = wanted.length <= 4 ? 1 : wanted.length <= 8 ? 2 : 3;
  const bits = letters(wanted);
  let found: string | undefined;
  let best = limit + 1;
  for (const candidate of candidates) {
    const most = Math.min(best, limit);
    // So many letters more or less are so many edits, and the table has no cell for more of them than are allowed.
    if (Math.abs(candidate.length - wanted.length) > most) continue;
    const spelt = candidate.toLowerCase();
    // A few letters are two in lower case.
    if (Math.abs(spelt.length - wanted.length) > most) continue;
    if (bitCount(bits ^ letters(spelt)) > 2 * limit) continue;
    if (spelt.length <= 2 && [...spelt].sort().join('') !== [...wanted].sort().join('')) continue;
    const edits = distance(wanted, spelt, most);
    if (edits < best) {
      best = edits;
      found = candidate;
    }
  }
  return found;
}
