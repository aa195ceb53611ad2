/** Two samples: whether one tends to be larger, and by how much their medians differ. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { twoSided } from './distributions.ts';
import type { Interval } from './shares.ts';

/** Resamples of a bootstrap. */
const ROUNDS = 2_000;

/** Numbers in [0, 1) that are the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  const generator: RandomGenerator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

/**
 * Two-sided p of the rank-sum test (Mann and Whitney) of two samples in ascending order: normal approximation,
 * corrected for ties and continuity. 1 where a side is empty or all values are equal.
 */
export function rankSum(a: Float64Array, b: Float64Array): number {
  const [nA, nB] = [a.length, b.length];
  const n = nA + nB;
  if (nA === 0 || nB === 0) return 1;
  let ranksOfA = 0;
  let ties = 0;
  let [i, j] = [0, 0];
  while (i < nA || j < nB) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    const [fromA, fromB] = [i, j];
    while (i < nA && a[i] === value) i += 1;
    while (j < nB && b[j] === value) j += 1;
    const count = i - fromA + (j - fromB);
    // Values that are equal share the mean of their ranks.
    ranksOfA += (i - fromA) * (fromA + fromB + (count + 1) / 2);
    ties += count ** 3 - count;
  }
  const u = ranksOfA - (nA * (nA + 1)) / 2;
  const variance = ((nA * nB) / 12) * (n + 1 - ties / (n * (n - 1)));
  if (!(variance > 0)) return 1;
  return twoSided(Math.max(0, Math.abs(u - (nA * nB) / 2) - 0.5) / Math.sqrt(variance));
}

/** 95 % bootstrap interval of the difference of the medians, b − a, of two samples in ascending order. */
export function medianDifference(a: Float64Array, b: Float64Array, seed: number): Interval {
  const random = randomNumbers(seed);
  const differences = Float64Array.from(
    { length: ROUNDS },
    () => resampledMedian(b, random) - resampledMedian(a, random),
  ).sort();
  return {
    low: differences[Math.floor(ROUNDS * 0.025)] ?? Number.NaN,
    high: differences[Math.ceil(ROUNDS * 0.975) - 1] ?? Number.NaN,
  };
}

/**
 * The median of a resample, without drawing it: of n numbers in [0, 1) the k-th smallest follows a beta distribution,
 * and the next one, given it, the least of those that are left.
 */
function resampledMedian(sorted: Float64Array, random: () => number): number {
  const n = sorted.length;
  const lower = Math.ceil(n / 2);
  const u = beta(lower, n - lower + 1, random);
  const low = sorted[Math.min(n - 1, Math.floor(u * n))] ?? Number.NaN;
  if (n % 2 === 1) return low;
  const v = u + (1 - u) * (1 - (1 - random()) ** (1 / (n - lower)));
  return (low + (sorted[Math.min(n - 1, Math.floor(v * n))] ?? low)) / 2;
}

function beta(a: number, b: number, random: () => number): number {
  const x = gamma(a, random);
  return x / (x + gamma(b, random));
}

/** A gamma variate of shape ≥ 1 (Marsaglia and Tsang). */
function gamma(shape: number, random: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
