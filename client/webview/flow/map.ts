/** The map's picture in the page. Moving it changes one transform; this is drawn again only when something in it changes. */
import { nothing, type SVGTemplateResult, svg } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { FlowMeasure } from '../../../server/src/protocol/panel-requests.ts';
import type { FlowNode } from '../../../server/src/protocol/panel-views.ts';
import { brief, count } from '../format.ts';
import { type Graph, keyOf, type Line } from './graph.ts';
import { BADGE_ICONS } from './icons.ts';
import type { Badge, Labels, NodeLabels, Words } from './labels.ts';
import { MEASURES, nameOf, nodeFacts, type Scale, scaleFor, spokenFacts } from './measures.ts';
import type { Palette } from './palette.ts';

export interface Drawn {
  readonly graph: Graph;
  readonly measure: FlowMeasure;
  readonly labels: Labels;
  readonly palette: Palette;
  /** Times the width of lines, so that they stay in sight from afar. */
  readonly boost: number;
  /** How many lines are drawn by now. */
  readonly lines: number;
  /** Place of the box that Tab leads to. */
  readonly active: number;
  pressedNode(node: FlowNode): boolean;
  pressedEdge(line: Line): boolean;
}

/** Lines that a description tells of. */
const TOLD = 3;
const CORNER = 4;
/** Lines that are drawn in one frame, so that no frame takes long. */
export const AT_ONCE = 300;

export function drawMap(drawn: Drawn): SVGTemplateResult {
  const { graph, labels, measure, palette, boost } = drawn;
  const scale = scaleFor(graph.nodes, measure);
  const parts = Array.from({ length: Math.ceil(drawn.lines / AT_ONCE) }, (_, part) => part * AT_ONCE);
  const inForce = graph.lines.find((line) => drawn.pressedEdge(line));
  return svg`<g aria-hidden="true">
      ${parts.map((from) =>
        guard(
          [graph, boost, inForce],
          () =>
            svg`${graph.lines
              .slice(from, from + AT_ONCE)
              .map((line, at) => edge(line, from + at, boost, line === inForce))}`,
        ),
      )}
      ${guard([labels], () => svg`${labels.edges.map((words) => letters(words, 'edge-words'))}`)}
    </g>
    <g>
      ${repeat(
        graph.nodes,
        (node) => keyOf(node),
        (node, at) => {
          const pressed = drawn.pressedNode(node);
          const active = drawn.active === at;
          const wide = labels.nodes[at]?.wide;
          return guard([node, graph, palette, measure, pressed, active, wide], () =>
            box(drawn, scale, node, at, pressed, active),
          );
        },
      )}
    </g>
    <g aria-hidden="true">
      ${repeat(
        graph.nodes,
        (node) => keyOf(node),
        (node, at) =>
          guard([labels.nodes[at], palette, measure], () => said(drawn, scale, node, at, labels.nodes[at])),
      )}
    </g>`;
}

function edge(line: Line, at: number, boost: number, pressed: boolean): SVGTemplateResult {
  return svg`<g class=${pressed ? 'edge pressed' : 'edge'} data-line=${at}>
    <path class="hit" d=${line.line} stroke-width=${Math.max(12, line.width + 6) * boost}></path>
    <path class="line" d=${line.line} stroke-width=${line.width * boost}></path>
    <path class="head" d=${line.head}></path>
  </g>`;
}

function box(
  { graph, labels, measure, palette }: Drawn,
  scale: Scale,
  node: FlowNode,
  at: number,
  pressed: boolean,
  active: boolean,
): SVGTemplateResult {
  const isNode = node.kind === 'node';
  const value = isNode ? MEASURES[measure].value(node) : null;
  const place = isNode ? scale.place(value) : undefined;
  const { x, y, height } = node;
  const width = labels.nodes[at]?.wide ?? node.width;
  return svg`<g
    class="node ${node.kind} ${place === undefined ? 'unknown' : ''} ${node.bottlenecks > 0 ? 'slow' : ''} ${pressed ? 'pressed' : ''}"
    data-node=${at}
    role=${isNode ? 'button' : 'img'}
    aria-label=${described(graph, node, at)}
    aria-pressed=${isNode ? (pressed ? 'true' : 'false') : nothing}
    aria-haspopup=${isNode ? 'menu' : nothing}
    tabindex=${active ? 0 : -1}
  >
    <rect class="ring focus" x=${x - width / 2 - 7} y=${y - height / 2 - 7} width=${width + 14} height=${height + 14} rx="10"></rect>
    ${
      pressed
        ? svg`<rect class="ring pressed" x=${x - width / 2 - 4} y=${y - height / 2 - 4} width=${width + 8} height=${height + 8} rx="7"></rect>`
        : nothing
    }
    ${
      isNode
        ? svg`<rect class="box" x=${x - width / 2} y=${y - height / 2} width=${width} height=${height} rx=${CORNER}
            fill=${place === undefined ? nothing : palette.ramp.fill(place)}></rect>`
        : terminal(node)
    }
  </g>`;
}

