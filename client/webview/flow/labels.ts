/**
 * Which words fit at a scale, and where: readable in pixels of the window, however small the boxes are. First the
 * words on lines go, then the second line of a box, then all words but those of what matters most.
 */
import type { FlowMeasure } from '../../../server/src/protocol/panel-requests.ts';
import type { FlowNode } from '../../../server/src/protocol/panel-views.ts';
import { count } from '../format.ts';
import { type Box, type Point, pointAt } from './geometry.ts';
import type { Graph, Line } from './graph.ts';
import { edgeLabel, MEASURES, nameOf } from './measures.ts';

/** Width of a text in pixels. */
export type Ruler = (text: string, size: number, bold: boolean) => number;

export interface Words extends Point {
  readonly text: string;
  /** In units of the layout, like all here. */
  readonly size: number;
  readonly bold: boolean;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** How many bottlenecks or errors, on a box's border. */
export interface Badge extends Box {
  readonly kind: 'bottleneck' | 'error';
  readonly text: string;
  readonly size: number;
}

export interface NodeLabels {
  readonly words: readonly Words[];
  /** They stand over the box rather than in it. */
  readonly over: boolean;
  /** Width of the box as drawn, where that is wider than it was laid out. */
  readonly wide?: number;
  readonly badges: readonly Badge[];
}

export interface Labels {
  /** By place of the box. */
  readonly nodes: readonly NodeLabels[];
  readonly edges: readonly (Words & { readonly line: Line })[];
}

/** Pixels of the window. */
const SMALLEST = 9;
const LARGEST = 17;
/** Units: as laid out. */
const NAME = 12;
const EDGE = 10.5;
/** Below this scale lines have no words. */
const EDGES_FROM = 0.6;
const MOST_OVER = 60;
/** Widest words over a box, in sizes of their letters. */
const LONGEST = 14;
const CUT = '…';
/** Share of its height that a badge's middle is outside the border: the words in the box stay free. */
const OUT = 0.3;

/** The scale that labels are made for: not above the true one, and the same for a stretch of scales. */
export function labelScale(scale: number): number {
  return 2 ** (Math.floor(Math.log2(scale) * 5 + 1e-9) / 5);
}

/** As much of a text as fits; empty where less than two characters would be left. */
export function cutTo(text: string, room: number, size: number, bold: boolean, ruler: Ruler): string {
  if (ruler(text, size, bold) <= room) return text;
  const characters = Array.from(text);
  let fits = 0;
  let over = characters.length;
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    if (ruler(characters.slice(0, middle).join('') + CUT, size, bold) <= room) fits = middle;
    else over = middle;
  }
  return fits < 2 ? '' : characters.slice(0, fits).join('').trimEnd() + CUT;
}

const OUT_OF_SIGHT: NodeLabels = { words: [], over: false, badges: [] };

function overlap(a: Box, b: Box): boolean {
  return Math.abs(a.x - b.x) * 2 < a.width + b.width && Math.abs(a.y - b.y) * 2 < a.height + b.height;
}

/** What is taken already. */
class Taken {
  readonly #cells = new Map<string, Box[]>();
  readonly #cell: number;
  constructor(cell: number) {
    this.#cell = cell;
  }

  *#around({ x, y, width, height }: Box): Generator<string> {
    const last = (value: number): number => Math.floor(value / this.#cell);
    for (let column = last(x - width / 2); column <= last(x + width / 2); column += 1) {
      for (let row = last(y - height / 2); row <= last(y + height / 2); row += 1) yield `${column} ${row}`;
    }
  }

  add(box: Box): void {
    for (const key of this.#around(box)) {
      const found = this.#cells.get(key);
      if (found === undefined) this.#cells.set(key, [box]);
      else found.push(box);
    }
  }

  free(box: Box): boolean {
    for (const key of this.#around(box)) {
      for (const other of this.#cells.get(key) ?? []) {
        if (overlap(other, box)) return false;
      }
    }
    return true;
  }
}

/**
 * @param area only boxes and lines about there get words; all without it
 * @param known what boxes had at this scale and measure; is added to
 */
