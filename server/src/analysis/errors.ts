/** Steps whose `errorState` is true, in all and by node. */
import type { Frame } from './frame.ts';

export interface Errors {
  readonly total: number;
  /** By node. */
  readonly counts: Int32Array;
  /** By node: visits for which the tenant said whether there was an error. */
  readonly known: Int32Array;
}

export function countErrors(frame: Frame): Errors {
  const { columns, stepNode, nodeCount } = frame;
  const error = columns.error.values;
  const counts = new Int32Array(nodeCount);
  const known = new Int32Array(nodeCount);
  let total = 0;
  for (let s = 0; s < columns.node.length; s += 1) {
    const node = stepNode[s] ?? -1;
    const state = error[s] ?? -1;
    if (node < 0 || state < 0) continue;
    known[node] = (known[node] ?? 0) + 1;
    if (state === 0) continue;
    counts[node] = (counts[node] ?? 0) + 1;
    total += 1;
  }
  return { total, counts, known };
}

/** Share of visits with an error; null where the tenant said nothing of any of them. */
export function errorRate(errors: number, known: number, visits: number): number | null {
  return known === 0 ? null : errors / visits;
}
