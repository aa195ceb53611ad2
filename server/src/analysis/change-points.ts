/** Since when a node takes longer or shorter than before. */

import { toSeconds } from '../protocol/instant.ts';
import type { ChangePoint } from '../protocol/report.ts';
import type { Frame } from './frame.ts';
import type { Grouping } from './grouping.ts';
import { sortedValues } from './sorting.ts';
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
  const { columns, nodeIds, nodeCount, nodeRank, stepNode } = frame;
  const byNode = visitsByNode(frame, groupOfStep, groups.length);
  const all = Array.from({ length: nodeCount }, (_, node) => listOf(byNode, node));
  const ascendingByNode = listSteps(stepNode, groupOfStep.length, nodeCount, frame.byDwell());
  /** Where a step stands among those of its node in `all`. */
  const positions = new Int32Array(groupOfStep.length).fill(-1);
  for (const steps of all) for (const [position, s] of steps.entries()) positions[s] = position;
  const nodes = all.filter((visits) => visits.length >= 2 * MIN_VISITS).length;
  const found: { node: number; bucket: number; change: ChangePoint }[] = [];
  for (const [node, steps] of all.entries()) {
    if (steps.length < 2 * MIN_VISITS) continue;
    const inOrder = listOf(ascendingByNode, node).filter((s) => (positions[s] ?? -1) >= 0);
    const split = bestSplit(
      steps.map((s) => groupOfStep[s] ?? 0),
      ranked(
        sortedValues(columns.dwell.values, inOrder),
        inOrder.map((s) => positions[s] ?? 0),
      ),
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

/** `buckets` ascend; `values` are those of their visits. */
function bestSplit(buckets: Int32Array, values: Ranked, nodes: number): Split | undefined {
  const n = buckets.length;
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

/** Of ascending values, each with its position among the visits. */
function ranked(sorted: Float64Array, positions: Int32Array): Ranked {
  const distinct: number[] = [];
  const place = new Int32Array(sorted.length);
  const rank = new Float64Array(sorted.length);
  let ties = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to += 1;
    for (let k = from; k < to; k += 1) {
      place[positions[k] ?? 0] = distinct.length;
      rank[positions[k] ?? 0] = (from + to + 1) / 2;
    }
    distinct.push(sorted[from] ?? 0);
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { distinct: Float64Array.from(distinct), place, rank, ties };
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
