/** Circles in what refers to what. */

/** So many nodes are entered in a step. */
const A_STEP = 500;

/** The strongly connected part that each node is in, by a number (Tarjan's algorithm, without recursion); in steps. */
export function* partSteps<T>(
  nodes: readonly T[],
  targets: (node: T) => readonly T[],
): Generator<void, ReadonlyMap<T, number>> {
  const part = new Map<T, number>();
  const order = new Map<T, number>();
  const low = new Map<T, number>();
  const stack: T[] = [];
  const enter = (node: T) => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    stack.push(node);
    return { node, next: 0, targets: targets(node) };
  };
  const lower = (node: T, to: number | undefined) =>
    low.set(node, Math.min(low.get(node) ?? 0, to ?? Number.POSITIVE_INFINITY));
  for (const root of nodes) {
    if (order.has(root)) continue;
    if (order.size % A_STEP === 0) yield;
    const open = [enter(root)];
    for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
      const target = at.targets[at.next++];
      if (target !== undefined) {
        if (order.size % A_STEP === 0) yield;
        if (!order.has(target)) open.push(enter(target));
        else if (!part.has(target)) lower(at.node, order.get(target));
        continue;
      }
      open.pop();
      const above = open.at(-1);
      if (above !== undefined) lower(above.node, low.get(at.node));
      if (low.get(at.node) !== order.get(at.node)) continue;
      const number = order.get(at.node) ?? 0;
      for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
        part.set(node, number);
        if (node === at.node) break;
      }
    }
  }
  return part;
}
