/** What all reports of one moment share: the interactions that count, and the nodes in code point order. */

import { ascending } from './sorting.ts';
import type { Columns, Store } from './store.ts';
import { textRanks } from './text.ts';

export interface Frame {
  readonly columns: Columns;
  /** Indexes of the interactions that count: that no later record replaced, and that were not left out. */
  readonly live: Int32Array;
  /** Of these. */
  readonly steps: number;
  /** Of the whole store: nodes that none of these visits among them. */
  readonly nodeCount: number;
  readonly nodeIds: readonly string[];
  /** Place of a node's id among all in code point order. */
  readonly nodeRank: Int32Array;
  /** Node of each step, -1 for steps that no longer count: a key for `groupSorted`. */
  readonly stepNode: Int32Array;
  /** Interaction of each step. */
  readonly stepInteraction: Int32Array;
  /** Steps with a known dwell or wait, the shortest first: worked out once, whoever asks. */
  readonly byDwell: () => Int32Array;
  readonly byWait: () => Int32Array;
}

/** Of a whole store, or of those interactions alone whose place in `keep` has a 1. */
export function createFrame(store: Store, keep?: Uint8Array): Frame {
  const whole = wholeFrame(store);
  return keep === undefined ? whole : narrowFrame(whole, keep);
}

/** Of those interactions alone whose place in `keep` has a 1; what does not hang on them is shared. */
export function narrowFrame(frame: Frame, keep: Uint8Array): Frame {
  const { columns } = frame;
  const live = frame.live.filter((i) => keep[i] === 1);
  const offsets = columns.firstStep.values;
  let steps = 0;
  for (const i of live) steps += (offsets[i + 1] ?? 0) - (offsets[i] ?? 0);
  const stepNode = liveNodes(columns, live, columns.ids.length);
  return {
    ...frame,
    ...{ live, steps, stepNode },
    byDwell: once(() => ofFrame(stepNode, frame.byDwell())),
    byWait: once(() => ofFrame(stepNode, frame.byWait())),
  };
}

/** Those of some steps that count, in their order. */
export function ofFrame(stepNode: Int32Array, order: Int32Array): Int32Array {
  const those = new Int32Array(order.length);
  let count = 0;
  for (let k = 0; k < order.length; k += 1) {
    const s = order[k] ?? 0;
    if ((stepNode[s] ?? -1) < 0) continue;
    those[count] = s;
    count += 1;
  }
  return those.subarray(0, count);
}

function wholeFrame(store: Store): Frame {
  const { columns } = store;
  const total = columns.ids.length;
  const live = new Int32Array(store.counts.interactions);
  let next = 0;
  for (let i = 0; i < total; i += 1) {
    if (columns.live.values[i] !== 1) continue;
    live[next] = i;
    next += 1;
  }
  const nodeIds = columns.nodes.texts.slice();
  return {
    columns,
    live,
    steps: store.counts.steps,
    nodeCount: nodeIds.length,
    nodeIds,
    nodeRank: textRanks(nodeIds),
    stepNode: liveNodes(columns, live, total),
    stepInteraction: interactionsOf(columns, total),
    byDwell: once(() => ascending(columns.dwell.values, columns.node.length)),
    byWait: once(() => ascending(columns.wait.values, columns.node.length)),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function interactionsOf(columns: Columns, total: number): Int32Array {
  const found = new Int32Array(columns.node.length);
  const { values: offsets } = columns.firstStep;
  for (let i = 0; i < total; i += 1) {
    const to = offsets[i + 1] ?? 0;
    for (let s = offsets[i] ?? 0; s < to; s += 1) found[s] = i;
  }
  return found;
}

function liveNodes(columns: Columns, live: Int32Array, total: number): Int32Array {
  if (live.length === total) return columns.node.values;
  const nodes = new Int32Array(columns.node.length).fill(-1);
  const { values: offsets } = columns.firstStep;
  for (const i of live) {
    const from = offsets[i] ?? 0;
    nodes.set(columns.node.values.subarray(from, offsets[i + 1] ?? from), from);
  }
  return nodes;
}