export function labelsFor(
  graph: Graph,
  measure: FlowMeasure,
  scale: number,
  ruler: Ruler,
  area?: Box,
  known: Map<FlowNode, NodeLabels> = new Map(),
): Labels {
  const size = Math.min(Math.max(NAME, SMALLEST / scale), LARGEST / scale);
  const sees = (box: Box): boolean => area === undefined || overlap(area, box);
  const nodes = graph.nodes.map((node) => {
    if (!sees(node)) return OUT_OF_SIGHT;
    const labels = known.get(node) ?? inside(node, measure, size, scale, ruler);
    known.set(node, labels);
    return labels;
  });
  const taken = new Taken(120 / Math.min(1, scale));
  for (const [at, node] of graph.nodes.entries()) {
    if (nodes[at]?.over !== true) taken.add(node);
    for (const badge of nodes[at]?.badges ?? []) taken.add(badge);
  }
  const onLine = Math.min(Math.max(EDGE, SMALLEST / scale), 15 / scale);
  const wide = widened(graph, measure, nodes, taken, ruler);
  return {
    nodes: over(graph, measure, wide, SMALLEST / scale, taken, ruler),
    edges: scale < EDGES_FROM ? [] : onLines(graph, measure, onLine, taken, sees, ruler),
  };
}

function inside(node: FlowNode, measure: FlowMeasure, size: number, scale: number, ruler: Ruler): NodeLabels {
  const { x, y, width, height } = node;
  const badges = badgesOf(node, scale, ruler);
  const name = nameOf(node);
  const small = Math.max(size * 0.92, SMALLEST / scale);
  const none = { words: [], over: true, badges };
  const words = (text: string, dy: number, bold: boolean, of: number): Words => ({
    x,
    y: y + dy,
    text,
    size: of,
    bold,
    anchor: 'middle',
  });
  if (node.kind !== 'node') {
    const place = { x: x + width / 2 + small * 0.4, y, anchor: 'start' as const };
    return { words: [{ ...words(name, 0, true, small), ...place }], over: false, badges };
  }
  const pad = Math.min(8, 5 / scale);
  const room = width - 2 * pad;
  const value = MEASURES[measure].words(MEASURES[measure].value(node));
  if (2 * size * 1.22 <= height - 4) {
    const first = cutTo(name, room, size, true, ruler);
    const second = cutTo(value, room, small, false, ruler);
    if (first !== '' || second !== '') {
      return {
        words: [words(first, -size * 0.62, true, size), words(second, size * 0.66, false, small)].filter(
          ({ text }) => text !== '',
        ),
        over: false,
        badges,
      };
    }
    return none;
  }
  if (size * 1.1 > height) return none;
  const gap = 6 / scale;
  const valueRoom = ruler(value, small, false);
  const short = cutTo(name, room - valueRoom - gap, size, true, ruler);
  if (Array.from(short).length > 3 || short === name) {
    return {
      words: [
        { ...words(short, 0, true, size), x: x - room / 2, anchor: 'start' },
        { ...words(value, 0, false, small), x: x + room / 2, anchor: 'end' },
      ],
      over: false,
      badges,
    };
  }
  const only = cutTo(name, room, size, true, ruler);
  return only === '' ? none : { words: [words(only, 0, true, size)], over: false, badges };
}

function badgesOf(node: FlowNode, scale: number, ruler: Ruler): Badge[] {
  const size = Math.min(Math.max(10, SMALLEST / scale), 14 / scale);
  const height = size * 1.4;
  const all: Badge[] = [];
  const add = (kind: Badge['kind'], amount: number, y: number): void => {
    if (amount === 0) return;
    const text = count(amount);
    const width = ruler(text, size, false) + size * 2;
    if (width > node.width * 0.62 || height > node.height * 0.62) return;
    const x = node.x + node.width / 2 + size * 0.4 - width / 2;
    all.push({ kind, text, size, x, y, width, height });
  };
  add('bottleneck', node.bottlenecks, node.y - node.height / 2 - height * OUT);
  add('error', node.errors, node.y + node.height / 2 + height * OUT);
  return all;
}

