/** What reports of nodes, decisions and the flow are made of, worked out together. */
import type { NodeReport } from '../protocol/report.ts';
import type { FlaggedSteps } from './bottlenecks.ts';
import { countErrors } from './errors.ts';
import { type Flow, traceFlow } from './flow.ts';
import type { Frame } from './frame.ts';
import { commonestLabels, reportNodes } from './nodes.ts';
import { outlierFences } from './outliers.ts';
import { traceRework } from './rework.ts';
import { groupOf, groupSorted } from './summary.ts';

export interface ProcessParts {
  /** Of the interactions that count. */
  readonly flow: Flow;
  /** By node, into `columns.texts`: the commonest name and type, -1 for none. */
  readonly names: Int32Array;
  readonly types: Int32Array;
  /** Those that are visited, by total dwell. */
  readonly nodes: readonly NodeReport[];
}

export function processParts(frame: Frame, flagged: FlaggedSteps): ProcessParts {
  const { columns, stepNode, nodeCount, nodeIds } = frame;
  const names = commonestLabels(frame, columns.name.values);
  const types = commonestLabels(frame, columns.type.values);
  const dwells = groupSorted(stepNode, columns.dwell.values, columns.node.length, nodeCount, frame.byDwell());
  const fences = nodeIds.map((_, node) => outlierFences(groupOf(dwells, node)));
  const [errors, rework] = [countErrors(frame), traceRework(frame)];
  const nodes = reportNodes(frame, { names, types, rework, errors, flagged, dwells, fences });
  return { flow: traceFlow(frame), names, types, nodes };
}
