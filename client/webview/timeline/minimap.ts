/** The whole axis at a glance, with what is in view as a brush to drag; below it the marks of the axis. */
import { html, render } from 'lit';
import { duration } from '../format.ts';
import { type Brush, paintBreak, preparedCanvas } from './paint.ts';
import type { Scene } from './scene.ts';
import type { Tick } from './ticks.ts';
import type { Break } from './time.ts';

const HEIGHT = 30;
const EDGE = 6;

/** How much there is along the axis, in bins of equal length. */
export interface Bins {
  readonly steps: readonly number[];
  readonly bottlenecks: readonly number[];
  readonly errors: readonly number[];
}

export interface MapPicture {
  /** Of the axis. */
  readonly length: number;
  /** Pixels. */
  readonly width: number;
  readonly from: number;
  readonly to: number;
  readonly bins: Bins | undefined;
  readonly breaks: readonly { readonly at: number }[];
  readonly words: string;
  readonly inView: string;
  readonly brush: (context: CanvasRenderingContext2D) => Brush;
  /** Changes with the theme. */
  readonly inks: unknown;
}

export interface MapActions {
  /** Brings a stretch of the axis into view. */
  show(from: number, to: number): void;
  /** Moves what is in view. */
  pan(by: number): void;
  zoom(into: boolean): void;
}

export interface Minimap {
  draw(picture: MapPicture): void;
}

