/** The whole map as shapes with resolved colours: what both kinds of saved picture are drawn from. */
import type { FlowMeasure } from '../../../server/src/protocol/panel-requests.ts';
import { percent, visible } from '../format.ts';
import { boxPath } from './geometry.ts';
import { type Graph, keyOf } from './graph.ts';
import { BADGE_ICONS } from './icons.ts';
import { cutTo, type Labels, labelsFor, type Ruler, type Words } from './labels.ts';
import { edgeFacts, type Facts, MEASURES, nameOf, nodeFacts, scaleFor } from './measures.ts';
import type { Palette } from './palette.ts';

export type Shape =
  | {
      readonly kind: 'path';
      /** As in SVG. */
      readonly data: string;
      readonly fill?: string;
      readonly stroke?: string;
      readonly width?: number;
      readonly dash?: readonly number[];
      /** Where `data` is drawn from, and how large. */
      readonly at?: { readonly x: number; readonly y: number; readonly scale: number };
      /** What it stands for, in words. */
      readonly title?: string;
    }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly x: number;
      /** Of its middle line. */
      readonly y: number;
      readonly size: number;
      readonly bold: boolean;
      readonly anchor: 'start' | 'middle' | 'end';
      readonly fill: string;
      /** Colour around the letters. */
      readonly halo?: string;
    };

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly paper: string;
  readonly fonts: string;
  readonly title: string;
  readonly description: string;
  readonly shapes: readonly Shape[];
}

/** What a saved picture says of where it is from. */
export interface Caption {
  readonly title: string;
  readonly lines: readonly string[];
}

const MARGIN = 28;
const LEGEND = { width: 180, height: 10 };
const LEAST_WIDTH = 620;
/** Of text in the caption. */
const LINE = 17;
const MOST_LINES = 24;
const STEPS = 24;

export function sceneOf(
  graph: Graph,
  measure: FlowMeasure,
  palette: Palette,
  caption: Caption,
  pressed: (key: string) => boolean,
  ruler: Ruler,
): Scene {
  const { picture } = graph;
  const width = Math.max(LEAST_WIDTH, picture.width + 2 * MARGIN);
  const left = (width - picture.width) / 2;
  const top = MARGIN + 30;
  const shift = { x: left, y: top, scale: 1 };
  const labels = labelsFor(graph, measure, 1, ruler);
  const lines = [...marks(measure), ...caption.lines]
    .flatMap((line) => wrapped(line, width - 2 * MARGIN, ruler))
    .slice(0, MOST_LINES);
  const foot = top + picture.height + 30;
  const shapes: Shape[] = [
    text(
      cutTo(visible(caption.title), width - 2 * MARGIN, 16, true, ruler),
      MARGIN,
      MARGIN + 4,
      16,
      palette.foreground,
      true,
    ),
    ...map(graph, measure, palette, labels, pressed).map((shape) => moved(shape, shift)),
    ...legend(graph, measure, palette, foot, ruler),
    ...lines.map((line, at) => text(line, MARGIN, foot + 52 + at * LINE, 12, palette.faint)),
  ];
  return {
    width: Math.ceil(width),
    height: Math.ceil(foot + 52 + lines.length * LINE + MARGIN / 2),
    paper: palette.paper,
    fonts: palette.fonts,
    title: visible(caption.title),
    description: `${picture.nodes.filter(({ kind }) => kind === 'node').length} nodes and ${graph.lines.length} lines between them, coloured by ${MEASURES[measure].label}. ${visible(caption.lines.join('. '))}`,
    shapes,
  };
}

function map(
  graph: Graph,
  measure: FlowMeasure,
  palette: Palette,
  labels: Labels,
  pressed: (key: string) => boolean,
): Shape[] {
  const scale = scaleFor(graph.nodes, measure);
  const shapes: Shape[] = [];
  for (const line of graph.lines) {
    const inForce = pressed(line.key);
    const colour = inForce ? palette.pressed : palette.edge;
    const title = titled(line.name, edgeFacts(line.edge));
    shapes.push(
      { kind: 'path', data: line.line, stroke: colour, width: line.width + (inForce ? 2 : 0), title },
      { kind: 'path', data: line.head, fill: colour },
    );
  }
  for (const words of labels.edges) shapes.push({ ...letters(words, palette.faint), halo: palette.paper });
  for (const [at, node] of graph.nodes.entries()) {
    const place = node.kind === 'node' ? scale.place(MEASURES[measure].value(node)) : undefined;
    const title = titled(nameOf(node), nodeFacts(node));
    const bottleneck = node.bottlenecks > 0;
    const own = labels.nodes[at];
    const width = own?.wide ?? node.width;
    if (node.kind === 'node') {
      if (pressed(keyOf(node))) {
        const around = { ...node, width: width + 10, height: node.height + 10 };
        shapes.push({ kind: 'path', data: boxPath(around, 8), stroke: palette.pressed, width: 2 });
      }
      shapes.push({
        kind: 'path',
        data: boxPath({ ...node, width }, 4),
        fill: place === undefined ? palette.paper : palette.ramp.fill(place),
        stroke: bottleneck ? palette.bottleneck : palette.outline,
        width: bottleneck ? 2.5 : 1,
        ...(place === undefined ? { dash: [4, 3] } : {}),
        title,
      });
    } else shapes.push(...terminal(node, palette, title));
    const ink = place === undefined ? palette.foreground : palette.ramp.text(place);
    for (const words of own?.words ?? []) {
      const shape = letters(words, own?.over === true ? palette.foreground : ink);
      shapes.push(own?.over === true ? { ...shape, halo: palette.paper } : shape);
    }
    for (const badge of own?.badges ?? []) {
      const stroke = palette[badge.kind];
      shapes.push(
        { kind: 'path', data: boxPath(badge, badge.height / 2), fill: palette.paper, stroke, width: 1 },
        {
          kind: 'path',
          data: BADGE_ICONS[badge.kind],
          fill: stroke,
          at: {
            x: badge.x - badge.width / 2 + badge.size * 0.35,
            y: badge.y - badge.size / 2,
            scale: badge.size / 16,
          },
        },
        {
          ...text(
            badge.text,
            badge.x + badge.width / 2 - badge.size * 0.5,
            badge.y,
            badge.size,
            badge.kind === 'error' ? palette.errorText : palette.bottleneckText,
          ),
          anchor: 'end',
        },
      );
    }
  }
  return shapes;
}

