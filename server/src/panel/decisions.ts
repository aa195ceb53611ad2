/** The decision points of the interactions that a filter leaves, with what they hang on. */
import { reportDecisions } from '../analysis/index.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { DecisionReport } from '../protocol/report.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';
import { namesOf, partsOf } from './parts.ts';

type Decisions = Extract<PanelResponse, { kind: 'decisions' }>;

/** Drivers take longer than all the rest of an analysis. */
const known = new WeakMap<Left, DecisionReport[]>();

export function decisionsOf({ options }: PanelData, left: Left): Decisions {
  const { flow, types } = partsOf(left);
  const decisions =
    known.get(left) ?? reportDecisions(left.frame, flow, types, { ...options, drivers: true });
  known.set(left, decisions);
  const visited = new Set(partsOf(left).nodes.map(({ nodeId }) => nodeId));
  const nodes = decisions.flatMap(({ nodeId, outcomes }) => [
    nodeId,
    // Without outcomes of the tenant these are the nodes that it leads to.
    ...outcomes.map(({ outcome }) => outcome).filter((outcome) => visited.has(outcome)),
  ]);
  return { kind: 'decisions', decisions, names: namesOf(left, nodes) };
}
