/** Rework: visits of a node that the interaction had visited before. A A A is two. */
import type { AnalysisReport } from '../protocol/report.ts';
import type { Frame } from './frame.ts';

export interface Rework {
  readonly report: AnalysisReport['rework'];
  /** By node: interactions that visit it at all. */
  readonly interactions: Int32Array;
  /** By node: the same node again at once, and again after another. */
  readonly selfLoops: Int32Array;
  readonly repetitions: Int32Array;
}

export function traceRework(frame: Frame): Rework {
  const { columns, live, nodeCount } = frame;
  const node = columns.node.values;
  const offsets = columns.firstStep.values;
  const interactions = new Int32Array(nodeCount);
  const selfLoops = new Int32Array(nodeCount);
  const repetitions = new Int32Array(nodeCount);
  const seenIn = new Int32Array(nodeCount).fill(-1);
  let total = 0;
  let affected = 0;
  for (let l = 0; l < live.length; l += 1) {
    const i = live[l] ?? 0;
    const to = offsets[i + 1] ?? 0;
    const totalBefore = total;
    let previous = -1;
    for (let s = offsets[i] ?? 0; s < to; s += 1) {
      const current = node[s] ?? 0;
      if (seenIn[current] !== i) {
        seenIn[current] = i;
        interactions[current] = (interactions[current] ?? 0) + 1;
      } else {
        total += 1;
        const counts = current === previous ? selfLoops : repetitions;
        counts[current] = (counts[current] ?? 0) + 1;
      }
      previous = current;
    }
    if (total > totalBefore) affected += 1;
  }
  return { report: { total, interactions: affected }, interactions, selfLoops, repetitions };
}
