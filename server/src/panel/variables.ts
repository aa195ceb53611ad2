/** The variables that change in the interactions that a filter leaves. */
import { reportVariables } from '../analysis/index.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { VariableReport } from '../protocol/report.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';
import { namesOf } from './parts.ts';

type Variables = Extract<PanelResponse, { kind: 'variables' }>;

/** Of those that change most: records with lists inside have as many variables as they have places in them. */
const MOST = 1_000;

const known = new WeakMap<Left, VariableReport[]>();

export function variablesOf({ options }: PanelData, left: Left): Variables {
  const all = known.get(left) ?? reportVariables(left.frame, options.variables);
  known.set(left, all);
  const variables = all.slice(0, MOST);
  const nodes = variables.flatMap((one) => one.nodes.map(({ nodeId }) => nodeId));
  return { kind: 'variables', variables, total: all.length, names: namesOf(left, nodes) };
}