/** The beginning is a disc, the end a disc in a ring. */
function terminal(node: Graph['nodes'][number], palette: Palette, title: string): Shape[] {
  const size = Math.min(node.width, node.height);
  const disc = (of: number): string => boxPath({ x: node.x, y: node.y, width: of, height: of }, of / 2);
  if (node.kind === 'start') return [{ kind: 'path', data: disc(size), fill: palette.outline, title }];
  return [
    { kind: 'path', data: disc(size), fill: palette.paper, stroke: palette.outline, width: 2, title },
    { kind: 'path', data: disc(size * 0.55), fill: palette.outline },
  ];
}

function legend(graph: Graph, measure: FlowMeasure, palette: Palette, y: number, ruler: Ruler): Shape[] {
  const scale = scaleFor(graph.nodes, measure);
  const { label, words } = MEASURES[measure];
  const name = `${label}:`;
  const from = MARGIN + ruler(name, 12, true) + 10;
  const step = LEGEND.width / STEPS;
  const shapes: Shape[] = [text(name, MARGIN, y, 12, palette.foreground, true)];
  for (let at = 0; at < STEPS; at += 1) {
    const box = { x: from + (at + 0.5) * step, y, width: step + 0.5, height: LEGEND.height };
    shapes.push({ kind: 'path', data: boxPath(box, 0), fill: palette.ramp.fill(at / (STEPS - 1)) });
  }
  const frame = { x: from + LEGEND.width / 2, y, width: LEGEND.width, height: LEGEND.height };
  shapes.push({ kind: 'path', data: boxPath(frame, 0), stroke: palette.outline, width: 1 });
  for (const [place, anchor] of [
    [0, 'start'],
    [0.5, 'middle'],
    [1, 'end'],
  ] as const) {
    const words_ = words(scale.value(place));
    shapes.push({ ...text(words_, from + LEGEND.width * place, y + 16, 11, palette.faint), anchor });
  }
  return shapes;
}

/** What else the picture's marks mean. */
function marks(measure: FlowMeasure): string[] {
  const { wait } = MEASURES[measure];
  return [
    `Lines: the wider, the more often taken; on them ${wait === undefined ? 'how often' : `the wait (${wait})`}. Flame and bold outline: bottlenecks. Cross: errors.`,
  ];
}

function titled(name: string, facts: Facts): string {
  return [name, ...facts.map(([fact, value]) => `${fact}: ${value}`)].join('\n');
}

function text(
  words: string,
  x: number,
  y: number,
  size: number,
  fill: string,
  bold = false,
): Extract<Shape, { kind: 'text' }> {
  return { kind: 'text', text: words, x, y, size, bold, anchor: 'start', fill };
}

function letters(
  { x, y, size, bold, anchor, text: words }: Words,
  fill: string,
): Extract<Shape, { kind: 'text' }> {
  return { kind: 'text', text: words, x, y, size, bold, anchor, fill };
}

function moved(shape: Shape, by: { readonly x: number; readonly y: number; readonly scale: number }): Shape {
  if (shape.kind === 'text') return { ...shape, x: shape.x + by.x, y: shape.y + by.y };
  const at = shape.at ?? { x: 0, y: 0, scale: 1 };
  return { ...shape, at: { x: at.x + by.x, y: at.y + by.y, scale: at.scale } };
}

/** Broken between words, and within those that are longer than a line. */
function wrapped(line: string, room: number, ruler: Ruler): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of visible(line).split(/\s+/)) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (ruler(longer, 12, false) <= room) current = longer;
    else {
      if (current !== '') lines.push(current);
      current = cutTo(word, room, 12, false, ruler);
    }
  }
  return current === '' ? lines : [...lines, current];
}

/** "rarest 20 % hidden: 14 edges, 2 nodes"; empty where nothing is. */
export function hiddenWords(picture: Graph['picture']): string {
  const { hidden, hiddenEdges, hiddenNodes } = picture;
  if (hiddenEdges === 0 && hiddenNodes === 0) return '';
  const some = (value: number, one: string): string =>
    `${value.toLocaleString('en-GB')} ${one}${value === 1 ? '' : 's'}`;
  return `rarest ${percent(hidden)} hidden: ${some(hiddenEdges, 'edge')}, ${some(hiddenNodes, 'node')}`;
}
