/** Since when a node takes longer or shorter than before. */

import { toSeconds } from '../protocol/instant.ts';
import type { ChangePoint } from '../protocol/report.ts';
import type { Frame } from './frame.ts';
import type { Grouping } from './grouping.ts';
import { twoSided } from './statistics/distributions.ts';

const MIN_VISITS = 20;
const MAX_P = 0.01;

/**
 * Of each node the surest split of a time series of its dwells, whose rank-sum p, times the splits tried and the nodes,
 * is below 0.01, with at least 20 visits on either side. The latest first, ties by node. (The split with the largest
 * difference of medians would be drawn to the ends, where few visits make medians that vary most.)
 */
export function findChangePoints(frame: Frame, { groups, groupOfStep }: Grouping): ChangePoint[] {
  const { columns, nodeIds, nodeCount, nodeRank } = frame;
  const byNode = visitsByNode(frame, groupOfStep);
  const nodes = byNode.filter((visits) => visits.length >= 2 * MIN_VISITS).length;
  const found: { node: number; bucket: number; change: ChangePoint }[] = [];
  for (let node = 0; node < nodeCount; node += 1) {
    const steps = byNode[node];
    if (steps === undefined || steps.length < 2 * MIN_VISITS) continue;
    const split = bestSplit(
      steps.map((s) => groupOfStep[s] ?? 0),
      Float64Array.from(steps, (s) => columns.dwell.values[s] ?? 0),
      nodes,
    );
    if (split === undefined) continue;
    const group = groups[split.bucket];
    found.push({
      node,
      bucket: split.bucket,
      change: {
        nodeId: nodeIds[node] ?? '',
        since: group?.from ?? '',
        label: group?.label ?? '',
        before: { n: split.before, median: toSeconds(split.medianBefore) },
        after: { n: split.after, median: toSeconds(split.medianAfter) },
        p: split.p,
      },
    });
  }
  return found
    .sort((a, b) => b.bucket - a.bucket || (nodeRank[a.node] ?? 0) - (nodeRank[b.node] ?? 0))
    .map(({ change }) => change);
}

/** By node, its steps with a dwell, in order of their bucket. */
function visitsByNode({ columns, stepNode, nodeCount }: Frame, groupOfStep: Int32Array): Int32Array[] {
  const counts = new Int32Array(nodeCount);
  const counted = (s: number): boolean =>
    (stepNode[s] ?? -1) >= 0 && (groupOfStep[s] ?? -1) >= 0 && (columns.dwell.values[s] ?? -1) >= 0;
  for (let s = 0; s < groupOfStep.length; s += 1) {
    if (counted(s)) counts[stepNode[s] ?? 0] = (counts[stepNode[s] ?? 0] ?? 0) + 1;
  }
  const lists = Array.from(counts, (count) => new Int32Array(count));
  const next = new Int32Array(nodeCount);
  for (let s = 0; s < groupOfStep.length; s += 1) {
    if (!counted(s)) continue;
    const node = stepNode[s] ?? 0;
    const list = lists[node];
    const place = next[node] ?? 0;
    if (list !== undefined) list[place] = s;
    next[node] = place + 1;
  }
  return lists.map((list) => list.sort((a, b) => (groupOfStep[a] ?? 0) - (groupOfStep[b] ?? 0)));
}

interface Split {
  /** The first bucket behind it. */
  readonly bucket: number;
  readonly before: number;
  readonly after: number;
  readonly medianBefore: number;
  readonly medianAfter: number;
  /** Corrected. */
  readonly p: number;
}

/** `buckets` ascend; `dwells` are theirs. */
function bestSplit(buckets: Int32Array, dwells: Float64Array, nodes: number): Split | undefined {
  const n = dwells.length;
  const { rank, order, ties } = midranks(dwells);
  const splits: number[] = [];
  for (let at = MIN_VISITS; at <= n - MIN_VISITS; at += 1) {
    if (buckets[at] !== buckets[at - 1]) splits.push(at);
  }
  if (splits.length === 0) return undefined;
  const before = runningMedians(order, dwells, splits, false);
  const after = runningMedians(order, dwells, splits, true);
  let best: Split | undefined;
  let surest = 0;
  let sum = 0;
  let at = 0;
  for (const [k, split] of splits.entries()) {
    for (; at < split; at += 1) sum += rank[at] ?? 0;
    const rest = n - split;
    const variance = ((split * rest) / 12) * (n + 1 - ties / (n * (n - 1)));
    const distance = Math.abs(sum - (split * (split + 1)) / 2 - (split * rest) / 2);
    const z = variance > 0 ? Math.max(0, distance - 0.5) / Math.sqrt(variance) : 0;
    const corrected = Math.min(1, twoSided(z) * splits.length * nodes);
    const [medianBefore, medianAfter] = [before[k] ?? 0, after[k] ?? 0];
    if (corrected >= MAX_P || z <= surest || medianBefore === medianAfter) continue;
    surest = z;
    best = {
      bucket: buckets[split] ?? 0,
      before: split,
      after: rest,
      medianBefore,
      medianAfter,
      p: corrected,
    };
  }
  return best;
}

/** Ranks of values, equal ones sharing their mean; places in ascending order; Σ(t³ − t) of the ties. */
function midranks(values: Float64Array): { rank: Float64Array; order: Int32Array; ties: number } {
  const order = Int32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const rank = new Float64Array(values.length);
  let ties = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to += 1;
    for (let k = from; k < to; k += 1) rank[order[k] ?? 0] = (from + to + 1) / 2;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { rank, order, ties };
}

/** Medians of the values before each split, or from it on: counts of those present by their place in order (Fenwick). */
function runningMedians(
  order: Int32Array,
  values: Float64Array,
  splits: readonly number[],
  fromEnd: boolean,
): Float64Array {
  const n = order.length;
  const place = new Int32Array(n);
  for (const [k, at] of order.entries()) place[at] = k + 1;
  const tree = new Int32Array(n + 1);
  const add = (at: number): void => {
    for (let i = place[at] ?? 1; i <= n; i += i & -i) tree[i] = (tree[i] ?? 0) + 1;
  };
  let top = 1;
  while (top * 2 <= n) top *= 2;
  /** The k-th smallest of those present, from 1. */
  const smallest = (k: number): number => {
    let [at, left] = [0, k];
    for (let step = top; step > 0; step >>= 1) {
      const next = at + step;
      if (next <= n && (tree[next] ?? 0) < left) {
        at = next;
        left -= tree[next] ?? 0;
      }
    }
    return values[order[at] ?? 0] ?? 0;
  };
  const medians = new Float64Array(splits.length);
  let present = 0;
  const ordered = fromEnd ? [...splits.entries()].reverse() : [...splits.entries()];
  for (const [k, split] of ordered) {
    const wanted = fromEnd ? n - split : split;
    for (; present < wanted; present += 1) add(fromEnd ? n - 1 - present : present);
    const low = smallest(Math.floor((present + 1) / 2));
    const high = smallest(Math.ceil((present + 1) / 2));
    medians[k] = (low + high) / 2;
  }
  return medians;
}
