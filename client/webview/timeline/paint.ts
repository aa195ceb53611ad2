/** Draws bars and marks on a canvas. Everything is told apart by its shape as well as its colour. */
import type { Bar } from './bars.ts';
import { POINT } from './bars.ts';
import type { Inks } from './inks.ts';
import { createPen, type Pen } from './pen.ts';

const HEIGHT = 14;
const TALL = 20;
const ICON = 14;
/** How much of its ink is left of what the panel's conditions do not find. */
const DIM = 0.28;
const FLAGS = ['bottleneck', 'error', 'matching', 'open'] as const;

type Flag = (typeof FLAGS)[number];

/** What decides how a bar looks. */
export interface Look {
  readonly shape: Bar['shape'];
  readonly flags: Readonly<Record<Flag, boolean>>;
  readonly found: boolean | undefined;
  readonly steps: number;
  readonly even: boolean;
  /** Said inside where there is room for it. */
  readonly name: string;
}

export interface Brush {
  readonly context: CanvasRenderingContext2D;
  readonly inks: Inks;
  /** What it writes is there after `flush`. */
  readonly pen: Pen;
}

export function brushOf(context: CanvasRenderingContext2D, inks: Inks): Brush {
  return { context, inks, pen: createPen(context, inks) };
}

/** A bar from `x` on, `width` wide, its middle at `y`. */
export function paintBar(brush: Brush, look: Look, x: number, width: number, y: number): void {
  const { context, inks } = brush;
  const { flags, shape, found } = look;
  context.globalAlpha = found === false ? DIM : 1;
  if (shape === 'point' || shape === 'untimed') diamond(context, inks, look, x, y);
  else if (shape === 'open') openEnded(context, inks, look, x, width, y);
  else if (flags.bottleneck) bottleneck(context, inks, look, x, width, y);
  else if (flags.error) failing(context, inks, x, width, y);
  else plain(context, inks, look, x, width, y);
  if (flags.matching) {
    const below = y + (flags.bottleneck ? TALL : HEIGHT) / 2 + 1.5;
    context.fillStyle = inks.matching;
    context.fillRect(x, below, Math.max(POINT, width), 2);
  }
  const isInside = writing(brush, look, x, width, y);
  if (found === true) {
    const half = (flags.bottleneck ? TALL : HEIGHT) / 2;
    const middle = x + Math.min(width / 2, 8);
    // Icons above a narrow bar have the place above it.
    if (isInside) caret(context, inks, middle, y - half - 1, -1);
    else caret(context, inks, middle, y + half + (flags.matching ? 4 : 1), 1);
  }
  context.globalAlpha = 1;
}

function plain(
  context: CanvasRenderingContext2D,
  inks: Inks,
  look: Look,
  x: number,
  width: number,
  y: number,
): void {
  const top = y - HEIGHT / 2;
  context.fillStyle = look.even ? inks.stepFillEven : inks.stepFill;
  context.strokeStyle = inks.step;
  context.lineWidth = 1;
  context.beginPath();
  if (width > 6) context.roundRect(x + 0.5, top + 0.5, width - 1, HEIGHT - 1, 2);
  else context.rect(x + 0.5, top + 0.5, Math.max(1, width - 1), HEIGHT - 1);
  context.fill();
  context.stroke();
  if (look.steps < 2) return;
  // Several steps: the teeth of a comb.
  context.beginPath();
  for (let at = x + 3.5; at < x + Math.min(width, 4_000) - 1; at += 3) {
    context.moveTo(at, top + 3);
    context.lineTo(at, top + HEIGHT - 3);
  }
  context.stroke();
}

function bottleneck(
  context: CanvasRenderingContext2D,
  inks: Inks,
  look: Look,
  x: number,
  width: number,
  y: number,
): void {
  const top = y - TALL / 2;
  context.fillStyle = inks.bottleneckFill;
  context.fillRect(x, top, width, TALL);
  hatch(context, inks.bottleneckHatch, x, width, top, TALL);
  context.strokeStyle = inks.bottleneck;
  context.lineWidth = 2;
  context.strokeRect(x + 1, top + 1, Math.max(2, width - 2), TALL - 2);
  if (look.flags.error) notch(context, inks, x, top, TALL);
}

