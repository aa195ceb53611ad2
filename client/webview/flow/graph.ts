/** The answer of the host, made ready to draw: lines as curves between boxes. */
import type { FlowEdge, FlowNode, FlowPicture } from '../../../server/src/protocol/panel-views.ts';
import { brief } from '../format.ts';
import { type Curve, cornersBetween, curveThrough, withHead } from './geometry.ts';
import { edgeWidth, nameOf } from './measures.ts';

export interface Line {
  readonly edge: FlowEdge;
  /** Places of its boxes; −1 where the answer has no such box. */
  readonly from: number;
  readonly to: number;
  /** "Menu → Queue". */
  readonly name: string;
  /** Tells it apart from all others. */
  readonly key: string;
  readonly curve: Curve;
  readonly width: number;
  readonly line: string;
  readonly head: string;
}

export interface Graph {
  readonly picture: FlowPicture;
  readonly nodes: readonly FlowNode[];
  /** The one most taken last, so that it lies above the others. */
  readonly lines: readonly Line[];
  /** Boxes that a line joins with a box. */
  readonly linked: ReadonlyMap<number, ReadonlySet<number>>;
  /** Lines at a box. */
  readonly at: ReadonlyMap<number, readonly Line[]>;
}

/** Tells a box apart from all others, from one answer to the next. */
export function keyOf(node: FlowNode): string {
  return `${node.kind} ${node.nodeId}`;
}

export function edgeKey({ from, to }: { readonly from: string | null; readonly to: string | null }): string {
  return JSON.stringify([from, to]);
}

export function graphOf(picture: FlowPicture): Graph {
  const places = new Map(picture.nodes.map((node, at) => [keyOf(node), at]));
  const place = (nodeId: string | null, other: 'start' | 'end'): number =>
    places.get(nodeId === null ? `${other} ` : `node ${nodeId}`) ?? -1;
  const most = picture.edges.reduce((found, { count }) => Math.max(found, count), 0);
  const lines: Line[] = [];
  const linked = new Map<number, Set<number>>();
  const at = new Map<number, Line[]>();
  for (const edge of [...picture.edges].sort((a, b) => a.count - b.count)) {
    const from = place(edge.from, 'start');
    const to = place(edge.to, 'end');
    const [source, target] = [picture.nodes[from], picture.nodes[to]];
    const curve =
      curveThrough(edge.points) ??
      (source === undefined || target === undefined
        ? undefined
        : curveThrough(cornersBetween(source, target)));
    if (curve === undefined) continue;
    const width = edgeWidth(edge.count, most);
    const name = `${label(source, edge.from ?? 'Start')} → ${label(target, edge.to ?? 'End')}`;
    const key = edgeKey(edge);
    const line = { edge, from, to, name, key, curve, width, ...withHead(curve, 6 + 1.6 * width) };
    lines.push(line);
    for (const [end, other] of from === to
      ? [[from, to]]
      : [
          [from, to],
          [to, from],
        ]) {
      if (end === undefined || other === undefined || end < 0) continue;
      at.set(end, [...(at.get(end) ?? []), line]);
      if (other >= 0) linked.set(end, (linked.get(end) ?? new Set()).add(other));
    }
  }
  return { picture, nodes: picture.nodes, lines, linked, at };
}

function label(node: FlowNode | undefined, otherwise: string): string {
  return node === undefined ? brief(otherwise, 120) : nameOf(node);
}
