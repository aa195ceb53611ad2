/** Since when a node takes longer or shorter than before. */

import { toSeconds } from '../protocol/instant.ts';
import type { ChangePoint } from '../protocol/report.ts';
import type { Frame } from './frame.ts';
import type { Grouping } from './grouping.ts';
import { twoSided } from './statistics/distributions.ts';
import { listOf, listSteps, type StepLists } from './step-lists.ts';

const MIN_VISITS = 20;
const MAX_P = 0.01;

/**
 * Of each node the surest split of a time series of its dwells, whose rank-sum p, times the splits tried and the nodes,
 * is below 0.01, with at least 20 visits on either side. The latest first, ties by node. (The split with the largest
 * difference of medians would be drawn to the ends, where few visits make medians that vary most.)
 */
export function findChangePoints(frame: Frame, { groups, groupOfStep }: Grouping): ChangePoint[] {
  const { columns, nodeIds, nodeCount, nodeRank } = frame;
  const byNode = visitsByNode(frame, groupOfStep, groups.length);
  const all = Array.from({ length: nodeCount }, (_, node) => listOf(byNode, node));
  const nodes = all.filter((visits) => visits.length >= 2 * MIN_VISITS).length;
  const found: { node: number; bucket: number; change: ChangePoint }[] = [];
  for (const [node, steps] of all.entries()) {
    if (steps.length < 2 * MIN_VISITS) continue;
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
function visitsByNode(
  { columns, stepNode, nodeCount }: Frame,
  groupOfStep: Int32Array,
  groups: number,
): StepLists {
  const count = groupOfStep.length;
  const inOrder = listSteps(groupOfStep, count, groups).steps;
  const keys = stepNode
    .subarray(0, count)
    .map((node, s) => ((groupOfStep[s] ?? -1) >= 0 && (columns.dwell.values[s] ?? -1) >= 0 ? node : -1));
  return listSteps(keys, count, nodeCount, inOrder);
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
  const values = ranked(dwells);
  const { rank, ties } = values;
  const splits: number[] = [];
  for (let at = MIN_VISITS; at <= n - MIN_VISITS; at += 1) {
    if (buckets[at] !== buckets[at - 1]) splits.push(at);
  }
  if (splits.length === 0) return undefined;
  const before = runningMedians(values, splits, false);
  const after = runningMedians(values, splits, true);
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

interface Ranked {
  /** The distinct values in ascending order, and the place of each value among them. */
  readonly distinct: Float64Array;
  readonly place: Int32Array;
  /** Of each value, equal ones sharing their mean. */
  readonly rank: Float64Array;
  /** Σ(t³ − t) of the ties. */
  readonly ties: number;
}

function ranked(values: Float64Array): Ranked {
  const sorted = values.slice().sort();
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  const ranks = new Float64Array(distinct.length);
  let [ties, from] = [0, 0];
  for (let d = 0; d < distinct.length; d += 1) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === distinct[d]) to += 1;
    ranks[d] = (from + to + 1) / 2;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const place = Int32Array.from(values, (value) => search(distinct, value));
  return { distinct, place, rank: Float64Array.from(place, (d) => ranks[d] ?? 0), ties };
}

function search(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Medians of the values before each split, or from it on: counts of those present by their place (Fenwick). */
function runningMedians(
  { distinct, place }: Ranked,
  splits: readonly number[],
  fromEnd: boolean,
): Float64Array {
  const [n, size] = [place.length, distinct.length];
  const tree = new Int32Array(size + 1);
  const add = (at: number): void => {
    for (let i = (place[at] ?? 0) + 1; i <= size; i += i & -i) tree[i] = (tree[i] ?? 0) + 1;
  };
  let top = 1;
  while (top * 2 <= size) top *= 2;
  /** The k-th smallest of those present, from 1. */
  const smallest = (k: number): number => {
    let [at, left] = [0, k];
    for (let step = top; step > 0; step >>= 1) {
      const next = at + step;
      if (next <= size && (tree[next] ?? 0) < left) {
        at = next;
        left -= tree[next] ?? 0;
      }
    }
    return distinct[at] ?? 0;
  };
  const medians = new Float64Array(splits.length);
  let present = 0;
  for (let turn = 0; turn < splits.length; turn += 1) {
    const k = fromEnd ? splits.length - 1 - turn : turn;
    const split = splits[k] ?? 0;
    const wanted = fromEnd ? n - split : split;
    for (; present < wanted; present += 1) add(fromEnd ? n - 1 - present : present);
    medians[k] = (smallest(Math.floor((present + 1) / 2)) + smallest(Math.ceil((present + 1) / 2))) / 2;
  }
  return medians;
}