export function createMinimap(root: HTMLElement, actions: MapActions): Minimap {
  let picture: MapPicture | undefined;
  let ratio = 0;
  let drag: { readonly part: 'from' | 'to' | 'all'; readonly grip: number } | undefined;
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  const slider = document.createElement('div');
  slider.className = 'brush';
  slider.setAttribute('role', 'slider');
  slider.setAttribute('aria-label', 'Time in view');
  slider.setAttribute('aria-orientation', 'horizontal');
  slider.tabIndex = 0;
  slider.title = 'Drag to move what is in view, its edges to zoom';
  root.append(canvas, slider);

  const width = (): number => picture?.width ?? 0;
  const place = (at: number): number =>
    picture === undefined || picture.length <= 0 ? 0 : (at / picture.length) * width();
  const axisAt = (clientX: number): number =>
    picture === undefined || width() === 0
      ? 0
      : ((clientX - root.getBoundingClientRect().left) / width()) * picture.length;

  root.addEventListener('pointerdown', (event) => {
    if (picture === undefined || picture.length <= 0 || event.button !== 0) return;
    event.preventDefault();
    slider.focus({ preventScroll: true });
    root.setPointerCapture(event.pointerId);
    const x = event.clientX - root.getBoundingClientRect().left;
    const [left, right] = [place(picture.from), place(picture.to)];
    const at = axisAt(event.clientX);
    const wide = right - left;
    if (x < left - EDGE || x > right + EDGE) {
      // A click beside it jumps there.
      const half = (picture.to - picture.from) / 2;
      actions.show(at - half, at + half);
      drag = { part: 'all', grip: half };
    } else if (wide > 2 * EDGE && x > left + EDGE && x < right - EDGE) {
      drag = { part: 'all', grip: at - picture.from };
    } else if (wide <= 2 * EDGE && Math.abs(x - (left + right) / 2) <= wide / 2) {
      drag = { part: 'all', grip: at - picture.from };
    } else drag = { part: x < (left + right) / 2 ? 'from' : 'to', grip: 0 };
  });
  root.addEventListener('pointermove', (event) => {
    if (picture === undefined) return;
    const at = axisAt(event.clientX);
    if (drag === undefined) {
      const x = event.clientX - root.getBoundingClientRect().left;
      const near = Math.min(Math.abs(x - place(picture.from)), Math.abs(x - place(picture.to))) <= EDGE;
      root.style.cursor = near ? 'ew-resize' : '';
    } else if (drag.part === 'all') {
      const from = at - drag.grip;
      actions.show(from, from + picture.to - picture.from);
    } else if (drag.part === 'from') actions.show(Math.min(at, picture.to), picture.to);
    else actions.show(picture.from, Math.max(at, picture.from));
  });
  const end = (): void => {
    drag = undefined;
  };
  root.addEventListener('pointerup', end);
  root.addEventListener('pointercancel', end);

  slider.addEventListener('keydown', (event) => {
    if (picture === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const span = picture.to - picture.from;
    const move: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => actions.pan(-span / 10),
      ArrowRight: () => actions.pan(span / 10),
      ArrowDown: () => actions.pan(-span / 10),
      ArrowUp: () => actions.pan(span / 10),
      PageDown: () => actions.pan(-span),
      PageUp: () => actions.pan(span),
      Home: () => actions.show(0, span),
      End: () => actions.show((picture?.length ?? 0) - span, picture?.length ?? 0),
      '+': () => actions.zoom(true),
      '=': () => actions.zoom(true),
      '-': () => actions.zoom(false),
      '−': () => actions.zoom(false),
    };
    const act = move[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });

  const paint = ({ bins, brush, breaks }: MapPicture): void => {
    const context = preparedCanvas(canvas, width(), HEIGHT);
    if (context === undefined) return;
    const tools = brush(context);
    const { inks } = tools;
    context.fillStyle = inks.hair;
    context.fillRect(0, HEIGHT - 1, width(), 1);
    if (bins !== undefined && bins.steps.length > 0) {
      const most = Math.max(1, ...bins.steps);
      const wide = width() / bins.steps.length;
      const floor = HEIGHT - 1;
      bins.steps.forEach((steps, at) => {
        if (steps === 0) return;
        // By the root, so that what is rare can be seen beside what is frequent.
        const tall = Math.max(2, Math.sqrt(steps / most) * (HEIGHT - 10));
        context.fillStyle = inks.step;
        context.fillRect(at * wide, floor - tall, Math.max(1, wide - (wide > 3 ? 1 : 0)), tall);
        const held = bins.bottlenecks[at] ?? 0;
        if (held === 0) return;
        const share = Math.max(2, (held / steps) * tall);
        context.fillStyle = inks.bottleneck;
        context.fillRect(at * wide, floor - share, Math.max(1.5, wide), share);
      });
      // Marks along the top: a peak for bottlenecks, a cross for errors; one every few pixels.
      marks(bins.bottlenecks, wide, (x) => {
        context.fillStyle = inks.bottleneck;
        context.beginPath();
        context.moveTo(x - 3, 7);
        context.lineTo(x, 1);
        context.lineTo(x + 3, 7);
        context.fill();
      });
      context.strokeStyle = inks.error;
      context.lineWidth = 1.5;
      marks(bins.errors, wide, (x) => {
        context.beginPath();
        context.moveTo(x - 2.5, 9.5);
        context.lineTo(x + 2.5, 14.5);
        context.moveTo(x + 2.5, 9.5);
        context.lineTo(x - 2.5, 14.5);
        context.stroke();
      });
    }
    for (const { at } of breaks) paintBreak(tools, place(at), HEIGHT - 12, 11);
  };

  return {
    draw(next) {
      const isSame =
        picture?.bins === next.bins &&
        picture?.inks === next.inks &&
        picture?.width === next.width &&
        picture?.length === next.length &&
        picture?.breaks === next.breaks &&
        ratio === window.devicePixelRatio;
      picture = next;
      ratio = window.devicePixelRatio;
      if (!isSame) paint(next);
      canvas.setAttribute('aria-label', next.words);
      const [left, right] = [place(next.from), place(next.to)];
      slider.hidden = next.length <= 0;
      slider.style.left = `${left}px`;
      slider.style.width = `${Math.max(6, Math.min(width(), right) - left)}px`;
      const most = Math.max(0, next.length - (next.to - next.from));
      const now = most > 0 ? Math.round((next.from / most) * 1000) / 10 : 0;
      slider.setAttribute('aria-valuemin', '0');
      slider.setAttribute('aria-valuemax', '100');
      slider.setAttribute('aria-valuenow', String(Math.min(100, now)));
      slider.setAttribute('aria-valuetext', next.inView);
    },
  };
}

function marks(of: readonly number[], wide: number, draw: (x: number) => void): void {
  let last = Number.NEGATIVE_INFINITY;
  of.forEach((amount, at) => {
    const x = (at + 0.5) * wide;
    if (amount === 0 || x - last < 7) return;
    last = x;
    draw(x);
  });
}

/** The marks of the axis, and where time is left out. */
export function renderAxis(
  root: HTMLElement,
  ticks: readonly Tick[],
  breaks: readonly Break[],
  scene: Scene,
): void {
  const at = (place: number): string => `transform:translateX(${Math.round(scene.x(place))}px)`;
  const shown = breaks.filter((one) => one.at >= scene.at(0) && one.at <= scene.at(scene.width));
  render(
    html`${ticks.map((tick) => html`<div class="tick" .style=${at(tick.at)}>${tick.label}</div>`)}${shown.map(
      (one) => html`<div
        class="break"
        title=${`${duration(one.length)} in which no step goes on are left out`}
        .style=${at(one.at)}
      ></div>`,
    )}`,
    root,
  );
}

/** Bins of rows that are there, by place on the axis. */
export function binsOf(
  starts: Iterable<{
    readonly at: number;
    readonly bottleneck: boolean;
    readonly error: boolean;
    readonly steps: number;
  }>,
  length: number,
  amount: number,
): Bins {
  const steps = new Array<number>(amount).fill(0);
  const bottlenecks = [...steps];
  const errors = [...steps];
  for (const one of starts) {
    const bin = Math.max(0, Math.min(amount - 1, Math.floor((one.at / length) * amount)));
    steps[bin] = (steps[bin] ?? 0) + one.steps;
    if (one.bottleneck) bottlenecks[bin] = (bottlenecks[bin] ?? 0) + 1;
    if (one.error) errors[bin] = (errors[bin] ?? 0) + 1;
  }
  return { steps, bottlenecks, errors };
}
