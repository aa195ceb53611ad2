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

type OutlierRule = keyof OutlierCounts;

/** What a rule takes for too long at one node. */
export interface Fence {
  /** µs: a dwell above it is flagged, but for rounding. */
  readonly threshold: number;
  /** How many of the largest dwells are flagged. */
  readonly count: number;
}

export type Fences = Readonly<Record<OutlierRule, Fence | null>>;

/** The fence of each rule; null where it flags nothing, whatever comes. */
export function outlierFences(sorted: Float64Array): Fences {
  // ln(1 + ms): the logarithm brings the long right tail of durations close to symmetric.
  const logs = sorted.map((micros) => Math.log1p(micros / 1_000));
  return {
    logTukey: tukey(logs),
    logModifiedZ: modifiedZ(logs),
    percentile: sorted.length < MIN_FOR_PERCENTILE ? null : fence(sorted, quantile(sorted, 0.95)),
  };
}

export function countOutliers(fences: Fences | undefined): OutlierCounts {
  return {
    logTukey: fences?.logTukey?.count ?? 0,
    logModifiedZ: fences?.logModifiedZ?.count ?? 0,
    percentile: fences?.percentile?.count ?? 0,
  };
}

function fence(sorted: Float64Array, threshold: number): Fence {
  return { threshold, count: countWhere(sorted, (value) => value > threshold) };
}

/** A fence among logarithms, in µs. */
function ofLogs(limit: number, count: number): Fence {
  return { threshold: Math.expm1(limit) * 1_000, count };
}

function tukey(logs: Float64Array): Fence | null {
  const q1 = quantile(logs, 0.25);
  const q3 = quantile(logs, 0.75);
  const range = q3 - q1;
  if (!(range > 0)) return null;
  const limit = q3 + 1.5 * range;
  return ofLogs(limit, fence(logs, limit).count);
}

function modifiedZ(logs: Float64Array): Fence | null {
  const median = quantile(logs, 0.5);
  const mad = medianDeviation(logs, median);
  if (mad > 0) {
    const count = countWhere(logs, (y) => (MAD_SCALE * (y - median)) / mad > MAX_SCORE);
    return ofLogs(median + (MAX_SCORE * mad) / MAD_SCALE, count);
  }
  const mean = sumOf(logs.map((y) => Math.abs(y - median))) / logs.length;
  if (!(mean > 0)) return null;
  const scale = MEAN_DEVIATION_SCALE * mean;
  return ofLogs(
    median + MAX_SCORE * scale,
    countWhere(logs, (y) => (y - median) / scale > MAX_SCORE),
  );
}

/** How many of the largest values satisfy a test that holds from some value on. */
function countWhere(sorted: Float64Array, test: (value: number) => boolean): number {
  let count = 0;
  for (let i = sorted.length - 1; i >= 0 && test(sorted[i] ?? Number.NaN); i -= 1) count += 1;
  return count;
}
