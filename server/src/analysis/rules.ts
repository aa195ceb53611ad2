/** What each bottleneck rule says of each node, with its threshold, numbers and the interactions that show it. */
import { toSeconds } from '../protocol/instant.ts';
import type { NodeReport, RuleFinding } from '../protocol/report.ts';
import { type FlaggedSteps, longest, type ThresholdRule } from './bottlenecks.ts';
import { counted, formatSeconds, percent } from './format.ts';
import type { Frame } from './frame.ts';
import type { Fences } from './outliers.ts';
import { wilson } from './statistics/shares.ts';
import { listOf, listSteps } from './step-lists.ts';
import { ENOUGH_FOR_P95, type Groups, groupOf } from './summary.ts';

const MAX_EVIDENCE = 10;
/** The share rule flags nodes that hold at least so much of all dwell. */
const MIN_SHARE = 0.1;

export interface RuleParts {
  readonly nodes: readonly NodeReport[];
  readonly rule: ThresholdRule;
  readonly flagged: FlaggedSteps;
  /** Dwells by node, and what the outlier rules make of them. */
  readonly dwells: Groups;
  readonly fences: readonly Fences[];
}

/** A node with its dwells in ascending order. */
interface Looked {
  readonly node: NodeReport;
  readonly dwells: Float64Array;
  readonly fences: Fences | undefined;
  /** Its steps that the threshold rule flags, and the lowest threshold of them in µs. */
  readonly over: Int32Array;
  readonly threshold: number;
  /** Steps of the node whose dwell is at least so many µs. */
  readonly from: (least: number) => Int32Array;
}

/** `threshold`, `sla`, `share`, `percentile`, `logTukey`, `logModifiedZ`; within a rule in the order of `nodes`. */
export function reportRules(frame: Frame, parts: RuleParts): RuleFinding[] {
  const looked = lookAt(frame, parts).filter(({ dwells }) => dwells.length > 0);
  return [
    ...looked.flatMap((one) => thresholdFinding(frame, one)),
    ...looked.flatMap((one) => slaFinding(frame, one, parts.rule)),
    ...shareFindings(frame, looked),
    ...(['percentile', 'logTukey', 'logModifiedZ'] as const).flatMap((kind) =>
      looked.flatMap((one) => fenceFinding(frame, one, kind)),
    ),
  ];
}

function lookAt(frame: Frame, { nodes, flagged, dwells, fences }: RuleParts): Looked[] {
  const { columns, stepNode, nodeCount, nodeIds } = frame;
  const ids = new Map(nodeIds.map((id, node) => [id, node]));
  const steps = listSteps(stepNode, columns.node.length, nodeCount);
  const thresholds = new Float64Array(nodeCount).fill(Number.POSITIVE_INFINITY);
  const nodeOfFlagged = flagged.step.map((s) => columns.node.values[s] ?? 0);
  for (const [f, node] of nodeOfFlagged.entries()) {
    // A node whose visits have several types may have several thresholds: the lowest holds for all.
    thresholds[node] = Math.min(thresholds[node] ?? 0, flagged.threshold[f] ?? 0);
  }
  const over = listSteps(nodeOfFlagged, flagged.count, nodeCount);
  return nodes.map((report) => {
    const node = ids.get(report.nodeId) ?? 0;
    return {
      ...{ node: report, fences: fences[node], dwells: groupOf(dwells, node) },
      over: listOf(over, node).map((f) => flagged.step[f] ?? 0),
      threshold: thresholds[node] ?? 0,
      from: (least) => listOf(steps, node).filter((s) => (columns.dwell.values[s] ?? -1) >= least),
    };
  });
}

type Head = Omit<RuleFinding, 'text' | 'threshold' | 'count' | 'interactions' | 'evidence'>;

function headOf(rule: RuleFinding['rule'], { nodeId, nodeName, nodeType, dwell }: NodeReport): Head {
  return {
    ...{ rule, nodeId, nodeName, nodeType, n: dwell.n, few: dwell.n < ENOUGH_FOR_P95 },
    ...{ share: null, low: null, high: null, impact: null },
  };
}

function thresholdFinding(frame: Frame, { node, over, threshold: micros }: Looked): RuleFinding[] {
  if (over.length === 0) return [];
  const threshold = toSeconds(micros);
  const words = `${ofVisits(over.length, node)} took longer than ${formatSeconds(threshold)}, up to ${formatSeconds(node.dwell.max)}`;
  return [{ ...headOf('threshold', node), threshold, ...shown(frame, over), text: told(node, words) }];
}