/** Words and badges are no part of the button, whose name begins with its whole name: in a box it may be cut. */
function said(
  { measure, palette }: Drawn,
  scale: Scale,
  node: FlowNode,
  at: number,
  labels: NodeLabels | undefined,
): SVGTemplateResult | typeof nothing {
  if (labels === undefined || labels.words.length + labels.badges.length === 0) return nothing;
  const place = node.kind === 'node' ? scale.place(MEASURES[measure].value(node)) : undefined;
  const ink = place === undefined || labels.over ? nothing : palette.ramp.text(place);
  return svg`<g data-words=${at}>
    ${labels.words.map((words) => letters(words, labels.over ? 'over' : '', ink))}
    ${labels.badges.map(badge)}
  </g>`;
}

/** The beginning is a disc, the end a disc in a ring. */
function terminal({ kind, x, y, width, height }: FlowNode): SVGTemplateResult {
  const radius = Math.min(width, height) / 2;
  return kind === 'start'
    ? svg`<circle class="disc" cx=${x} cy=${y} r=${radius}></circle>`
    : svg`<circle class="rim" cx=${x} cy=${y} r=${radius - 1}></circle>
        <circle class="disc" cx=${x} cy=${y} r=${radius * 0.55}></circle>`;
}

function letters(words: Words, kind: string, ink: string | typeof nothing = nothing): SVGTemplateResult {
  return svg`<text
    class="${kind} ${words.bold ? 'bold' : ''}"
    x=${words.x}
    y=${words.y + words.size * 0.35}
    font-size=${words.size}
    text-anchor=${words.anchor}
    fill=${ink}
  >${words.text}</text>`;
}

function badge({ kind, x, y, width, height, size, text }: Badge): SVGTemplateResult {
  const left = x - width / 2;
  return svg`<g class="badge ${kind}">
    <rect x=${left} y=${y - height / 2} width=${width} height=${height} rx=${height / 2}></rect>
    <path d=${BADGE_ICONS[kind]} fill-rule="evenodd"
      transform=${`translate(${left + size * 0.35} ${y - size / 2}) scale(${size / 16})`}></path>
    <text x=${left + width - size * 0.5} y=${y + size * 0.35} font-size=${size} text-anchor="end">${text}</text>
  </g>`;
}

/** A box with all its measures and where its most used lines lead, for those who hear it. */
export function described(graph: Graph, node: FlowNode, at: number): string {
  const lines = graph.at.get(at) ?? [];
  const ends = (mine: 'from' | 'to', other: 'from' | 'to'): string =>
    lines
      .filter((line) => line[mine] === at && line.from !== line.to)
      .slice(-TOLD)
      .reverse()
      .map((line) => {
        const end = graph.nodes[line[other]];
        return `${end === undefined ? 'unknown' : nameOf(end)} ${count(line.edge.count)}`;
      })
      .join(', ');
  const loop = lines.find((line) => line.from === line.to);
  const [after, before] = [ends('from', 'to'), ends('to', 'from')];
  const sentences = [
    `${nameOf(node)}${node.nodeType === null ? '' : `, ${brief(node.nodeType, 60)}`}: ${spokenFacts(nodeFacts(node))}`,
    after === '' ? '' : `Leads to ${after}`,
    before === '' ? '' : `Comes from ${before}`,
    loop === undefined ? '' : `Repeats itself ${count(loop.edge.count)}`,
  ];
  return sentences.filter((sentence) => sentence !== '').join('. ');
}
