/** The process map of the interactions that a filter leaves: nodes, the start and the end, laid out. */
import { reportFlow } from '../analysis/index.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { RequestOf } from '../protocol/panel-requests.ts';
import type { FlowEdge, FlowNode } from '../protocol/panel-views.ts';
import type { FlowReport, NodeReport } from '../protocol/report.ts';
import type { PanelData } from './data.ts';
import type { LaidNode } from './layout.ts';
import type { Left } from './left.ts';
import { partsOf } from './parts.ts';
import { chooseEdges, chooseNodes, END, START, type ThinEdge } from './thinning.ts';

type FlowPicture = Extract<PanelResponse, { kind: 'flow' }>;

/** Of one filter, pictures with so many shares hidden are kept. */
const KEPT = 8;
const known = new WeakMap<Left, Map<number, FlowPicture>>();

/** An edge with what the map says of it; its ends are places among the nodes of the report. */
interface Way extends ThinEdge {
  readonly said: Omit<FlowEdge, 'points'>;
}

export async function flowOf(_: PanelData, left: Left, { hidden }: RequestOf<'flow'>): Promise<FlowPicture> {
  const pictures = known.get(left) ?? new Map<number, FlowPicture>();
  known.set(left, pictures);
  let picture = pictures.get(hidden);
  if (picture === undefined) {
    picture = await draw(left, hidden);
    for (const oldest of pictures.keys()) {
      if (pictures.size < KEPT) break;
      pictures.delete(oldest);
    }
    pictures.set(hidden, picture);
  }
  return picture;
}

async function draw(left: Left, hidden: number): Promise<FlowPicture> {
  const { frame } = left;
  const { flow, nodes } = partsOf(left);
  const report = reportFlow(frame, flow);
  const all = waysOf(report, nodes, frame.live.length);
  const chosen = chooseNodes(nodes.map(({ visits }, node) => [node, visits] as const))
    .add(START)
    .add(END);
  const among = all.filter(({ from, to }) => chosen.has(from) && chosen.has(to));
  const ways = chooseEdges(among, hidden);
  const met = new Set(ways.flatMap(({ from, to }) => [from, to]));
  // The start first and the end last, and between them what is visited most: equals are laid out in this order.
  const drawn = [
    ...(met.has(START) ? [START] : []),
    ...[...chosen].filter((node) => node >= 0 && met.has(node)),
    ...(met.has(END) ? [END] : []),
  ];
  const placeOf = new Map(drawn.map((node, place) => [node, place]));
  const order = usualPlaces(left);
  const { BOX, CIRCLE, layOut } = await import('./layout.ts');
  const said = drawn.map((node) => saidOf(node, nodes[node], report));
  const laid = layOut(
    said.map(({ kind, nodeId }): LaidNode => ({ kind, order: order.get(nodeId) ?? 0 })),
    ways.map(({ from, to, count }) => ({
      from: placeOf.get(from) ?? 0,
      to: placeOf.get(to) ?? 0,
      count,
    })),
  );
  return {
    kind: 'flow',
    width: laid.width,
    height: laid.height,
    nodes: said.map((node, place) => ({
      ...node,
      ...(laid.nodes[place] ?? { x: 0, y: 0 }),
      ...(node.kind === 'node' ? BOX : CIRCLE),
    })),
    edges: ways.map((way, index) => ({ ...way.said, points: [...(laid.edges[index] ?? [])] })),
    hiddenNodes: nodes.length - drawn.filter((node) => node >= 0).length,
    hiddenEdges: all.length - ways.length,
    hidden: all.length === 0 ? 0 : (all.length - ways.length) / all.length,
  };
}

/** All edges, the commonest first; ties as the report has them. */
function waysOf(report: FlowReport, nodes: readonly NodeReport[], interactions: number): Way[] {
  const placeOf = new Map(nodes.map(({ nodeId }, place) => [nodeId, place]));
  const place = (nodeId: string): number => placeOf.get(nodeId) ?? 0;
  const way = (
    ends: ThinEdge,
    said: Pick<FlowEdge, 'from' | 'to' | 'interactions' | 'p50' | 'p95' | 'total'>,
  ): Way => ({
    ...ends,
    said: { ...said, count: ends.count, share: interactions === 0 ? 0 : said.interactions / interactions },
  });
  const none = { p50: null, p95: null, total: 0 };
  return [
    ...report.starts.map(({ nodeId, count }) =>
      way(
        { from: START, to: place(nodeId), count },
        { from: null, to: nodeId, interactions: count, ...none },
      ),
    ),
    ...report.edges.map(({ from, to, count, wait, ...edge }) =>
      way(
        { from: place(from), to: place(to), count },
        { from, to, interactions: edge.interactions, p50: wait.median, p95: wait.p95, total: wait.sum ?? 0 },
      ),
    ),
    ...report.ends.map(({ nodeId, count }) =>
      way({ from: place(nodeId), to: END, count }, { from: nodeId, to: null, interactions: count, ...none }),
    ),
  ].sort((a, b) => b.count - a.count);
}

type Said = Omit<FlowNode, 'x' | 'y' | 'width' | 'height'>;

function saidOf(node: number, report: NodeReport | undefined, flow: FlowReport): Said {
  if (report === undefined) {
    const ends = node === START ? flow.starts : flow.ends;
    const visits = ends.reduce((sum, { count }) => sum + count, 0);
    return {
      ...{ kind: node === START ? 'start' : 'end', nodeId: '', nodeName: null, nodeType: null },
      ...{ visits, interactions: visits, p50: null, p95: null, total: 0, share: null },
      ...{ errors: 0, errorRate: null, bottlenecks: 0 },
    };
  }
  const { nodeId, nodeName, nodeType, visits, interactions, dwell, share } = report;
  const { errors, errorRate, bottlenecks } = report;
  return {
    ...{ kind: 'node', nodeId, nodeName, nodeType, visits, interactions },
    ...{ p50: dwell.median, p95: dwell.p95, total: dwell.sum ?? 0, share, errors, errorRate, bottlenecks },
  };
}

/** By node: how many steps usually come before an interaction's first visit of it. */
function usualPlaces({ frame }: Left): ReadonlyMap<string, number> {
  const { columns, live, nodeCount, nodeIds } = frame;
  const offsets = columns.firstStep.values;
  const seenIn = new Int32Array(nodeCount).fill(-1);
  const before = new Float64Array(nodeCount);
  const visitors = new Int32Array(nodeCount);
  for (const i of live) {
    const from = offsets[i] ?? 0;
    const to = offsets[i + 1] ?? 0;
    for (let s = from; s < to; s += 1) {
      const node = columns.node.values[s] ?? 0;
      if (seenIn[node] === i) continue;
      seenIn[node] = i;
      before[node] = (before[node] ?? 0) + s - from;
      visitors[node] = (visitors[node] ?? 0) + 1;
    }
  }
  return new Map(nodeIds.map((nodeId, node) => [nodeId, (before[node] ?? 0) / (visitors[node] ?? 1)]));
}
