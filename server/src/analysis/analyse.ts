/** The whole report, from the columns as they are at this moment. */
import type { AnalysisReport } from '../protocol/report.ts';
import {
  createThresholdRule,
  type FlaggedSteps,
  flagSteps,
  reportBottlenecks,
  type ThresholdOptions,
} from './bottlenecks.ts';
import { type DecisionOptions, reportDecisions } from './decisions.ts';
import { countErrors } from './errors.ts';
import { reportFlow, traceFlow } from './flow.ts';
import { createFrame, type Frame, ofFrame } from './frame.ts';
import { dwellHistogram } from './histogram.ts';
import { findInsights } from './insights.ts';
import { commonestLabels, reportNodes } from './nodes.ts';
import { outlierFences } from './outliers.ts';
import { countPaths, reportPaths } from './paths.ts';
import { traceRework } from './rework.ts';
import { reportRules } from './rules.ts';
import { sortedValues } from './sorting.ts';
import type { Store } from './store.ts';
import { groupOf, groupSorted, summarise } from './summary.ts';
import { isSeries, reportTrends, type TrendOptions, unaskedChanges } from './trend.ts';
import { reportVariables } from './variables.ts';
import { reportWindow } from './window.ts';
import { findingsOf } from './words.ts';

const DEFAULT_TOP = 100;

export interface AnalyseOptions extends ThresholdOptions, DecisionOptions, TrendOptions {
  /** Rows of `bottlenecks` and `paths`; 100 unless given, 0 for all. */
  readonly top?: number;
  /** Rows of `paths`, where they differ (`PATHS TOP n`). */
  readonly pathsTop?: number;
  /** Variables to report (`*` stands for anything); all unless given. */
  readonly variables?: readonly string[];
}

/**
 * Makes the report of `cxq analyze`. May be called again at any time while records still come: it reads what the
 * store holds then. Independent of the order of the records. With `keep`, as if there were only those interactions
 * whose place in it has a 1.
 */
export function analyse(store: Store, options: AnalyseOptions = {}, keep?: Uint8Array): AnalysisReport {
  return analyseFrame(createFrame(store, keep), options, {
    rejected: keep === undefined ? store.rejected : [],
  });
}

/** What is known of a frame already, and what need not be known of it. */
export interface FrameParts {
  readonly rejected?: Store['rejected'];
  /** The steps that the threshold rule of the options flags. */
  readonly flagged?: FlaggedSteps;
  /** No flow, no decisions, and of the paths their count alone. */
  readonly brief?: boolean;
}

/** The same of a frame that was made already. */
export function analyseFrame(
  frame: Frame,
  options: AnalyseOptions = {},
  { rejected = [], flagged: known, brief = false }: FrameParts = {},
): AnalysisReport {
  const { columns } = frame;
  const top = options.top ?? DEFAULT_TOP;
  const names = commonestLabels(frame, columns.name.values);
  const types = commonestLabels(frame, columns.type.values);
  const errors = countErrors(frame);
  const rework = traceRework(frame);
  const rule = createThresholdRule(options);
  const flagged = known ?? flagSteps(frame, rule);
  const dwells = groupSorted(
    frame.stepNode,
    columns.dwell.values,
    columns.node.length,
    frame.nodeCount,
    frame.byDwell(),
  );
  const sorted = ofSteps(frame, columns.dwell.values, frame.byDwell());
  const fences = frame.nodeIds.map((_, node) => outlierFences(groupOf(dwells, node)));
  const nodes = reportNodes(frame, { names, types, rework, errors, flagged, dwells, fences });
  const report: Omit<AnalysisReport, 'insights'> = {
    schemaVersion: 1,
    interactions: frame.live.length,
    steps: frame.steps,
    openSteps: countMarked(frame, columns.open.values),
    untimedInteractions: countMarked(frame, columns.untimed.values),
    rejected: rejected.map(({ index, reason }) => ({ index, reason })),
    errors: errors.total,
    window: reportWindow(frame),
    duration: summarise(durations(frame)),
    dwell: summarise(sorted),
    dwellHistogram: dwellHistogram(sorted, columns.dwell.values, flagged),
    wait: summarise(ofSteps(frame, columns.wait.values, frame.byWait())),
    bottleneckCount: flagged.count,
    bottlenecks: reportBottlenecks(frame, flagged, top),
    nodes,
    ...(brief ? { paths: [], pathCount: countPaths(frame) } : reportPaths(frame, options.pathsTop ?? top)),
    ...(brief ? NO_FLOW : flowAndDecisions(frame, types, options)),
    variables: reportVariables(frame, options.variables),
    rework: rework.report,
    ...countOddities(frame),
    ruleFindings: reportRules(frame, { nodes, rule, flagged, dwells, fences }),
    trends: reportTrends(frame, flagged, options),
  };
  const { trends } = report;
  const points = trends.some(isSeries)
    ? trends.flatMap(({ changePoints }) => changePoints)
    : unaskedChanges(frame, options);
  return { ...report, insights: findInsights(report, findingsOf(frame, flagged, nodes), points) };
}

const NO_FLOW: Pick<AnalysisReport, 'flow' | 'decisions'> = {
  flow: { edges: [], starts: [], ends: [] },
  decisions: [],
};

function flowAndDecisions(
  frame: Frame,
  types: Int32Array,
  options: DecisionOptions,
): Pick<AnalysisReport, 'flow' | 'decisions'> {
  const flow = traceFlow(frame);
  return { flow: reportFlow(frame, flow), decisions: reportDecisions(frame, flow, types, options) };
}

function countOddities({ columns, live }: Frame): Pick<AnalysisReport, 'overlaps' | 'unknownDwells'> {
  let [overlaps, unknownDwells] = [0, 0];
  for (const i of live) {
    overlaps += columns.overlaps.values[i] ?? 0;
    unknownDwells += columns.unknownDwells.values[i] ?? 0;
  }
  return { overlaps, unknownDwells };
}

function countMarked(frame: Frame, marks: Int8Array): number {
  let count = 0;
  for (const i of frame.live) count += marks[i] ?? 0;
  return count;
}

/** Known values of the steps that count, in their order. */
function ofSteps({ stepNode }: Frame, values: Float64Array, order: Int32Array): Float64Array {
  return sortedValues(values, ofFrame(stepNode, order));
}

/** Of all interactions that are neither empty nor untimed, in ascending order. */
function durations(frame: Frame): Float64Array {
  return sortedValues(Float64Array.from(frame.live, (i) => frame.columns.duration.values[i] ?? Number.NaN));
}
