/** Wheel, touchpad, drag and pinch on the tracks of the timeline. */

export interface Gestures {
  /** Pixels to the right. */
  pan(by: number): void;
  /** So many times closer, around a place in the window. */
  zoom(times: number, clientX: number): void;
  /** Whether a drag measures instead of panning. */
  measures(event: PointerEvent): boolean;
  measure(phase: 'start' | 'move' | 'end', event: PointerEvent): void;
  /** Pressed and released in one place. */
  click(event: PointerEvent): void;
  hover(event: PointerEvent): void;
  leave(): void;
}

/** Pixels that a pointer may tremble during a click. */
const TREMBLE = 4;
/** Doublings a pixel of the wheel. */
const WHEEL = 1 / 180;
const LINE = 16;

function pixels(event: WheelEvent, delta: number): number {
  return event.deltaMode === WheelEvent.DOM_DELTA_LINE ? delta * LINE : delta;
}

/** Listens on an element for its life. `isTrack` tells what of it pans. */
export function listenToGestures(
  element: HTMLElement,
  isTrack: (event: PointerEvent) => boolean,
  to: Gestures,
): void {
  const down = new Map<number, PointerEvent>();
  let doing: 'nothing' | 'press' | 'pan' | 'measure' | 'pinch' = 'nothing';
  let apart = 0;

  element.addEventListener(
    'wheel',
    (event) => {
      const [x, y] = [pixels(event, event.deltaX), pixels(event, event.deltaY)];
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        // A pinch of the touchpad comes in small steps, a notch of a wheel in large ones.
        to.zoom(2 ** (Math.max(-120, Math.min(120, -y)) * (Math.abs(y) < 50 ? 2 : 1) * WHEEL), event.clientX);
      } else if (event.shiftKey || Math.abs(x) > Math.abs(y)) {
        event.preventDefault();
        to.pan(Math.abs(x) > Math.abs(y) ? x : y);
      }
    },
    { passive: false },
  );

  const spread = (): { readonly distance: number; readonly middle: number } => {
    const [a, b] = [...down.values()];
    if (a === undefined || b === undefined) return { distance: 0, middle: 0 };
    return {
      distance: Math.max(10, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)),
      middle: (a.clientX + b.clientX) / 2,
    };
  };

  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !isTrack(event)) return;
    down.set(event.pointerId, event);
    if (down.size === 2) {
      doing = 'pinch';
      apart = spread().distance;
      return;
    }
    doing = 'press';
    if (!to.measures(event)) return;
    doing = 'measure';
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    to.measure('start', event);
  });

  element.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    if (before === undefined) {
      if (down.size === 0) to.hover(event);
      return;
    }
    if (doing === 'measure') {
      to.measure('move', event);
      return;
    }
    if (doing === 'pinch') {
      down.set(event.pointerId, event);
      const { distance, middle } = spread();
      to.zoom(distance / apart, middle);
      apart = distance;
      return;
    }
    if (doing === 'press') {
      if (Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) <= TREMBLE) return;
      doing = 'pan';
      element.setPointerCapture(event.pointerId);
      element.classList.add('panning');
      to.leave();
    }
    to.pan(before.clientX - event.clientX);
    // A mouse also drags the rows; a finger scrolls them by itself.
    if (event.pointerType === 'mouse') element.scrollTop += before.clientY - event.clientY;
    down.set(event.pointerId, event);
  });

  const up = (event: PointerEvent): void => {
    if (!down.delete(event.pointerId)) return;
    if (event.type === 'pointerup') {
      if (doing === 'measure') to.measure('end', event);
      else if (doing === 'press') to.click(event);
    }
    if (down.size > 0) return;
    doing = 'nothing';
    element.classList.remove('panning');
  };
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', () => to.leave());
}
