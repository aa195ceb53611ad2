/** Made process maps, and the editor's side that answers with them. */
import type { FlowEdge, FlowNode, FlowPicture } from '../../server/src/protocol/panel-views.ts';
import { hostOf, type MadeRun } from './run.ts';

const BOX = { width: 168, height: 48 };
const CIRCLE = { width: 28, height: 28 };
const GAP = { x: 40, y: 60 };

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Edges by the places of their nodes, −1 for the start and −2 for the end; rows of nodes from top to bottom. */
interface Sketch {
  readonly rows: readonly (readonly Partial<FlowNode>[])[];
  readonly edges: readonly (readonly [from: number, to: number, count: number, wait?: number])[];
}

/** Each node stands in its row; edges go straight, those to the row itself or back up around. */
export function flowOf({ rows, edges }: Sketch, interactions = 1_204): FlowPicture {
  const widest = Math.max(...rows.map((row) => row.length), 1);
  const width = widest * (BOX.width + GAP.x) + GAP.x;
  const rowY = (row: number): number => 60 + (row + 1) * (BOX.height + GAP.y);
  const numbers = { visits: 0, interactions: 0, p50: null, p95: null, total: 0, share: null };
  const none = { ...numbers, errors: 0, errorRate: null, bottlenecks: 0, nodeName: null, nodeType: null };
  const nodes: FlowNode[] = [];
  for (const [y, row] of rows.entries()) {
    for (const [x, node] of row.entries()) {
      const place = { x: width / 2 + (x - (row.length - 1) / 2) * (BOX.width + GAP.x), y: rowY(y) };
      nodes.push({ kind: 'node', nodeId: `n-${nodes.length}`, ...none, ...place, ...BOX, ...node });
    }
  }
  const end = (kind: 'start' | 'end', y: number): FlowNode => ({
    ...{ kind, nodeId: '', ...none, interactions, visits: interactions },
    ...{ x: width / 2, y, ...CIRCLE },
  });
  const [start, last] = [end('start', 40), end('end', rowY(rows.length))];
  const boxOf = (place: number): FlowNode =>
    place === -1 ? start : place === -2 ? last : (nodes[place] ?? start);
  const drawn = edges.map(([from, to, count, wait = 0.4]): FlowEdge => {
    const known = from >= 0 && to >= 0;
    return {
      from: from < 0 ? null : boxOf(from).nodeId,
      to: to < 0 ? null : boxOf(to).nodeId,
      count,
      interactions: Math.min(count, interactions),
      share: Math.min(1, count / interactions),
      p50: known ? wait : null,
      p95: known ? wait * 3 : null,
      total: known ? wait * count : 0,
      points: corners(boxOf(from), boxOf(to)),
    };
  });
  return {
    kind: 'flow',
    width,
    height: rowY(rows.length) + 40,
    nodes: [start, ...nodes, last],
    edges: drawn,
    hiddenNodes: 0,
    hiddenEdges: 0,
    hidden: 0,
  };
}

function corners(from: FlowNode, to: FlowNode): Point[] {
  const right = from.x + from.width / 2;
  if (from === to) {
    const [out, half] = [right + 26, 11];
    return [
      { x: right, y: from.y - half },
      { x: out - 5, y: from.y - half },
      { x: out, y: from.y },
      { x: out - 5, y: from.y + half },
      { x: right, y: from.y + half },
    ];
  }
  if (to.y > from.y) {
    const [top, bottom] = [from.y + from.height / 2, to.y - to.height / 2];
    return [
      { x: from.x, y: top },
      { x: from.x + (to.x - from.x) * 0.15, y: top + 20 },
      { x: to.x - (to.x - from.x) * 0.15, y: bottom - 20 },
      { x: to.x, y: bottom },
    ];
  }
  const side = Math.max(right, to.x + to.width / 2) + 18;
  return [
    { x: right, y: from.y },
    { x: side, y: (from.y + to.y) / 2 },
    { x: to.x + to.width / 2, y: to.y },
  ];
}

const times = (p50: number, p95: number, visits: number, share: number) => ({
  ...{ p50, p95, visits, interactions: Math.min(visits, 1_204), share },
  total: p50 * visits * 1.3,
});

