/** Exact summaries of durations. In: µs in ascending order. Out: seconds. */
import { toSeconds } from '../protocol/instant.ts';
import type { Summary } from '../protocol/report.ts';
import { ascending } from './sorting.ts';

/** Below so many values a p95 says little, and is shown greyed. */
export const ENOUGH_FOR_P95 = 20;

/** R type 7 (linear between the neighbours at (n − 1)p); NaN for no values. */
export function quantile(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  if (place === below) return low;
  const high = sorted[below + 1] ?? low;
  return low + (place - below) * (high - low);
}

/** Compensated sum (Neumaier): exact far beyond what plain addition of a long column gives. */
export function sumOf(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Median of the absolute deviations from `centre`; NaN for no values. */
export function medianDeviation(sorted: Float64Array, centre: number): number {
  return quantile(deviations(sorted, centre), 0.5);
}

/** |value − centre| in ascending order: both sides of the centre are in order already, so they are merged. */
function deviations(sorted: Float64Array, centre: number): Float64Array {
  const merged = new Float64Array(sorted.length);
  let above = 0;
  while (above < sorted.length && (sorted[above] ?? 0) < centre) above += 1;
  let below = above - 1;
  for (let i = 0; i < merged.length; i += 1) {
    const down = below >= 0 ? centre - (sorted[below] ?? 0) : Number.POSITIVE_INFINITY;
    const up = above < sorted.length ? (sorted[above] ?? 0) - centre : Number.POSITIVE_INFINITY;
    if (down <= up) {
      merged[i] = down;
      below -= 1;
    } else {
      merged[i] = up;
      above += 1;
    }
  }
  return merged;
}

/** Sample standard deviation in two passes, with the rounding of the mean taken out; NaN for fewer than two. */
function deviation(values: Float64Array, mean: number): number {
  if (values.length < 2) return Number.NaN;
  const differences = values.map((value) => value - mean);
  const rest = sumOf(differences);
  for (let i = 0; i < differences.length; i += 1) differences[i] = (differences[i] ?? 0) ** 2;
  const squares = sumOf(differences);
  return Math.sqrt(Math.max(0, squares - (rest * rest) / values.length) / (values.length - 1));
}

const EMPTY: Summary = {
  n: 0,
  sum: null,
  min: null,
  q1: null,
  median: null,
  mean: null,
  q3: null,
  p90: null,
  p95: null,
  p99: null,
  max: null,
  stdev: null,
  mad: null,
};

export function summarise(sorted: Float64Array): Summary {
  const n = sorted.length;
  if (n === 0) return { ...EMPTY };
  const sum = sumOf(sorted);
  const mean = sum / n;
  const median = quantile(sorted, 0.5);
  return {
    n,
    sum: toSeconds(sum),
    min: toSeconds(sorted[0] ?? 0),
    q1: toSeconds(quantile(sorted, 0.25)),
    median: toSeconds(median),
    mean: toSeconds(mean),
    q3: toSeconds(quantile(sorted, 0.75)),
    p90: toSeconds(quantile(sorted, 0.9)),
    p95: toSeconds(quantile(sorted, 0.95)),
    p99: toSeconds(quantile(sorted, 0.99)),
    max: toSeconds(sorted[n - 1] ?? 0),
    stdev: n === 1 ? null : toSeconds(deviation(sorted, mean)),
    mad: toSeconds(medianDeviation(sorted, median)),
  };
}

/** Values of one group lie together and in ascending order. */
export interface Groups {
  readonly offsets: Int32Array;
  readonly values: Float64Array;
}

/**
 * Puts values together by key, each group in ascending order. A key below 0 and a value that is NaN are left out. `order`
 * is that of the values, where it is known.
 */
export function groupSorted(
  keys: Int32Array,
  values: Float64Array,
  count: number,
  groups: number,
  order: Int32Array = ascending(values, count),
): Groups {
  const offsets = new Int32Array(groups + 1);
  for (let k = 0; k < order.length; k += 1) {
    const key = keys[order[k] ?? 0] ?? -1;
    if (key >= 0) offsets[key + 1] = (offsets[key + 1] ?? 0) + 1;
  }
  for (let g = 0; g < groups; g += 1) offsets[g + 1] = (offsets[g + 1] ?? 0) + (offsets[g] ?? 0);
  const next = offsets.slice(0, groups);
  const grouped = new Float64Array(offsets[groups] ?? 0);
  for (let k = 0; k < order.length; k += 1) {
    const i = order[k] ?? 0;
    const key = keys[i] ?? -1;
    if (key < 0) continue;
    const place = next[key] ?? 0;
    grouped[place] = values[i] ?? 0;
    next[key] = place + 1;
  }
  return { offsets, values: grouped };
}

export function groupOf(groups: Groups, group: number): Float64Array {
  return groups.values.subarray(groups.offsets[group] ?? 0, groups.offsets[group + 1] ?? 0);
}