/** What matters most first: bottlenecks, then by the measure. */
function ranked(graph: Graph, measure: FlowMeasure): { readonly node: FlowNode; readonly at: number }[] {
  const weight = (node: FlowNode): number => MEASURES[measure].value(node) ?? 0;
  return graph.nodes
    .map((node, at) => ({ node, at }))
    .sort(
      (a, b) =>
        Number(b.node.bottlenecks > 0) - Number(a.node.bottlenecks > 0) || weight(b.node) - weight(a.node),
    );
}

/** Where a name is cut, beside its value or by its box, the box is drawn wider, as far as nothing else is there. */
function widened(
  graph: Graph,
  measure: FlowMeasure,
  found: readonly NodeLabels[],
  taken: Taken,
  ruler: Ruler,
): NodeLabels[] {
  const nodes = [...found];
  for (const { node, at } of ranked(graph, measure)) {
    const labels = nodes[at];
    const only = labels?.words[0];
    const name = nameOf(node);
    if (labels === undefined || only === undefined || only.text === name || only.y !== node.y) continue;
    const whole = ruler(name, only.size, true);
    for (const share of [1, 0.5, 0.25]) {
      const room = node.width + share * (whole - node.width);
      const text = cutTo(name, Math.min(room, only.size * LONGEST), only.size, true, ruler);
      const wide = Math.max(node.width, ruler(text, only.size, true) + only.size);
      const out = (wide - node.width) / 2;
      const sides = [-1, 1].map((side) => ({
        ...{ x: node.x + (side * (node.width + out)) / 2, y: node.y },
        // Beside its own box, not on it.
        ...{ width: out - 0.01, height: node.height },
      }));
      if (out > 0 && !sides.every((side) => taken.free(side))) continue;
      for (const side of sides) taken.add(side);
      const badges = labels.badges.map((one) => ({ ...one, x: one.x + out }));
      nodes[at] = { over: false, wide, badges, words: [{ ...only, text, x: node.x, anchor: 'middle' }] };
      break;
    }
  }
  return nodes;
}

/** Boxes too small for words: the ones that matter most have theirs above them, as far as there is room. */
function over(
  graph: Graph,
  measure: FlowMeasure,
  found: readonly NodeLabels[],
  size: number,
  taken: Taken,
  ruler: Ruler,
): NodeLabels[] {
  const nodes = [...found];
  let left = MOST_OVER;
  for (const { node, at } of ranked(graph, measure)) {
    if (left === 0) break;
    if (found[at]?.over !== true || found[at].words.length > 0) continue;
    const text = cutTo(nameOf(node), size * LONGEST, size, true, ruler);
    const box = { x: node.x, y: node.y, width: ruler(text, size, true) + size, height: size * 1.5 };
    const labels = nodes[at];
    if (labels === undefined || text === '' || !taken.free(box)) continue;
    taken.add(box);
    left -= 1;
    nodes[at] = { ...labels, words: [{ x: node.x, y: node.y, text, size, bold: true, anchor: 'middle' }] };
  }
  return nodes;
}

function onLines(
  graph: Graph,
  measure: FlowMeasure,
  size: number,
  taken: Taken,
  sees: (box: Box) => boolean,
  ruler: Ruler,
): Labels['edges'] {
  const placed: Labels['edges'][number][] = [];
  // The one most taken is the last.
  for (const line of graph.lines.toReversed()) {
    if (!sees({ ...pointAt(line.curve, 0.5), width: 0, height: 0 })) continue;
    const text = edgeLabel(line.edge, measure);
    const width = ruler(text, size, false) + 4;
    for (const share of [0.5, 0.38, 0.62, 0.25, 0.75]) {
      const place = pointAt(line.curve, share);
      const box = { ...place, width, height: size * 1.3 };
      if (!taken.free(box)) continue;
      taken.add(box);
      placed.push({ ...place, text, size, bold: false, anchor: 'middle', line });
      break;
    }
  }
  return placed;
}