/** A contact centre's: nine nodes, two with bottlenecks, one with errors, a loop and a way back. */
export const CENTRE: FlowPicture = flowOf({
  rows: [
    [{ nodeId: 'n-entry', nodeName: 'Inbound voice', nodeType: 'ENTRY', ...times(0.4, 0.6, 1_204, 0.01) }],
    [{ nodeId: 'n-menu', nodeName: 'Language menu', nodeType: 'MENU', ...times(6.2, 11, 1_380, 0.08) }],
    [
      {
        ...{
          nodeId: 'n-ident',
          nodeName: 'Identify customer',
          nodeType: 'TASK',
          errors: 84,
          errorRate: 0.07,
        },
        ...times(2.1, 4.8, 1_190, 0.03),
      },
      {
        nodeId: 'n-fraud',
        nodeName: 'Fraud check',
        nodeType: 'CONDITION',
        bottlenecks: 9,
        ...times(3.4, 29, 310, 0.02),
      },
    ],
    [{ nodeId: 'n-tier', nodeName: 'Customer tier?', nodeType: 'DECISION', ...times(0.9, 1.4, 1_177, 0.01) }],
    [
      {
        ...{
          nodeId: 'n-prio',
          nodeName: 'Priority routing',
          nodeType: 'ROUTING',
          bottlenecks: 212,
          errors: 3,
        },
        ...{ errorRate: 0.004, ...times(8.5, 74, 702, 0.21) },
      },
      { nodeId: 'n-queue', nodeName: 'Billing queue', nodeType: 'QUEUE', ...times(21, 46, 498, 0.17) },
      { nodeId: 'n-vm', nodeName: null, nodeType: 'TASK', ...times(1, 2, 12, 0), p50: null, p95: null },
    ],
    [
      {
        ...{ nodeId: 'n-agent', nodeName: 'Agent conversation with the second-level team', nodeType: 'TASK' },
        ...times(38, 190, 1_150, 0.46),
      },
    ],
    [{ nodeId: 'n-survey', nodeName: 'Survey', nodeType: 'TASK', ...times(4.5, 9, 640, 0.01) }],
  ],
  edges: [
    [-1, 0, 1_204],
    [0, 1, 1_204, 0.2],
    [1, 1, 176, 0.6],
    [1, 2, 1_190, 0.4],
    [2, 3, 310, 1.2],
    [2, 4, 880, 0.3],
    [3, 4, 297, 0.5],
    [4, 5, 702, 0.2],
    [4, 6, 475, 0.2],
    [5, 8, 676, 12],
    [6, 8, 474, 31],
    [6, 7, 12, 2],
    [8, 4, 26, 5],
    [8, 9, 640, 0.7],
    [8, -2, 484],
    [9, -2, 640],
    [7, -2, 12],
  ],
});

/** Rows of twenty: 400 nodes and 1,200 edges unless told. */
export function largeFlow(nodes = 400, edges = 1_200): FlowPicture {
  const perRow = 20;
  let state = 11;
  const next = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
  const all = Array.from({ length: nodes }, (_, at) => {
    const slow = next() < 0.06;
    const p50 = next() ** 3 * 40;
    return {
      nodeId: `node-${at}`,
      nodeName: `${['Queue', 'Menu', 'Check', 'Agent', 'Routing'][at % 5] ?? ''} ${['north', 'south', 'billing'][at % 3] ?? ''} ${at}`,
      nodeType: 'TASK',
      ...times(p50, p50 * (1 + next() * 4), Math.ceil(next() ** 4 * 20_000), next() / nodes),
      bottlenecks: slow ? Math.ceil(next() * 90) : 0,
      errors: next() < 0.1 ? Math.ceil(next() * 30) : 0,
    };
  });
  const rows = Array.from({ length: Math.ceil(nodes / perRow) }, (_, row) =>
    all.slice(row * perRow, (row + 1) * perRow),
  );
  const known = new Map<string, readonly [number, number, number, number]>();
  for (let at = 0; known.size < edges - 2; at += 1) {
    const from = at % nodes;
    const jump = next();
    const to = jump < 0.05 ? from : Math.min(nodes - 1, Math.max(0, from + Math.floor((jump - 0.15) * 44)));
    known.set(`${from} ${to}`, [from, to, Math.ceil(next() ** 6 * 9_000), next() * 8]);
  }
  return flowOf({ rows, edges: [[-1, 0, 1_204], ...known.values(), [nodes - 1, -2, 1_204]] });
}

/** The editor's side: flow requests are answered by `answer`, all else as `hostOf` does; shows the flow first. */
export function flowHost(
  run: MadeRun,
  answer: (request: { readonly filter: readonly unknown[]; readonly hidden: number }) => unknown,
  state: object = {},
): (message: unknown) => Promise<unknown> {
  const host = hostOf(run);
  return async (message) => {
    const asked = message as {
      readonly type: string;
      readonly id: number;
      readonly body: { readonly kind: string; readonly filter: readonly unknown[]; readonly hidden: number };
    };
    if (asked.type === 'ready') {
      return { type: 'show', state: { runId: run.overview.header.runId, tab: 'flow', ...state } };
    }
    if (asked.type !== 'request' || asked.body.kind !== 'flow') return await host(message);
    const body = answer(asked.body);
    return body instanceof Error
      ? { type: 'failed', id: asked.id, message: body.message }
      : body === undefined
        ? undefined
        : { type: 'response', id: asked.id, body };
  };
}
