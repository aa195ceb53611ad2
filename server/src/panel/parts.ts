/** What several views of the same interactions need: worked out when the first one asks. */
import { type ProcessParts, processParts } from '../analysis/index.ts';
import type { Left } from './left.ts';

const known = new WeakMap<Left, ProcessParts>();

export function partsOf(left: Left): ProcessParts {
  const parts = known.get(left) ?? processParts(left.frame, left.flagged);
  known.set(left, parts);
  return parts;
}

/** A node as a view names it. */
export interface NodeName {
  readonly nodeId: string;
  readonly nodeName: string | null;
}

/** Names of nodes, each once; those that no interaction of these visits have none. */
export function namesOf(left: Left, nodeIds: Iterable<string>): NodeName[] {
  const names = new Map(partsOf(left).nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
  return Array.from(new Set(nodeIds), (nodeId) => ({ nodeId, nodeName: names.get(nodeId) ?? null }));
}
