/**
 * Where the boxes of a process map stand and its lines run: from top to bottom, the same each time. The graph that is laid
 * out has no cycles: what leads back against the usual order is turned round for it, and its line afterwards.
 */
import { Graph, layout } from '@dagrejs/dagre';

/** A node's box, and the circle that stands for the beginning or the end. */
export const BOX = { width: 168, height: 48 } as const;
export const CIRCLE = { width: 28, height: 28 } as const;

/** How far a line that leads from a box to itself reaches out of it, and how far apart its ends are. */
const LOOP = { reach: 26, half: 11 } as const;
const MARGIN = 16;
/** From so many lines on, good places that are found soon are better than the best ones. */
const MANY_EDGES = 500;

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface LaidNode {
  readonly kind: 'node' | 'start' | 'end';
  /** When interactions usually come to it: lines to a smaller one lead back. */
  readonly order: number;
}

export interface LaidEdge {
  /** Places among the nodes. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Middles of the nodes, and the corners of the edges' lines, in the order given. */
  readonly nodes: readonly Point[];
  readonly edges: readonly (readonly Point[])[];
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Nodes have to be connected; their order among equals is that given. */
export function layOut(nodes: readonly LaidNode[], edges: readonly LaidEdge[]): Layout {
  if (nodes.length === 0) return { width: 0, height: 0, nodes: [], edges: [] };
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    ...{ rankdir: 'TB', nodesep: 30, ranksep: 46, edgesep: 14 },
    ranker: edges.length > MANY_EDGES ? 'tight-tree' : 'network-simplex',
  });
  const loops = new Set(edges.flatMap(({ from, to }) => (from === to ? [from] : [])));
  for (const [place, { kind }] of nodes.entries()) {
    const { width, height } = kind === 'node' ? BOX : CIRCLE;
    // As much room on the left, so that the box stays in the middle.
    graph.setNode(`${place}`, { width: width + (loops.has(place) ? 2 * LOOP.reach : 0), height });
  }
  const isBack = ({ from, to }: LaidEdge): boolean => leadsBack(nodes, from, to);
  for (const [index, edge] of edges.entries()) {
    if (edge.from === edge.to) continue;
    const [above, below] = isBack(edge) ? [edge.to, edge.from] : [edge.from, edge.to];
    const label = { width: 0, height: 0, minlen: 1, weight: 1 + Math.round(Math.log2(edge.count)) };
    graph.setEdge(`${above}`, `${below}`, label, `${index}`);
  }
  layout(graph, { disableOptimalOrderHeuristic: edges.length > MANY_EDGES });
  const middles = nodes.map((_, place): Point => {
    const { x = 0, y = 0 } = graph.node(`${place}`);
    return { x, y };
  });
  const middleOf = (place: number): Point => middles[place] ?? { x: 0, y: 0 };
  const lines = edges.map((edge, index): Point[] => {
    const { from, to } = edge;
    if (from === to) return loopAt(middleOf(from));
    const back = isBack(edge);
    const { points = [] } = graph.edge(back ? `${to}` : `${from}`, back ? `${from}` : `${to}`, `${index}`);
    // Its ends are of the boxes with their room: those without it are met anew.
    const inner: Point[] = points.slice(1, -1);
    if (back) inner.reverse();
    const first = inner[0] ?? middleOf(to);
    const last = inner.at(-1) ?? middleOf(from);
    return [borderOf(nodes[from], middleOf(from), first), ...inner, borderOf(nodes[to], middleOf(to), last)];
  });
  return withMargin(nodes, middles, lines);
}

/** Moved so that everything has the margin round it. */
function withMargin(
  nodes: readonly LaidNode[],
  middles: readonly Point[],
  lines: readonly (readonly Point[])[],
): Layout {
  let [left, top] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [right, bottom] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const see = ({ x, y }: Point, { width, height }: { width: number; height: number }): void => {
    left = Math.min(left, x - width / 2);
    right = Math.max(right, x + width / 2);
    top = Math.min(top, y - height / 2);
    bottom = Math.max(bottom, y + height / 2);
  };
  for (const [place, middle] of middles.entries()) see(middle, nodes[place]?.kind === 'node' ? BOX : CIRCLE);
  for (const line of lines) for (const point of line) see(point, { width: 0, height: 0 });
  const moved = ({ x, y }: Point): Point => ({ x: round(x - left + MARGIN), y: round(y - top + MARGIN) });
  return {
    width: Math.ceil(right - left + 2 * MARGIN),
    height: Math.ceil(bottom - top + 2 * MARGIN),
    nodes: middles.map(moved),
    edges: lines.map((line) => line.map(moved)),
  };
}

function leadsBack(nodes: readonly LaidNode[], from: number, to: number): boolean {
  const rank = (place: number): number => {
    const node = nodes[place];
    if (node?.kind === 'start') return Number.NEGATIVE_INFINITY;
    return node?.kind === 'end' ? Number.POSITIVE_INFINITY : (node?.order ?? 0);
  };
  const [a, b] = [rank(from), rank(to)];
  return a === b ? from > to : a > b;
}

function loopAt({ x, y }: Point): Point[] {
  const side = x + BOX.width / 2;
  return [
    { x: side, y: y - LOOP.half },
    { x: side + LOOP.reach * 0.8, y: y - LOOP.half },
    { x: side + LOOP.reach, y },
    { x: side + LOOP.reach * 0.8, y: y + LOOP.half },
    { x: side, y: y + LOOP.half },
  ];
}

/** Where the line from a node's middle to a point leaves the node. */
function borderOf(node: LaidNode | undefined, middle: Point, towards: Point): Point {
  const [dx, dy] = [towards.x - middle.x, towards.y - middle.y];
  if (dx === 0 && dy === 0) return middle;
  const share =
    node?.kind === 'node'
      ? Math.min(BOX.width / 2 / Math.abs(dx), BOX.height / 2 / Math.abs(dy))
      : CIRCLE.width / 2 / Math.hypot(dx, dy);
  return { x: middle.x + dx * share, y: middle.y + dy * share };
}
