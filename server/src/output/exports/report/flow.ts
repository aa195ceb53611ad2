/** The flow as a map: which nodes and connections are drawn, and where they stand. */
import { Graph, layout } from '@dagrejs/dagre';
import { counted, formatSeconds, percent } from '../../../protocol/figures.ts';
import type { AnalysisReport } from '../../../protocol/report.ts';
import type { Names } from './names.ts';

/** What is drawn: more is a tangle that nobody reads. */
const MOST_NODES = 16;
/** With those that lead from nodes drawn to others, or to the end. */
const MOST_WITH_WAYS = 24;
const MOST_EDGES = 30;
/** Of all transitions between the nodes drawn: what rarer connections add is not drawn. */
const ENOUGH = 0.92;
/** Shares of all dwell from which on a node has the next darker colour. */
const SHADES = [0.01, 0.05, 0.15, 0.3];

const CHARACTER = 7.8;
const LONGEST_LINE = 22;
const LINE_HEIGHT = 16;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface FlowNode {
  readonly kind: 'node' | 'start' | 'end';
  readonly name: string;
  /** The name in lines of a readable length, and below it visits and median. */
  readonly lines: readonly string[];
  readonly figures: string;
  /** 0 for little of all the time, 4 for most of it. */
  readonly shade: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface FlowEdge {
  /** Places in `nodes`. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** 0 to 1, of the commonest connection. */
  readonly weight: number;
  readonly points: readonly Point[];
  readonly label: Point;
}

export interface FlowPicture {
  readonly title: string;
  readonly description: string;
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
  readonly width: number;
  readonly height: number;
  /** What is left out, in a sentence. */
  readonly left: string;
}

interface Drawn {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** Ids of what is drawn: those of nodes follow a letter, so that no data meets the two that are none. */
const START = 'start';
const END = 'end';
const idOf = (nodeId: string): string => `n${nodeId}`;

function allEdges({ flow }: AnalysisReport): Drawn[] {
  return [
    ...flow.starts.map(({ nodeId, count }) => ({ from: START, to: idOf(nodeId), count })),
    ...flow.edges.map(({ from, to, count }) => ({ from: idOf(from), to: idOf(to), count })),
    ...flow.ends.map(({ nodeId, count }) => ({ from: idOf(nodeId), to: END, count })),
  ];
}

/** The nodes visited most; no way that leads from or to them stops short of the start or the end where there is room. */
function chooseNodes(report: AnalysisReport, edges: readonly Drawn[]): ReadonlySet<string> {
  const byVisits = [...report.nodes].sort((a, b) => b.visits - a.visits);
  const chosen = new Set([START, END, ...byVisits.slice(0, MOST_NODES).map(({ nodeId }) => idOf(nodeId))]);
  const ways = edges.filter(({ from, to }) => from !== to).sort((a, b) => b.count - a.count);
  // A set hands out what is added to it meanwhile, too.
  for (const id of chosen) {
    const after = ways.find(({ from }) => from === id)?.to;
    const before = ways.find(({ to }) => to === id)?.from;
    for (const next of [after, before]) {
      if (next !== undefined && chosen.size < MOST_WITH_WAYS + 2) chosen.add(next);
    }
  }
  return chosen;
}

/** The commonest connections, and of each node the commonest that leads to it and away from it. */
function chooseEdges(edges: readonly Drawn[]): Drawn[] {
  const byCount = [...edges].sort((a, b) => b.count - a.count);
  const total = byCount.reduce((sum, { count }) => sum + count, 0);
  const entered = new Set<string>();
  const left = new Set<string>();
  const chosen = new Set<Drawn>();
  for (const edge of byCount) {
    const { from, to } = edge;
    if (from === to || (entered.has(to) && left.has(from))) continue;
    chosen.add(edge);
    entered.add(to);
    left.add(from);
  }
  let covered = [...chosen].reduce((sum, { count }) => sum + count, 0);
  for (const edge of byCount) {
    if (chosen.size >= MOST_EDGES || covered >= ENOUGH * total) break;
    if (chosen.has(edge)) continue;
    chosen.add(edge);
    covered += edge.count;
  }
  return byCount.filter((edge) => chosen.has(edge));
}

/** Characters that take the width of two. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\ud83c-\ud83e][\udc00-\udfff]/gu;

function widthOf(text: string): number {
  return [...text].length + (text.match(WIDE)?.length ?? 0);
}

function cut(text: string): string {
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) >= LONGEST_LINE) return `${kept.trimEnd()}…`;
    kept += character;
  }
  return kept;
}

/** At most two lines; what is longer ends in dots. */
export function inLines(name: string): string[] {
  if (widthOf(name) <= LONGEST_LINE) return [name];
  let first = '';
  const words = name.split(' ');
  while (words.length > 0 && widthOf(`${first} ${words[0] ?? ''}`) <= LONGEST_LINE) {
    first = `${first} ${words.shift() ?? ''}`.trimStart();
  }
  return first === '' ? [cut(name)] : [first, cut(words.join(' '))];
}

function shadeOf(share: number | null): number {
  return SHADES.filter((from) => (share ?? 0) >= from).length;
}

type Placed = Omit<FlowNode, 'x' | 'y'>;

function nodeOf(node: AnalysisReport['nodes'][number], names: Names): Placed {
  const name = names.of(node.nodeId);
  const lines = inLines(name);
  const figures = `${node.visits.toLocaleString('en-GB')} × ${formatSeconds(node.dwell.median)}`;
  const shade = shadeOf(node.share);
  const widest = Math.max(...lines.map(widthOf), widthOf(figures));
  const size = {
    width: Math.max(90, widest * CHARACTER + 22),
    height: 16 + (lines.length + 1) * LINE_HEIGHT + 3 * shade,
  };
  return { kind: 'node', name, lines, figures, shade, ...size };
}

const round = (value: number): number => Math.round(value * 10) / 10;

const terminal = (kind: 'start' | 'end', name: string): Placed => ({
  ...{ kind, name, lines: [name], figures: '', shade: 0 },
  ...{ width: 58, height: 28 },
});

/** The map; undefined where there is nothing to draw. The same report gives the same one. */
export function flowPicture(report: AnalysisReport, names: Names): FlowPicture | undefined {
  const all = allEdges(report);
  const known = chooseNodes(report, all);
  const shown = report.nodes.filter(({ nodeId }) => known.has(idOf(nodeId)));
  if (shown.length === 0) return undefined;
  const edges = chooseEdges(all.filter(({ from, to }) => known.has(from) && known.has(to)));
  const met = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const placed = new Map<string, Placed>();
  if (met.has(START)) placed.set(START, terminal('start', 'Start'));
  for (const node of shown) placed.set(idOf(node.nodeId), nodeOf(node, names));
  if (met.has(END)) placed.set(END, terminal('end', 'End'));
  const order = [...placed.keys()];
  const graph = laidOut(placed, edges);
  const most = Math.max(1, ...edges.map(({ count }) => count));
  const { width = 0, height = 0 } = graph.graph();
  return {
    title: 'The flow',
    description: describe(shown, edges, names),
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: [...placed].map(([id, node]) => {
      const { x = 0, y = 0 } = graph.node(`${order.indexOf(id)}`);
      return { ...node, width: round(node.width), x: round(x), y: round(y) };
    }),
    edges: edges.map(({ from, to, count }) => {
      const places = [order.indexOf(from), order.indexOf(to)] as const;
      const { points = [], x = 0, y = 0 } = graph.edge(`${places[0]}`, `${places[1]}`);
      return {
        ...{ from: places[0], to: places[1], count, weight: count / most },
        points: points.map((point: Point) => ({ x: round(point.x), y: round(point.y) })),
        label: { x: round(x), y: round(y) },
      };
    }),
    left: leftOut(report, shown.length, edges, all),
  };
}

/** Positions by the layout, which knows nodes by their places: no name of theirs is a key of its objects. */
function laidOut(placed: ReadonlyMap<string, Placed>, edges: readonly Drawn[]): Graph {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 26, ranksep: 34, edgesep: 14, marginx: 12, marginy: 12 });
  const order = [...placed.keys()];
  for (const [place, { width, height }] of [...placed.values()].entries()) {
    graph.setNode(`${place}`, { width, height });
  }
  for (const { from, to, count } of edges) {
    const width = count.toLocaleString('en-GB').length * CHARACTER;
    const label = { width, height: LINE_HEIGHT, labelpos: 'c', weight: 1 + Math.round(Math.log2(count)) };
    graph.setEdge(`${order.indexOf(from)}`, `${order.indexOf(to)}`, label);
  }
  layout(graph);
  return graph;
}

