/** How the dwells of all steps are spread. */
import { MICROS_PER_MILLI, type Micros, toSeconds } from '../protocol/instant.ts';
import type { Histogram } from '../protocol/report.ts';
import type { FlaggedSteps } from './bottlenecks.ts';

const DECADE = [1, 2, 5];

/**
 * `sorted` are the known dwells in µs, ascending; `dwell` those of each step, `flagged` the ones that the threshold rule
 * flags. Costs a search for each edge and each flagged step, whatever the number of dwells.
 */
export function dwellHistogram(sorted: Float64Array, dwell: Float64Array, flagged: FlaggedSteps): Histogram {
  const most = sorted[sorted.length - 1];
  if (most === undefined) return { edges: [], counts: [], bottlenecks: [] };
  const tiny = firstAtLeast(sorted, MICROS_PER_MILLI);
  const edges = edgesAbout(sorted[tiny] ?? MICROS_PER_MILLI, most);
  if (tiny > 0) edges.unshift(0);
  const from = edges.map((edge) => firstAtLeast(sorted, edge));
  const counts = edges.slice(1).map((_, bin) => (from[bin + 1] ?? 0) - (from[bin] ?? 0));
  const bottlenecks = counts.map(() => 0);
  const lower = Float64Array.from(edges);
  for (const step of flagged.step) {
    const bin = firstAtLeast(lower, (dwell[step] ?? 0) + 1) - 1;
    bottlenecks[bin] = (bottlenecks[bin] ?? 0) + 1;
  }
  return { edges: edges.map(toSeconds), counts, bottlenecks };
}

/** 1, 2, 5, 10, 20, 50 ms and so on: from the last at or below the least value to the first above the greatest. */
function edgesAbout(least: Micros, most: Micros): Micros[] {
  const edges: Micros[] = [];
  for (let decade = MICROS_PER_MILLI; ; decade *= 10) {
    for (const digit of DECADE) {
      const edge = digit * decade;
      if (edge <= least) edges.length = 0;
      edges.push(edge);
      if (edge > most) return edges;
    }
  }
}

/** Place of the first value that is not below; the length where all are. Values are whole numbers, ascending. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