function slaFinding(
  frame: Frame,
  { node, over, threshold: micros }: Looked,
  rule: ThresholdRule,
): RuleFinding[] {
  if (over.length === 0 || rule(node.nodeId, node.nodeType) === null) return [];
  const threshold = toSeconds(micros);
  const share = over.length / node.dwell.n;
  const { low, high } = wilson(over.length, node.dwell.n);
  const words = `${exactPercent(share)} of the visits took longer than ${formatSeconds(threshold)} (95 % interval ${exactPercent(low)} to ${exactPercent(high)})`;
  return [
    {
      ...headOf('sla', node),
      threshold,
      ...shown(frame, over),
      ...{ share, low, high },
      text: told(node, words),
    },
  ];
}

function shareFindings(frame: Frame, looked: readonly Looked[]): RuleFinding[] {
  let together = 0;
  return looked.flatMap(({ node, dwells, from }, place) => {
    const share = node.share ?? 0;
    together += share;
    if (share < MIN_SHARE) return [];
    const before = place === 0 ? '' : `, ${percent(together)} with those before it`;
    const words = `${percent(share)} of all dwell${before}; ${formatSeconds(node.impact)} would be won were its slower visits typical`;
    const longestOnes = from(dwells[Math.max(0, dwells.length - MAX_EVIDENCE)] ?? 0);
    return {
      ...headOf('share', node),
      ...{ threshold: null, share, impact: node.impact, text: told(node, words) },
      ...{ count: dwells.length, interactions: node.interactions },
      evidence: evidenceOf(frame, longestOnes),
    };
  });
}

const FENCES = {
  percentile: 'its own p95',
  logTukey: 'the log-Tukey fence',
  logModifiedZ: 'the fence of the modified z-score of logarithms',
} as const;

function fenceFinding(
  frame: Frame,
  { node, dwells, fences, from }: Looked,
  kind: keyof Fences,
): RuleFinding[] {
  const fence = fences?.[kind] ?? null;
  if (fence === null || fence.count === 0) return [];
  const threshold = toSeconds(fence.threshold);
  const words = `${ofVisits(fence.count, node)} took longer than ${FENCES[kind]}, ${formatSeconds(threshold)}`;
  // The rules flag the largest ones, equal ones alike.
  const flagged = from(dwells[dwells.length - fence.count] ?? 0);
  return [{ ...headOf(kind, node), threshold, ...shown(frame, flagged), text: told(node, words) }];
}

function told({ nodeName, nodeId, dwell }: NodeReport, what: string): string {
  const few = dwell.n < ENOUGH_FOR_P95 ? `; only ${counted(dwell.n, 'timed visit')}, too few to rely on` : '';
  return `${nodeName ?? nodeId}: ${what}${few}.`;
}

function ofVisits(count: number, { dwell }: NodeReport): string {
  return `${count.toLocaleString('en-GB')} of ${counted(dwell.n, 'visit')}`;
}

function exactPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** How many steps, of how many interactions, and the longest of them. In the order of the store. */
function shown(frame: Frame, steps: Int32Array): Pick<RuleFinding, 'count' | 'interactions' | 'evidence'> {
  const { columns, stepInteraction } = frame;
  let interactions = 0;
  let last = -1;
  for (const s of steps) {
    const i = stepInteraction[s] ?? 0;
    if (i !== last) interactions += 1;
    last = i;
  }
  const lengths = Float64Array.from(steps, (s) => columns.dwell.values[s] ?? 0).sort();
  const least = lengths[Math.max(0, lengths.length - MAX_EVIDENCE)] ?? 0;
  const evidence = evidenceOf(
    frame,
    steps.filter((s) => (columns.dwell.values[s] ?? 0) >= least),
  );
  return { count: steps.length, interactions, evidence };
}

function evidenceOf(frame: Frame, steps: Int32Array): RuleFinding['evidence'] {
  const { columns, stepInteraction } = frame;
  const flagged: FlaggedSteps = {
    ...{ count: steps.length, step: steps, threshold: new Float64Array(steps.length) },
    interaction: steps.map((s) => stepInteraction[s] ?? 0),
  };
  return longest(frame, flagged, MAX_EVIDENCE).map((k) => {
    const s = steps[k] ?? 0;
    const i = stepInteraction[s] ?? 0;
    return {
      interactionId: columns.ids[i] ?? '',
      sequence: s - (columns.firstStep.values[i] ?? 0),
      dwell: toSeconds(columns.dwell.values[s] ?? 0),
    };
  });
}
