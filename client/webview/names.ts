/** What a person knows nodes by: their names, and, where two share one, their ids beside them. */

export interface Named {
  readonly nodeId: string;
  readonly nodeName: string | null;
}

export type NameOf = (nodeId: string) => string;

/** Names that are learnt as answers come; a node that none told of is known by its id. */
export interface Names {
  readonly of: NameOf;
  learn(names: Iterable<Named>): void;
}

export function createNames(): Names {
  const byId = new Map<string, string>();
  const ids = new Map<string, Set<string>>();
  return {
    of(nodeId) {
      const name = byId.get(nodeId);
      if (name === undefined) return nodeId;
      return (ids.get(name)?.size ?? 0) > 1 ? `${name} (${nodeId})` : name;
    },
    learn(names) {
      for (const { nodeId, nodeName } of names) {
        if (nodeName === null || nodeName === '' || byId.get(nodeId) === nodeName) continue;
        byId.set(nodeId, nodeName);
        const same = ids.get(nodeName) ?? new Set();
        same.add(nodeId);
        ids.set(nodeName, same);
      }
    },
  };
}