function describe(shown: AnalysisReport['nodes'], edges: readonly Drawn[], names: Names): string {
  const word = (id: string): string => (id === START ? 'Start' : id === END ? 'End' : names.of(id.slice(1)));
  const spelt = edges
    .slice(0, 8)
    .map(({ from, to, count }) => `${word(from)} to ${word(to)} ${count.toLocaleString('en-GB')}`);
  return `A map of ${counted(shown.length, 'node')}. The commonest connections: ${spelt.join('; ')}. The table of connections below has more of them.`;
}

function leftOut(
  report: AnalysisReport,
  shown: number,
  edges: readonly Drawn[],
  all: readonly Drawn[],
): string {
  const sum = (some: readonly Drawn[]): number => some.reduce((total, { count }) => total + count, 0);
  const nodes = report.nodes.length - shown;
  if (edges.length === all.length && nodes === 0) return 'All nodes and connections are drawn.';
  const share = percent(sum(edges) / Math.max(1, sum(all)));
  const without = nodes === 0 ? '' : ` and ${counted(nodes, 'node')}`;
  const rare = counted(all.length - edges.length, 'rarer connection');
  return `Drawn are ${edges.length} of ${counted(all.length, 'connection')}, ${share} of all transitions; ${rare}${without} are left out.`;
}
