/** Directly-follows flow: how often a node comes right after another, and after how long. */
import type { FlowReport } from '../protocol/report.ts';
import type { Frame } from './frame.ts';
import { PairTable } from './growable.ts';
import { groupOf, groupSorted, summarise } from './summary.ts';

/** Edges with their counts, before they are ordered and summarised: decisions need them too. */
export interface Flow {
  readonly edges: PairTable;
  readonly counts: Int32Array;
  /** Interactions with at least one such edge. */
  readonly interactions: Int32Array;
  /** Edge that leads to each step, -1 for first steps. */
  readonly edgeOfStep: Int32Array;
  /** µs, NaN where not known. */
  readonly waitOfStep: Float64Array;
  /** By node: how often it is an interaction's first and last one. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export function traceFlow(frame: Frame): Flow {
  const { columns, live, nodeCount } = frame;
  const node = columns.node.values;
  const start = columns.start.values;
  const end = columns.end.values;
  const offsets = columns.firstStep.values;
  const edges = new PairTable();
  const edgeOfStep = new Int32Array(columns.node.length).fill(-1);
  const waitOfStep = new Float64Array(columns.node.length).fill(Number.NaN);
  const starts = new Int32Array(nodeCount);
  const ends = new Int32Array(nodeCount);
  let counts = new Int32Array(1024);
  let interactions = new Int32Array(1024);
  let seenIn = new Int32Array(1024).fill(-1);
  for (let l = 0; l < live.length; l += 1) {
    const i = live[l] ?? 0;
    const from = offsets[i] ?? 0;
    const to = offsets[i + 1] ?? 0;
    if (from === to) continue;
    let previous = node[from] ?? 0;
    starts[previous] = (starts[previous] ?? 0) + 1;
    for (let s = from + 1; s < to; s += 1) {
      const current = node[s] ?? 0;
      const edge = edges.id(previous, current);
      if (edge >= counts.length) {
        counts = grown(counts, 0);
        interactions = grown(interactions, 0);
        seenIn = grown(seenIn, -1);
      }
      counts[edge] = (counts[edge] ?? 0) + 1;
      if (seenIn[edge] !== i) {
        seenIn[edge] = i;
        interactions[edge] = (interactions[edge] ?? 0) + 1;
      }
      edgeOfStep[s] = edge;
      const endBefore = end[s - 1] ?? 0;
      // With a single timestamp the time on the edge is from start to start.
      const wait = (start[s] ?? 0) - (Number.isNaN(endBefore) ? (start[s - 1] ?? 0) : endBefore);
      waitOfStep[s] = Math.max(0, wait);
      previous = current;
    }
    ends[previous] = (ends[previous] ?? 0) + 1;
  }
  return { edges, counts, interactions, edgeOfStep, waitOfStep, starts, ends };
}

function grown(values: Int32Array, fill: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2).fill(fill);
  larger.set(values);
  return larger;
}

/** Edges by count, ties by the names of both ends. */
export function reportFlow(frame: Frame, flow: Flow): FlowReport {
  const { nodeIds, nodeRank } = frame;
  const { edges, counts } = flow;
  const from = edges.first.values;
  const to = edges.second.values;
  const rank = (node: number | undefined): number => nodeRank[node ?? 0] ?? 0;
  const waits = groupSorted(flow.edgeOfStep, flow.waitOfStep, flow.edgeOfStep.length, edges.size);
  const order = Array.from({ length: edges.size }, (_, edge) => edge).sort(
    (a, b) =>
      (counts[b] ?? 0) - (counts[a] ?? 0) || rank(from[a]) - rank(from[b]) || rank(to[a]) - rank(to[b]),
  );
  const nodesByCount = (totals: Int32Array): { nodeId: string; count: number }[] =>
    [...totals.keys()]
      .filter((node) => (totals[node] ?? 0) > 0)
      .sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0) || rank(a) - rank(b))
      .map((node) => ({ nodeId: nodeIds[node] ?? '', count: totals[node] ?? 0 }));
  return {
    edges: order.map((edge) => ({
      from: nodeIds[from[edge] ?? 0] ?? '',
      to: nodeIds[to[edge] ?? 0] ?? '',
      count: counts[edge] ?? 0,
      interactions: flow.interactions[edge] ?? 0,
      wait: summarise(groupOf(waits, edge)),
    })),
    starts: nodesByCount(flow.starts),
    ends: nodesByCount(flow.ends),
  };
}