function hatch(
  context: CanvasRenderingContext2D,
  ink: string,
  x: number,
  width: number,
  top: number,
  height: number,
): void {
  context.save();
  context.beginPath();
  context.rect(x, top, width, height);
  context.clip();
  context.strokeStyle = ink;
  context.lineWidth = 3;
  context.beginPath();
  for (let at = x - height; at < x + width; at += 8) {
    context.moveTo(at, top + height);
    context.lineTo(at + height, top);
  }
  context.stroke();
  context.restore();
}

function failing(context: CanvasRenderingContext2D, inks: Inks, x: number, width: number, y: number): void {
  const top = y - HEIGHT / 2;
  context.fillStyle = inks.errorFill;
  context.strokeStyle = inks.error;
  context.lineWidth = 1;
  context.fillRect(x, top, width, HEIGHT);
  context.strokeRect(x + 0.5, top + 0.5, Math.max(1, width - 1), HEIGHT - 1);
  notch(context, inks, x, top, HEIGHT);
}

/** The error's mark: a solid start with a tooth pointing into the bar. */
function notch(context: CanvasRenderingContext2D, inks: Inks, x: number, top: number, height: number): void {
  context.fillStyle = inks.error;
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x + 3, top);
  context.lineTo(x + 7, top + height / 2);
  context.lineTo(x + 3, top + height);
  context.lineTo(x, top + height);
  context.fill();
}

function openEnded(
  context: CanvasRenderingContext2D,
  inks: Inks,
  look: Look,
  x: number,
  width: number,
  y: number,
): void {
  const height = look.flags.bottleneck ? TALL : HEIGHT;
  const top = y - height / 2;
  const fade = context.createLinearGradient(x, 0, x + width, 0);
  fade.addColorStop(0, inks.openFill);
  fade.addColorStop(1, inks.paperClear);
  context.fillStyle = fade;
  context.fillRect(x, top, width, height);
  context.strokeStyle = look.flags.bottleneck ? inks.bottleneck : inks.open;
  context.lineWidth = look.flags.bottleneck ? 2 : 1;
  context.setLineDash([3, 2]);
  context.beginPath();
  context.moveTo(x + width, top + 0.5);
  context.lineTo(x + 0.5, top + 0.5);
  context.lineTo(x + 0.5, top + height - 0.5);
  context.lineTo(x + width, top + height - 0.5);
  context.stroke();
  context.setLineDash([]);
  if (look.flags.error) notch(context, inks, x, top, height);
}

/** A dwell that is not known is a filled diamond, a step without any time a hollow one. */
function diamond(context: CanvasRenderingContext2D, inks: Inks, look: Look, x: number, y: number): void {
  const ink = look.flags.error ? inks.error : look.flags.bottleneck ? inks.bottleneck : inks.step;
  const half = POINT / 2;
  context.beginPath();
  context.moveTo(x + half, y - half);
  context.lineTo(x + POINT, y);
  context.lineTo(x + half, y + half);
  context.lineTo(x, y);
  context.closePath();
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  context.fillStyle = look.shape === 'untimed' ? inks.paper : ink;
  context.fill();
  context.stroke();
}

/** Found by the panel's conditions. */
function caret(context: CanvasRenderingContext2D, inks: Inks, x: number, y: number, side: 1 | -1): void {
  context.fillStyle = inks.text;
  context.beginPath();
  context.moveTo(x - 4, y + side * 5);
  context.lineTo(x + 4, y + side * 5);
  context.lineTo(x, y);
  context.fill();
}

