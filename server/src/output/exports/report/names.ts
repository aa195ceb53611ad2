/** What a report calls the nodes: their names, with the id behind it where two nodes share one. */
import type { AnalysisReport } from '../../../protocol/report.ts';

export interface Names {
  readonly of: (nodeId: string) => string;
}

export function namesOf({ nodes }: AnalysisReport): Names {
  const counts = new Map<string, number>();
  for (const { nodeId, nodeName } of nodes) {
    const name = nodeName ?? nodeId;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const known = new Map(
    nodes.map(({ nodeId, nodeName }) => {
      const name = nodeName ?? nodeId;
      return [nodeId, (counts.get(name) ?? 0) > 1 && name !== nodeId ? `${name} (${nodeId})` : name];
    }),
  );
  return { of: (nodeId) => known.get(nodeId) ?? nodeId };
}
