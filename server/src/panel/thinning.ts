/** Which nodes and edges of a process map are drawn where not all are: the commonest, and nothing that stands alone. */

/** What can be laid out while somebody waits, and read at all. */
export const MOST_NODES = 400;
export const MOST_EDGES = 1_500;

/** From one node to another; `START` and `END` stand for the beginning and the end of interactions. */
export interface ThinEdge {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}
export const START = -1;
export const END = -2;

/** The commonest nodes, as many as are drawn; those given stand in an order of their own among equals. */
export function chooseNodes(visits: readonly (readonly [node: number, count: number])[]): Set<number> {
  const byCount = visits.toSorted(([, a], [, b]) => b - a);
  return new Set(byCount.slice(0, MOST_NODES).map(([node]) => node));
}

/**
 * Those that stay of edges in order, the commonest first, where a share of them is to be left out. Every node keeps its
 * commonest way in and its commonest way out, and ways from the start to it and from it to the end, as far as it has them.
 */
export function chooseEdges<E extends ThinEdge>(edges: readonly E[], hidden: number): E[] {
  const most = Math.min(MOST_EDGES, edges.length - Math.floor(hidden * edges.length));
  if (most >= edges.length) return [...edges];
  const kept = new Set<E>([
    ...commonestWays(edges),
    ...reaching(edges, START, ({ from, to }) => [from, to]),
    ...reaching(edges, END, ({ from, to }) => [to, from]),
  ]);
  for (const edge of edges) {
    if (kept.size >= most) break;
    kept.add(edge);
  }
  return edges.filter((edge) => kept.has(edge));
}

function commonestWays<E extends ThinEdge>(edges: readonly E[]): E[] {
  const entered = new Set<number>();
  const left = new Set<number>();
  return edges.filter((edge) => {
    const { from, to } = edge;
    if (from === to || (entered.has(to) && left.has(from))) return false;
    entered.add(to);
    left.add(from);
    return true;
  });
}

/** The commonest edge to each node that is not reached yet, beginning at one: as many nodes as can be reached. */
function reaching<E extends ThinEdge>(
  edges: readonly E[],
  begin: number,
  direction: (edge: E) => readonly [from: number, to: number],
): E[] {
  const byFrom = new Map<number, number[]>();
  for (const [index, edge] of edges.entries()) {
    const [from] = direction(edge);
    const list = byFrom.get(from);
    if (list === undefined) byFrom.set(from, [index]);
    else list.push(index);
  }
  const reached = new Set([begin]);
  const ways = new Heap();
  const found: E[] = [];
  for (let node: number | undefined = begin; node !== undefined; ) {
    for (const index of byFrom.get(node) ?? []) ways.push(index);
    node = undefined;
    for (let next = ways.pop(); next !== undefined && node === undefined; ) {
      const edge = edges[next];
      const to = edge === undefined ? begin : direction(edge)[1];
      if (edge !== undefined && !reached.has(to)) {
        reached.add(to);
        found.push(edge);
        node = to;
      } else next = ways.pop();
    }
  }
  return found;
}

/** Whole numbers, the smallest first. */
class Heap {
  readonly #values: number[] = [];

  push(value: number): void {
    const values = this.#values;
    let at = values.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = values[parent] ?? 0;
      if (above <= value) break;
      values[at] = above;
      at = parent;
    }
    values[at] = value;
  }

  pop(): number | undefined {
    const values = this.#values;
    const first = values[0];
    const last = values.pop();
    if (last === undefined || values.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= values.length) break;
      if ((values[child + 1] ?? Number.POSITIVE_INFINITY) < (values[child] ?? 0)) child += 1;
      const below = values[child] ?? 0;
      if (below >= last) break;
      values[at] = below;
      at = child;
    }
    values[at] = last;
    return first;
  }
}