/** Its icons inside where there is room, else above; then its name. False where they are above. */
function writing({ context, inks, pen }: Brush, look: Look, x: number, width: number, y: number): boolean {
  const flags = FLAGS.filter((flag) => look.flags[flag]);
  const diamonds = look.shape === 'point' || look.shape === 'untimed';
  const start = look.flags.error && !diamonds ? 8 : 3;
  const isInside = !diamonds && width >= start + ICON * flags.length + 3;
  const isAbove = flags.length > 0 && !isInside;
  const alpha = look.found === false ? DIM : 1;
  if (isInside && look.flags.bottleneck && flags.length > 0) {
    context.fillStyle = inks.bottleneckFill;
    context.fillRect(x + start - 1, y - 7, ICON * flags.length, 14);
  }
  flags.forEach((flag, at) => {
    const place = isInside
      ? { x: x + start + at * ICON, y: y + 0.5 }
      : { x: x - 1 + at * ICON, y: y - TALL / 2 - 4 };
    pen.write('icon', { ...place, text: inks.icons[flag], ink: inks[flag], alpha });
  });
  const used = start + (isInside ? ICON * flags.length : 0) + 1;
  const room = width - used - 4;
  if (room < 20 || diamonds || look.name === '') return !isAbove;
  const font = look.flags.bottleneck ? 'bold' : 'plain';
  const text = pen.fitting(font, look.name, room);
  if (text === '') return !isAbove;
  if (look.flags.bottleneck || look.steps > 1) {
    // On a pattern letters need paper below them.
    context.fillStyle = look.steps > 1 ? inks.stepFill : inks.bottleneckFill;
    context.fillRect(x + used - 1, y - 6, Math.min(room, pen.width(font, text)) + 2, 12);
  }
  pen.write(font, { text, x: x + used, y: y + 0.5, ink: inks.text, alpha });
  return !isAbove;
}

/** Between the end of one step and the start of the next. */
export function paintWait({ context, inks }: Brush, from: number, to: number, y: number): void {
  context.strokeStyle = inks.faint;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(from + 1, y + 0.5);
  context.lineTo(to - 1, y + 0.5);
  context.stroke();
  context.setLineDash([]);
}

/** Time left out: a torn edge. */
export function paintBreak({ context, inks }: Brush, x: number, top: number, height: number): void {
  const path = (shift: number): void => {
    for (let y = 0, side = -1; y <= height; y += 4, side = -side) {
      const at = x + shift + side * 1.5;
      if (y === 0) context.moveTo(at, top);
      else context.lineTo(at, top + Math.min(y, height));
    }
  };
  context.lineJoin = 'round';
  context.strokeStyle = inks.paper;
  context.lineWidth = 4;
  context.beginPath();
  path(0);
  context.stroke();
  context.strokeStyle = inks.faint;
  context.lineWidth = 1;
  context.beginPath();
  path(-1.5);
  path(1.5);
  context.stroke();
}

/** Around the step that is shown in full. */
export function paintChosen(
  { context, inks }: Brush,
  x: number,
  width: number,
  y: number,
  tall: boolean,
): void {
  const half = (tall ? TALL : HEIGHT) / 2;
  for (const [ink, out, line] of [
    [inks.paper, 1.5, 1.5],
    [inks.text, 3, 2],
  ] as const) {
    context.strokeStyle = ink;
    context.lineWidth = line;
    context.strokeRect(x - out, y - half - out, width + 2 * out, half * 2 + 2 * out);
  }
}

/** The row goes on past this edge. */
export function paintBeyond({ context, inks }: Brush, edge: number, y: number, right: boolean): void {
  const inwards = right ? -1 : 1;
  const fade = context.createLinearGradient(edge, 0, edge + inwards * 24, 0);
  fade.addColorStop(0.5, inks.paper);
  fade.addColorStop(1, inks.paperClear);
  context.fillStyle = fade;
  context.fillRect(Math.min(edge, edge + inwards * 24), y - 13, 24, 26);
  context.strokeStyle = inks.text;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(edge + inwards * 11, y - 4);
  context.lineTo(edge + inwards * 7, y);
  context.lineTo(edge + inwards * 11, y + 4);
  context.stroke();
}

/** Sized to its element and the screen's pixels; undefined where there is no room. */
export function preparedCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined {
  const context = canvas.getContext('2d');
  if (context === null || width <= 0 || height <= 0) return undefined;
  const ratio = window.devicePixelRatio || 1;
  const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== tall) {
    canvas.width = wide;
    canvas.height = tall;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
