/** A scene as a standalone SVG, and on a canvas. */
import type { Scene, Shape } from './scene.ts';

/** Not allowed in XML at all, even escaped. */
const NOT_XML = /(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu;

/** Text and values between quotes. */
export function escaped(text: string): string {
  return text
    .replace(NOT_XML, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const number = (value: number): string => String(Math.round(value * 100) / 100);

/** Attributes with a value, in their order. */
function attributes(all: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => ` ${name}="${escaped(typeof value === 'number' ? number(value) : (value ?? ''))}"`,
    )
    .join('');
}

/** Well-formed XML with nothing that runs or is loaded: paths and texts with colours of their own. */
export function svgOf(scene: Scene): string {
  const { width, height } = scene;
  const root = attributes({
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${number(width)} ${number(height)}`,
    role: 'img',
    'aria-labelledby': 'title description',
    'font-family': scene.fonts,
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg${root}>`,
    `<title id="title">${escaped(scene.title)}</title>`,
    `<desc id="description">${escaped(scene.description)}</desc>`,
    `<rect${attributes({ width, height, fill: scene.paper })}/>`,
    ...scene.shapes.map(element),
    '</svg>',
    '',
  ].join('\n');
}

function element(shape: Shape): string {
  if (shape.kind === 'text') {
    const { text, x, y, size, bold, anchor, fill, halo } = shape;
    const around =
      halo === undefined
        ? {}
        : { stroke: halo, 'stroke-width': size / 2, 'stroke-linejoin': 'round', 'paint-order': 'stroke' };
    const own = attributes({
      x,
      // Not every reader of SVG knows other baselines.
      y: y + size * 0.35,
      'font-size': size,
      'font-weight': bold ? 600 : undefined,
      'text-anchor': anchor === 'start' ? undefined : anchor,
      'unicode-bidi': 'plaintext',
      fill,
      ...around,
    });
    return `<text${own}>${escaped(text)}</text>`;
  }
  const { data, at, fill, stroke, width, dash, title } = shape;
  const place =
    at === undefined
      ? undefined
      : `translate(${number(at.x)} ${number(at.y)})${at.scale === 1 ? '' : ` scale(${at.scale})`}`;
  const own = attributes({
    d: data,
    transform: place,
    fill: fill ?? 'none',
    'fill-rule': fill === undefined ? undefined : 'evenodd',
    stroke,
    'stroke-width': stroke === undefined ? undefined : width,
    'stroke-dasharray': dash?.join(' '),
  });
  return title === undefined ? `<path${own}/>` : `<path${own}><title>${escaped(title)}</title></path>`;
}

/** @param scale pixels a unit */
export function paint(scene: Scene, context: CanvasRenderingContext2D, scale: number): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = scene.paper;
  context.fillRect(0, 0, scene.width, scene.height);
  context.textBaseline = 'alphabetic';
  context.lineJoin = 'round';
  for (const shape of scene.shapes) {
    context.save();
    if (shape.kind === 'text') letter(shape, scene.fonts, context);
    else outline(shape, context);
    context.restore();
  }
}

function letter(
  shape: Extract<Shape, { kind: 'text' }>,
  fonts: string,
  context: CanvasRenderingContext2D,
): void {
  const { text, x, y, size, bold, anchor, fill, halo } = shape;
  context.font = `${bold ? 600 : 400} ${size}px ${fonts}`;
  context.textAlign = anchor === 'middle' ? 'center' : anchor === 'start' ? 'left' : 'right';
  if (halo !== undefined) {
    context.strokeStyle = halo;
    context.lineWidth = size / 2;
    context.strokeText(text, x, y + size * 0.35);
  }
  context.fillStyle = fill;
  context.fillText(text, x, y + size * 0.35);
}

function outline(shape: Extract<Shape, { kind: 'path' }>, context: CanvasRenderingContext2D): void {
  const { data, at, fill, stroke, width = 1, dash } = shape;
  if (at !== undefined) {
    context.translate(at.x, at.y);
    context.scale(at.scale, at.scale);
  }
  const path = new Path2D(data);
  if (fill !== undefined) {
    context.fillStyle = fill;
    context.fill(path, 'evenodd');
  }
  if (stroke !== undefined) {
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.setLineDash([...(dash ?? [])]);
    context.stroke(path);
  }
}
