/** The decision points of the interactions that a filter leaves; what one of them hangs on, when it is asked for. */
import {
  type Decision,
  type DecisionDrivers,
  findDecisionDrivers,
  findDecisions,
} from '../analysis/index.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { RequestOf } from '../protocol/panel-requests.ts';
import type { Drivers } from '../protocol/panel-views.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';
import { Recent } from './ordering.ts';
import { namesOf, partsOf } from './parts.ts';

type Decisions = Extract<PanelResponse, { kind: 'decisions' }>;

/** Decisions of a filter whose drivers are kept: who goes back and forth between some does not wait again. */
const KEPT = 32;

interface Found {
  readonly decisions: readonly Decision[];
  readonly drivers: Recent<DecisionDrivers>;
}

const known = new WeakMap<Left, Found>();

function foundOf(left: Left): Found {
  const held = known.get(left);
  if (held !== undefined) return held;
  const { flow, types } = partsOf(left);
  const found = {
    decisions: findDecisions(left.frame, flow, types),
    drivers: new Recent<DecisionDrivers>(KEPT),
  };
  known.set(left, found);
  return found;
}

export function decisionsOf(left: Left): Decisions {
  const decisions = foundOf(left).decisions.map((one) => one.known);
  const visited = new Set(partsOf(left).nodes.map(({ nodeId }) => nodeId));
  const nodes = decisions.flatMap(({ nodeId, outcomes }) => [
    nodeId,
    // Without outcomes of the tenant these are the nodes that it leads to.
    ...outcomes.map(({ outcome }) => outcome).filter((outcome) => visited.has(outcome)),
  ]);
  return { kind: 'decisions', decisions, names: namesOf(left, nodes) };
}

export function driversOf({ options }: PanelData, left: Left, { nodeId }: RequestOf<'drivers'>): Drivers {
  const { decisions, drivers } = foundOf(left);
  const decision = decisions.find((one) => one.known.nodeId === nodeId);
  if (decision === undefined) return { kind: 'drivers', nodeId, drivers: [], rule: null, sampled: null };
  const found = drivers.get(nodeId, () => findDecisionDrivers(left.frame, decision.visits, options));
  return { kind: 'drivers', nodeId, ...found };
}
