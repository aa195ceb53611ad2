/** The pictures of a report, as SVG inside the page: colours and fonts are those of its style. */
import { formatSeconds } from '../../../protocol/figures.ts';
import type { FlowEdge, FlowNode, FlowPicture, Point } from './flow.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import type { HistogramPicture, SharePicture, TrendPicture } from './pictures.ts';

interface Drawing {
  readonly title: string;
  readonly description: string;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** `id` tells the picture from others of its kind. */
function svg(kind: string, id: string, drawing: Drawing, size: Size, content: readonly Markup[]): Markup {
  const { width, height } = size;
  return html`<svg class="${kind}" role="img" aria-labelledby="${id}-title ${id}-text" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title id="${id}-title">${drawing.title}</title>
<desc id="${id}-text">${drawing.description}</desc>
${content}</svg>`;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A line that bends at the points instead of breaking there. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (first === undefined || last === undefined) return '';
  const parts = [`M${first.x} ${first.y}`];
  for (const [i, point] of rest.entries()) {
    const next = rest[i + 1] ?? last;
    const [x, y] =
      i === rest.length - 1
        ? [last.x, last.y]
        : [round((point.x + next.x) / 2), round((point.y + next.y) / 2)];
    parts.push(`Q${point.x} ${point.y} ${x} ${y}`);
  }
  if (rest.length === 0) parts.push(`L${last.x} ${last.y}`);
  return parts.join('');
}

function edgeMarkup({ points, weight }: FlowEdge): Markup {
  return html`<path class="edge" d="${curve(points)}" stroke-width="${round(1 + 4 * Math.sqrt(weight))}" marker-end="url(#flow-arrow)"/>
`;
}

function labelMarkup({ label, count }: FlowEdge): Markup {
  return html`<text class="count" x="${label.x}" y="${round(label.y + 4)}">${count.toLocaleString('en-GB')}</text>
`;
}

function nodeMarkup({ kind, name, lines, figures, shade, x, y, width, height }: FlowNode): Markup {
  const top = round(y - ((lines.length - (figures === '' ? 1 : 0)) * 16) / 2 + 4);
  const box = html`<rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${width}" height="${height}" rx="${kind === 'node' ? 6 : 14}"/>`;
  const texts = lines.map((line, i) => html`<text x="${x}" y="${round(top + i * 16)}">${line}</text>`);
  const below =
    figures === ''
      ? NOTHING
      : html`<text class="figures" x="${x}" y="${round(top + lines.length * 16)}">${figures}</text>`;
  return html`<g class="${kind} s${shade}"><title>${name}</title>${box}${texts}${below}</g>
`;
}

export function flowSvg(picture: FlowPicture): Markup {
  const arrow = html`<defs><marker id="flow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
`;
  return svg('flow', 'flow-map', picture, picture, [
    arrow,
    ...picture.edges.map(edgeMarkup),
    ...picture.nodes.map(nodeMarkup),
    ...picture.edges.map(labelMarkup),
  ]);
}

const BAR = { row: 26, name: 230, width: 760, text: 150 };

export function sharesSvg(picture: SharePicture): Markup {
  const { bars } = picture;
  const room = BAR.width - BAR.name - BAR.text;
  const most = Math.max(...bars.map(({ share }) => share));
  const rows = bars.map(({ name, share, text }, i) => {
    const y = i * BAR.row + 4;
    const width = round(Math.max(1, (share / most) * room));
    const short = [...name].length > 32 ? `${[...name].slice(0, 31).join('')}…` : name;
    return html`<g><title>${name}</title><text class="name" x="${BAR.name - 10}" y="${y + 14}">${short}</text><rect class="bar" x="${BAR.name}" y="${y}" width="${width}" height="18" rx="2"/><text class="value" x="${round(BAR.name + width + 8)}" y="${y + 14}">${text}</text></g>
`;
  });
  return svg('shares', 'shares', picture, { width: BAR.width, height: bars.length * BAR.row + 8 }, rows);
}

const CHART = { width: 760, left: 56, right: 64, top: 26, height: 150, below: 34 };

/** A round number at or above the value: where an axis ends. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const scale = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * scale >= value) ?? 10) * scale;
}

/** Labels of groups, as many as fit beside each other. */
function labels(picture: TrendPicture, at: (i: number) => number, wide: number): Markup[] {
  const longest = Math.max(...picture.groups.map(({ label }) => [...label].slice(0, 16).length));
  const every = Math.max(1, Math.ceil((longest * 7 + 10) / wide));
  return picture.groups.flatMap(({ label }, i) =>
    i % every === 0
      ? [
          html`<text class="tick" x="${round(at(i))}" y="${CHART.top + CHART.height + 18}">${[...label].slice(0, 16).join('')}</text>`,
        ]
      : [],
  );
}

/** Where the line of medians breaks, since a group has none. */
function stretches(picture: TrendPicture): { readonly i: number; readonly median: number }[][] {
  const found: { i: number; median: number }[][] = [[]];
  for (const [i, { median }] of picture.groups.entries()) {
    if (median === null) found.push([]);
    else found.at(-1)?.push({ i, median });
  }
  return found.filter((part) => part.length > 0);
}

/** `index` tells several trends apart. */
export function trendSvg(picture: TrendPicture, index: number): Markup {
  const { groups, marks, ordered } = picture;
  const { width, left, right, top, height } = CHART;
  const wide = (width - left - right) / groups.length;
  const bottom = top + height;
  const mostSteps = roundUp(Math.max(...groups.map(({ steps }) => steps)));
  const mostTime = roundUp(Math.max(0, ...groups.map(({ median }) => median ?? 0)));
  const middle = (i: number): number => left + (i + 0.5) * wide;
  const time = (median: number): number => round(bottom - (median / mostTime) * height);
  const bars = groups.map(({ steps, partial, label, median }, i) => {
    const tall = round((steps / mostSteps) * height);
    const gap = Math.min(3, wide * 0.15);
    return html`<g><title>${`${label}: ${steps.toLocaleString('en-GB')} steps, median ${formatSeconds(median)}`}</title><rect class="${partial ? 'steps part' : 'steps'}" x="${round(left + i * wide + gap)}" y="${round(bottom - tall)}" width="${round(wide - 2 * gap)}" height="${tall}"/></g>
`;
  });
  const lines = ordered
    ? stretches(picture).map(
        (part) =>
          html`<path class="median" d="${part.map(({ i, median }, at) => `${at === 0 ? 'M' : 'L'}${round(middle(i))} ${time(median)}`).join('')}"/>`,
      )
    : [];
  const dots = groups.flatMap(({ median }, i) =>
    median === null
      ? []
      : [html`<circle class="dot" cx="${round(middle(i))}" cy="${time(median)}" r="2.5"/>`],
  );
  const changes = groups.flatMap((_, at) => {
    const here = marks.flatMap((mark, number) => (mark.at === at ? [{ ...mark, number: number + 1 }] : []));
    if (here.length === 0) return [];
    const x = round(left + at * wide);
    return html`<g><title>${here.map(({ text }) => text).join('; ')}</title><path class="mark" d="M${x} ${top - 6}V${bottom}"/><text class="number" x="${x}" y="${top - 10}">${here.map(({ number }) => number).join(', ')}</text></g>
`;
  });
  const axes = html`<path class="axis" d="M${left} ${bottom}H${width - right}"/>
<text class="left" x="${left - 8}" y="${top + 5}">${mostSteps.toLocaleString('en-GB')}</text><text class="left" x="${left - 8}" y="${bottom + 4}">0</text>
<text class="right" x="${width - right + 8}" y="${top + 5}">${formatSeconds(mostTime)}</text><text class="right" x="${width - right + 8}" y="${bottom + 4}">0 s</text>
`;
  return svg('trend', `trend-${index}`, picture, { width, height: bottom + CHART.below }, [
    ...bars,
    axes,
    ...lines,
    ...dots,
    ...changes,
    ...labels(picture, middle, wide),
  ]);
}

const LENGTHS = { width: 760, left: 56, right: 48, top: 12, height: 130, below: 26 };

/** Edges of the bars, as many as can be read beside each other. */
function edgeLabels({ bars }: HistogramPicture, at: (edge: number) => number, y: number): Markup[] {
  const edges = [...bars.map(({ from }) => from), bars.at(-1)?.to ?? ''];
  let free = Number.NEGATIVE_INFINITY;
  return edges.flatMap((label, edge) => {
    const half = [...label].length * 3.5;
    if (at(edge) - half < free) return [];
    free = at(edge) + half + 10;
    return [html`<text class="tick" x="${round(at(edge))}" y="${y}">${label}</text>`];
  });
}

export function histogramSvg(picture: HistogramPicture): Markup {
  const { bars } = picture;
  const { width, left, right, top, height } = LENGTHS;
  const bottom = top + height;
  const most = roundUp(Math.max(...bars.map(({ steps }) => steps)));
  const at = (edge: number): number => left + (edge * (width - left - right)) / bars.length;
  const wide = round(at(1) - at(0) - 2);
  // What is there is seen, however little it is.
  const tall = (steps: number): number => (steps === 0 ? 0 : Math.max(1, round((steps / most) * height)));
  const drawn = bars.map(({ from, to, steps, over }, i) => {
    const part = (kind: string, count: number): Markup =>
      html`<rect class="${kind}" x="${round(at(i) + 1)}" y="${round(bottom - tall(count))}" width="${wide}" height="${tall(count)}"/>`;
    return html`<g><title>${`${from} to ${to}: ${steps.toLocaleString('en-GB')} steps, ${over.toLocaleString('en-GB')} above their threshold`}</title>${part('steps', steps)}${part('over', over)}</g>
`;
  });
  const axes = html`<path class="axis" d="M${left} ${bottom}H${width - right}"/>
<text class="left" x="${left - 8}" y="${top + 5}">${most.toLocaleString('en-GB')}</text><text class="left" x="${left - 8}" y="${bottom + 4}">0</text>
`;
  return svg('lengths', 'lengths', picture, { width, height: bottom + LENGTHS.below }, [
    ...drawn,
    axes,
    ...edgeLabels(picture, at, bottom + 17),
  ]);
}
