/** What each node cost: visits, dwell, wait, share of all dwell, errors, bottlenecks, outliers. */
import { toSeconds } from '../protocol/instant.ts';
import type { NodeReport } from '../protocol/report.ts';
import type { FlaggedSteps } from './bottlenecks.ts';
import { type Errors, errorRate } from './errors.ts';
import type { Frame } from './frame.ts';
import { PairTable } from './growable.ts';
import { countOutliers, type Fences } from './outliers.ts';
import type { Rework } from './rework.ts';
import { type Groups, groupOf, groupSorted, quantile, summarise, sumOf } from './summary.ts';
import { compareText } from './text.ts';

/** By node, into `columns.texts`: the commonest name or type of its visits, -1 for none. */
export function commonestLabels(frame: Frame, labels: Int32Array): Int32Array {
  const { columns, stepNode, nodeCount } = frame;
  const { texts } = columns.texts;
  const pairs = new PairTable();
  const counts: number[] = [];
  for (let s = 0; s < columns.node.length; s += 1) {
    const node = stepNode[s] ?? -1;
    const label = labels[s] ?? -1;
    if (node < 0 || label < 0) continue;
    const pair = pairs.id(node, label);
    counts[pair] = (counts[pair] ?? 0) + 1;
  }
  const best = new Int32Array(nodeCount).fill(-1);
  const bestCount = new Int32Array(nodeCount);
  for (let pair = 0; pair < pairs.size; pair += 1) {
    const node = pairs.first.values[pair] ?? 0;
    const label = pairs.second.values[pair] ?? 0;
    const ahead = (counts[pair] ?? 0) - (bestCount[node] ?? 0);
    const held = texts[best[node] ?? -1] ?? '';
    if (ahead > 0 || (ahead === 0 && compareText(texts[label] ?? '', held) < 0)) {
      best[node] = label;
      bestCount[node] = counts[pair] ?? 0;
    }
  }
  return best;
}

export interface NodeParts {
  readonly names: Int32Array;
  readonly types: Int32Array;
  readonly rework: Rework;
  readonly errors: Errors;
  readonly flagged: FlaggedSteps;
  /** Dwells by node, and what the outlier rules make of them. */
  readonly dwells: Groups;
  readonly fences: readonly Fences[];
}

/** By total dwell, ties by id. */
export function reportNodes(frame: Frame, parts: NodeParts): NodeReport[] {
  const { columns, stepNode, nodeCount, nodeIds, nodeRank } = frame;
  const { texts } = columns.texts;
  const steps = columns.node.length;
  const visits = new Int32Array(nodeCount);
  for (let s = 0; s < steps; s += 1) {
    const node = stepNode[s] ?? -1;
    if (node >= 0) visits[node] = (visits[node] ?? 0) + 1;
  }
  const bottlenecks = new Int32Array(nodeCount);
  for (const s of parts.flagged.step) {
    const node = stepNode[s] ?? 0;
    bottlenecks[node] = (bottlenecks[node] ?? 0) + 1;
  }
  const { dwells, fences } = parts;
  const waits = groupSorted(stepNode, columns.wait.values, steps, nodeCount, frame.byWait());
  const totals = Float64Array.from(nodeIds, (_, node) => sumOf(groupOf(dwells, node)));
  // Added in ascending order, so that the total does not depend on the order of the records.
  const total = sumOf(totals.slice().sort());
  const label = (labels: Int32Array, node: number): string | null => texts[labels[node] ?? -1] ?? null;

  return [...visits.keys()]
    .filter((node) => (visits[node] ?? 0) > 0)
    .sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0) || (nodeRank[a] ?? 0) - (nodeRank[b] ?? 0))
    .map((node): NodeReport => {
      const dwell = groupOf(dwells, node);
      const count = visits[node] ?? 0;
      const errors = parts.errors.counts[node] ?? 0;
      return {
        nodeId: nodeIds[node] ?? '',
        nodeName: label(parts.names, node),
        nodeType: label(parts.types, node),
        visits: count,
        interactions: parts.rework.interactions[node] ?? 0,
        dwell: summarise(dwell),
        wait: summarise(groupOf(waits, node)),
        share: total > 0 ? (totals[node] ?? 0) / total : null,
        impact: toSeconds(impact(dwells, node)),
        errors,
        errorRate: errorRate(errors, parts.errors.known[node] ?? 0, count),
        bottlenecks: bottlenecks[node] ?? 0,
        selfLoops: parts.rework.selfLoops[node] ?? 0,
        repetitions: parts.rework.repetitions[node] ?? 0,
        outliers: countOutliers(fences[node]),
      };
    });
}

/** Σ max(0, dwell − median) in µs. */
function impact(dwells: Groups, node: number): number {
  const sorted = groupOf(dwells, node);
  const median = quantile(sorted, 0.5);
  return sumOf(sorted.map((length) => Math.max(0, length - median)));
}
