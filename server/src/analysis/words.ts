/** The report in words: what a person reads first. Plain text, no markup. */
import { toSeconds } from '../protocol/instant.ts';
import type { Finding } from '../protocol/panel-overview.ts';
import type { AnalysisReport, NodeReport } from '../protocol/report.ts';
import {
  createThresholdRule,
  type FlaggedSteps,
  flagSteps,
  longest,
  type ThresholdOptions,
} from './bottlenecks.ts';
import { counted, formatSeconds, percent } from './format.ts';
import { createFrame, type Frame } from './frame.ts';
import type { Store } from './store.ts';
import { ENOUGH_FOR_P95, sumOf } from './summary.ts';
import { compareText } from './text.ts';

const MAX_EXAMPLES = 10;

/**
 * The nodes that hold interactions above the threshold, by their share of all the time above it (Σ(dwell − T) where
 * dwell > T), ties by id. `report` and `options` must be of the same store.
 */
export function rankFindings(
  report: AnalysisReport,
  store: Store,
  options: ThresholdOptions = {},
): Finding[] {
  const frame = createFrame(store);
  return findingsOf(frame, flagSteps(frame, createThresholdRule(options)), report.nodes);
}

/** The same, of what was flagged already. */
export function findingsOf(frame: Frame, flagged: FlaggedSteps, reports: readonly NodeReport[]): Finding[] {
  const groups = new Map<number, number[]>();
  for (let f = 0; f < flagged.count; f += 1) {
    const node = frame.columns.node.values[flagged.step[f] ?? 0] ?? 0;
    const group = groups.get(node);
    if (group === undefined) groups.set(node, [f]);
    else group.push(f);
  }
  const excess = new Map<string, number>();
  for (const [node, group] of groups) {
    excess.set(
      frame.nodeIds[node] ?? '',
      sumOf(Float64Array.from(group, (f) => over(frame, flagged, f)).sort()),
    );
  }
  const total = sumOf(Float64Array.from(excess.values()).sort());
  const nodes = new Map(reports.map((node) => [node.nodeId, node]));
  const findings: Finding[] = [];
  for (const [node, group] of groups) {
    const summary = nodes.get(frame.nodeIds[node] ?? '');
    if (summary === undefined) continue;
    const own = excess.get(summary.nodeId) ?? 0;
    findings.push(
      describe(frame, flagged, group, summary, { excessShare: own / total, excess: toSeconds(own) }),
    );
  }
  return findings.sort((a, b) => b.excessShare - a.excessShare || compareText(a.nodeId, b.nodeId));
}

/** µs above the threshold. */
function over(frame: Frame, flagged: FlaggedSteps, f: number): number {
  return (frame.columns.dwell.values[flagged.step[f] ?? 0] ?? 0) - (flagged.threshold[f] ?? 0);
}

function describe(
  frame: Frame,
  flagged: FlaggedSteps,
  group: readonly number[],
  node: NodeReport,
  excesses: Pick<Finding, 'excessShare' | 'excess'>,
): Finding {
  const { columns } = frame;
  const interactions = new Set(group.map((f) => flagged.interaction[f])).size;
  // A node whose visits have several types may have several thresholds: the lowest is the one that holds for all.
  const threshold = toSeconds(
    group.reduce((least, f) => Math.min(least, flagged.threshold[f] ?? 0), Number.POSITIVE_INFINITY),
  );
  const figures = { count: group.length, interactions, threshold, ...excesses };
  return {
    nodeId: node.nodeId,
    nodeName: node.nodeName,
    nodeType: node.nodeType,
    text: sentence(node, figures),
    ...figures,
    visits: node.visits,
    p95: node.dwell.p95,
    max: node.dwell.max,
    examples: longest(frame, flagged, MAX_EXAMPLES, group).map((f) => {
      const s = flagged.step[f] ?? 0;
      const i = flagged.interaction[f] ?? 0;
      return {
        interactionId: columns.ids[i] ?? '',
        sequence: s - (columns.firstStep.values[i] ?? 0),
        dwell: toSeconds(columns.dwell.values[s] ?? 0),
      };
    }),
  };
}

/** p95 tells how long it holds interactions only where it is above the threshold and enough visits stand behind it. */
function sentence(
  node: NodeReport,
  figures: Pick<Finding, 'count' | 'interactions' | 'threshold' | 'excessShare'>,
): string {
  const { dwell, visits } = node;
  const name = node.nodeName ?? node.nodeId;
  const held = `${name} held ${counted(figures.interactions, 'interaction')}`;
  const share = `${percent(figures.excessShare)} of all time above threshold`;
  if (dwell.n >= ENOUGH_FOR_P95 && dwell.p95 !== null && dwell.p95 > figures.threshold) {
    return `${held} for ${formatSeconds(dwell.p95)} at p95; ${share}`;
  }
  const most = `${held} for up to ${formatSeconds(dwell.max)}`;
  if (dwell.n >= ENOUGH_FOR_P95) {
    return `${most} in ${figures.count.toLocaleString('en-GB')} of ${counted(visits, 'visit')}; ${share}`;
  }
  return `${most}; ${share}; only ${counted(dwell.n, 'timed visit')}, too few to tell what is usual`;
}

/** One sentence on what was found, with the node that holds most of the time above the threshold. */
export function headline(report: AnalysisReport): string {
  const scope = counted(report.interactions, 'interaction');
  if (report.interactions === 0) {
    return report.rejected.length === 0
      ? 'No interactions.'
      : `No interactions; ${counted(report.rejected.length, 'record')} could not be read.`;
  }
  const parts: string[] = [];
  if (report.bottleneckCount === 0) {
    parts.push(`No bottlenecks in ${scope}`);
  } else {
    parts.push(`${counted(report.bottleneckCount, 'bottleneck')} in ${scope}${leader(report)}`);
  }
  if (report.errors > 0) parts.push(`${counted(report.errors, 'step')} with an error`);
  if (report.openSteps > 0 && report.openSteps < report.interactions) {
    parts.push(`${counted(report.openSteps, 'interaction')} still open`);
  }
  if (report.rejected.length > 0) {
    parts.push(`${counted(report.rejected.length, 'record')} could not be read`);
  }
  return `${parts.join('; ')}.`;
}

/** The first of the findings: their insight is never cut, since it has the greatest stake of its rule. */
function leader({ insights, ruleFindings, nodes }: AnalysisReport): string {
  const first = insights.find(({ rule }) => rule === 'bottleneck');
  if (first === undefined) return '';
  const name = nodes.find(({ nodeId }) => nodeId === first.nodeId)?.nodeName ?? first.nodeId;
  return ruleFindings.filter(({ rule }) => rule === 'threshold').length === 1
    ? `, all at ${name}`
    : `, above all at ${name} (${percent(first.numbers['excessShare'] ?? 0)} of the time above threshold)`;
}
