/** Shares: their intervals, and whether two of them differ. */
import { chiSquareTail, logChoose, twoSided } from './distributions.ts';

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.959963984540054;
/** Below so many expected in a cell the normal distribution is no approximation: Fisher's exact test is taken. */
const ENOUGH_EXPECTED = 5;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Wilson's 95 % interval of a share: within 0 and 1, and sensible for few observations. */
export function wilson(count: number, n: number): Interval {
  const share = count / n;
  const z2 = Z95 * Z95;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return {
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === n ? 1 : Math.min(1, centre + half),
  };
}

/** Newcombe's 95 % interval of the difference b − a of two shares, from Wilson's of each. */
export function shareDifference(countA: number, nA: number, countB: number, nB: number): Interval {
  const [a, b] = [countA / nA, countB / nB];
  const [ofA, ofB] = [wilson(countA, nA), wilson(countB, nB)];
  const difference = b - a;
  return {
    low: difference - Math.hypot(b - ofB.low, ofA.high - a),
    high: difference + Math.hypot(ofB.high - b, a - ofA.low),
  };
}

/**
 * p that two shares are one: the pooled two-proportion test, or Fisher's exact one where fewer than five are expected
 * in a cell. 1 where a side is empty.
 */
export function compareShares(countA: number, nA: number, countB: number, nB: number): number {
  if (nA === 0 || nB === 0) return 1;
  const pooled = (countA + countB) / (nA + nB);
  if (pooled === 0 || pooled === 1) return 1;
  if (Math.min(nA, nB) * Math.min(pooled, 1 - pooled) < ENOUGH_EXPECTED) {
    return fisher(countA, nA, countB, nB);
  }
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / nA + 1 / nB));
  return twoSided((countB / nB - countA / nA) / error);
}

/** Two-sided: the probability of all tables with these margins that are no likelier than this one. */
function fisher(countA: number, nA: number, countB: number, nB: number): number {
  const all = countA + countB;
  const whole = logChoose(nA + nB, all);
  const probability = (k: number): number => Math.exp(logChoose(nA, k) + logChoose(nB, all - k) - whole);
  const observed = probability(countA);
  let sum = 0;
  for (let k = Math.max(0, all - nB); k <= Math.min(nA, all); k += 1) {
    const each = probability(k);
    // Tables that are equally likely differ in their last digits.
    if (each <= observed * (1 + 1e-7)) sum += each;
  }
  return Math.min(1, sum);
}

/** p of the G-test of independence for a table of counts by rows; empty rows and columns do not count. */
export function gTest(rows: readonly (readonly number[])[]): number {
  const filled = rows.filter((row) => row.some((count) => count > 0));
  const columns = (filled[0] ?? []).map((_, c) => filled.reduce((sum, row) => sum + (row[c] ?? 0), 0));
  const total = columns.reduce((sum, count) => sum + count, 0);
  let g = 0;
  for (const row of filled) {
    const sum = row.reduce((all, count) => all + count, 0);
    for (const [c, count] of row.entries()) {
      if (count > 0) g += 2 * count * Math.log((count * total) / (sum * (columns[c] ?? 0)));
    }
  }
  return chiSquareTail(
    Math.max(0, g),
    (filled.length - 1) * (columns.filter((count) => count > 0).length - 1),
  );
}

/** Benjamini and Hochberg's q of each p, in their order: the share of false findings when all up to it are believed. */
export function falseDiscovery(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => (ps[b] ?? 0) - (ps[a] ?? 0));
  const qs = new Array<number>(ps.length).fill(1);
  let least = 1;
  for (const [place, i] of order.entries()) {
    // The quotient first: where it is 1, q is p to the last digit.
    least = Math.min(least, (ps[i] ?? 1) * (ps.length / (ps.length - place)));
    qs[i] = least;
  }
  return qs;
}
