/** Paths (variants): the exact sequences of nodes, no loop folded. */
import type { PathReport } from '../protocol/report.ts';
import type { Frame } from './frame.ts';
import { PairTable } from './growable.ts';
import { groupOf, groupSorted, summarise } from './summary.ts';

/** Every sequence as a leaf of one tree of prefixes; the empty path is leaf 0, a prefix of the table leaf `id + 1`. */
export interface PathTree {
  readonly leaves: number;
  /** Leaf of each interaction, by index in the store; -1 for those that no longer count. */
  readonly leafOf: Int32Array;
  readonly counts: Int32Array;
  /** One interaction that took the path: its steps are the sequence. */
  readonly example: Int32Array;
}

export function tracePaths(frame: Frame): PathTree {
  const { columns, live } = frame;
  const node = columns.node.values;
  const offsets = columns.firstStep.values;
  const prefixes = new PairTable();
  const leafOf = new Int32Array(columns.ids.length).fill(-1);
  for (let l = 0; l < live.length; l += 1) {
    const i = live[l] ?? 0;
    const to = offsets[i + 1] ?? 0;
    let leaf = 0;
    for (let s = offsets[i] ?? 0; s < to; s += 1) leaf = prefixes.id(leaf, node[s] ?? 0) + 1;
    leafOf[i] = leaf;
  }
  const counts = new Int32Array(prefixes.size + 1);
  const example = new Int32Array(prefixes.size + 1);
  for (let l = 0; l < live.length; l += 1) {
    const i = live[l] ?? 0;
    const leaf = leafOf[i] ?? 0;
    counts[leaf] = (counts[leaf] ?? 0) + 1;
    example[leaf] = i;
  }
  return { leaves: prefixes.size + 1, leafOf, counts, example };
}

/** How many different paths there are. */
export function countPaths(frame: Frame): number {
  let count = 0;
  for (const taken of tracePaths(frame).counts) if (taken > 0) count += 1;
  return count;
}

/** The first `top` paths (0 for all) by count, then by the sequence of node ids in code point order; and how many there are. */
export function reportPaths(frame: Frame, top: number): { paths: PathReport[]; pathCount: number } {
  const tree = tracePaths(frame);
  const { columns, live, nodeIds, nodeRank } = frame;
  const node = columns.node.values;
  const offsets = columns.firstStep.values;
  const stepsOf = (leaf: number): Int32Array => {
    const i = tree.example[leaf] ?? 0;
    return node.subarray(offsets[i] ?? 0, offsets[i + 1] ?? 0);
  };
  const compareSequences = (a: Int32Array, b: Int32Array): number => {
    const length = Math.min(a.length, b.length);
    for (let k = 0; k < length; k += 1) {
      const difference = (nodeRank[a[k] ?? 0] ?? 0) - (nodeRank[b[k] ?? 0] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.length - b.length;
  };
  const taken: number[] = [];
  for (let leaf = 0; leaf < tree.leaves; leaf += 1) if ((tree.counts[leaf] ?? 0) > 0) taken.push(leaf);
  taken.sort(
    (a, b) =>
      (tree.counts[b] ?? 0) - (tree.counts[a] ?? 0) ||
      (a === b ? 0 : compareSequences(stepsOf(a), stepsOf(b))),
  );
  const shown = top === 0 ? taken : taken.slice(0, top);

  const rowOfLeaf = new Int32Array(tree.leaves).fill(-1);
  for (const [row, leaf] of shown.entries()) rowOfLeaf[leaf] = row;
  const rowOf = new Int32Array(tree.leafOf.length).fill(-1);
  const errors = new Int32Array(shown.length);
  for (const i of live) {
    const row = rowOfLeaf[tree.leafOf[i] ?? 0] ?? -1;
    rowOf[i] = row;
    if (row >= 0) errors[row] = (errors[row] ?? 0) + (columns.errors.values[i] ?? 0);
  }
  const durations = groupSorted(rowOf, columns.duration.values, rowOf.length, shown.length);

  let running = 0;
  const paths = shown.map((leaf, row): PathReport => {
    const count = tree.counts[leaf] ?? 0;
    running += count;
    return {
      rank: row + 1,
      nodes: Array.from(stepsOf(leaf), (id) => nodeIds[id] ?? ''),
      count,
      share: count / live.length,
      // Summed as whole numbers, so that the last one is exactly 1.
      cumulativeShare: running / live.length,
      duration: summarise(groupOf(durations, row)),
      errors: errors[row] ?? 0,
    };
  });
  return { paths, pathCount: taken.length };
}
