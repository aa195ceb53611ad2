/** The rules that find outliers among one node's dwells. Each counts the flagged steps. In: µs in ascending order. */
import { medianDeviation, quantile, sumOf } from './summary.ts';

/** Below so many visits a node's own p95 flags nothing. */
const MIN_FOR_PERCENTILE = 20;
/** Makes a median absolute deviation comparable with a standard deviation under a normal distribution … */
const MAD_SCALE = 0.6745;
const MAX_SCORE = 3.5;
/** … and a mean absolute deviation likewise: √(π/2). */
const MEAN_DEVIATION_SCALE = 1.253314;

export interface OutlierCounts {
  readonly logTukey: number;
  readonly logModifiedZ: number;
  readonly percentile: number;
}

export function countOutliers(sorted: Float64Array): OutlierCounts {
  // ln(1 + ms): the logarithm brings the long right tail of durations close to symmetric.
  const logs = sorted.map((micros) => Math.log1p(micros / 1_000));
  return {
    logTukey: countTukey(logs),
    logModifiedZ: countModifiedZ(logs),
    percentile: sorted.length < MIN_FOR_PERCENTILE ? 0 : countAbove(sorted, quantile(sorted, 0.95)),
  };
}

function countTukey(logs: Float64Array): number {
  const q1 = quantile(logs, 0.25);
  const q3 = quantile(logs, 0.75);
  const range = q3 - q1;
  return range > 0 ? countAbove(logs, q3 + 1.5 * range) : 0;
}

function countModifiedZ(logs: Float64Array): number {
  const median = quantile(logs, 0.5);
  const mad = medianDeviation(logs, median);
  if (mad > 0) return countWhere(logs, (y) => (MAD_SCALE * (y - median)) / mad > MAX_SCORE);
  const mean = sumOf(logs.map((y) => Math.abs(y - median))) / logs.length;
  if (!(mean > 0)) return 0;
  return countWhere(logs, (y) => (y - median) / (MEAN_DEVIATION_SCALE * mean) > MAX_SCORE);
}

function countAbove(sorted: Float64Array, fence: number): number {
  return countWhere(sorted, (value) => value > fence);
}

/** How many of the largest values satisfy a test that holds from some value on. */
function countWhere(sorted: Float64Array, test: (value: number) => boolean): number {
  let count = 0;
  for (let i = sorted.length - 1; i >= 0 && test(sorted[i] ?? Number.NaN); i -= 1) count += 1;
  return count;
}
