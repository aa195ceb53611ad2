/** Wheel, touchpad, fingers and dragging on the map. */
import type { Point } from './geometry.ts';

export interface Moves {
  pan(dx: number, dy: number): void;
  /** Keeps what is under the point, in pixels of the window. */
  zoom(factor: number, point: Point): void;
  /** The hand is off the map. */
  done(): void;
}

/** Pixels before a press is a drag. */
const SLACK = 4;
/** Of a wheel that counts in lines, and in pages. */
const LINE = 18;
const PAGE = 300;
/** A pixel of the wheel or of a pinch; a notch at most doubles. */
const WHEEL = 0.0022;
const PINCH = 0.01;

export function listenForGestures(map: HTMLElement, moves: Moves): void {
  const fingers = new Map<number, Point>();
  let dragging = false;
  let from: Point = { x: 0, y: 0 };

  const inMap = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = map.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const spread = (): { readonly middle: Point; readonly apart: number } => {
    const [a = from, b = a] = fingers.values();
    return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  };

  map.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? PAGE : 1;
      const [x, y] = [event.deltaX * unit, event.deltaY * unit];
      // Browsers send a touchpad's pinch as a wheel with Ctrl, in small steps.
      if (event.ctrlKey || event.metaKey) {
        const by = Math.abs(y) < 30 ? PINCH : WHEEL;
        moves.zoom(Math.exp(Math.max(-0.7, Math.min(0.7, -y * by))), inMap(event));
      } else if (event.shiftKey && x === 0) moves.pan(-y, 0);
      else moves.pan(-x, -y);
      moves.done();
    },
    { passive: false },
  );

  map.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('button') !== null))
      return;
    fingers.set(event.pointerId, inMap(event));
    from = inMap(event);
    dragging = false;
  });
  map.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const at = inMap(event);
    if (!dragging && Math.hypot(at.x - from.x, at.y - from.y) < SLACK) return;
    if (!dragging) {
      dragging = true;
      map.classList.add('dragged');
      map.setPointerCapture(event.pointerId);
    }
    const old = spread();
    fingers.set(event.pointerId, at);
    const now = spread();
    moves.pan(now.middle.x - old.middle.x, now.middle.y - old.middle.y);
    if (fingers.size === 2 && old.apart > 0) moves.zoom(now.apart / old.apart, now.middle);
  });
  const end = (event: PointerEvent): void => {
    if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
    if (dragging) moves.done();
    map.classList.remove('dragged');
  };
  map.addEventListener('pointerup', end);
  map.addEventListener('pointercancel', end);
  // What was dragged was not clicked.
  map.addEventListener(
    'click',
    (event) => {
      if (!dragging || event.detail === 0) return;
      dragging = false;
      event.stopPropagation();
    },
    { capture: true },
  );
}
