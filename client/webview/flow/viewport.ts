/** Which part of the map is in view. Pure arithmetic: pixels of the window and units of the layout. */
import type { PanelState } from '../../../server/src/protocol/panel-state.ts';
import type { Point } from './geometry.ts';

/** The layout's origin in pixels of the window, and pixels a unit. */
export type Viewed = NonNullable<PanelState['flow']['view']>;

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 24;
const CLOSEST = 2.5;
/** Pixels of the map that always stay in the window. */
const KEPT = 48;
/** How much one step of a key or button zooms. */
export const ZOOM_STEP = 1.25;

/** All of it in the middle of the window, never larger than it was laid out. */
export function fitted(map: Size, space: Size): Viewed {
  const room = {
    width: Math.max(1, space.width - 2 * MARGIN),
    height: Math.max(1, space.height - 2 * MARGIN),
  };
  const scale = Math.min(1, room.width / Math.max(1, map.width), room.height / Math.max(1, map.height));
  return {
    scale,
    x: Math.round((space.width - map.width * scale) / 2),
    y: Math.round((space.height - map.height * scale) / 2),
  };
}

/** The smallest and the largest scale. */
export function limits(map: Size, space: Size): { readonly least: number; readonly most: number } {
  return { least: fitted(map, space).scale / 2, most: CLOSEST };
}

/** Never so far that the map is lost from sight. */
export function within(view: Viewed, map: Size, space: Size): Viewed {
  const { least, most } = limits(map, space);
  const scale = Math.min(most, Math.max(least, view.scale));
  const held = (at: number, length: number, room: number): number =>
    Math.round(Math.min(room - KEPT, Math.max(KEPT - length * scale, at)));
  return { scale, x: held(view.x, map.width, space.width), y: held(view.y, map.height, space.height) };
}

/** What is under the point stays there. */
export function zoomedAt(view: Viewed, factor: number, point: Point, map: Size, space: Size): Viewed {
  const { least, most } = limits(map, space);
  const scale = Math.min(most, Math.max(least, view.scale * factor));
  const ratio = scale / view.scale;
  const moved = { scale, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio };
  return within(moved, map, space);
}

/** The same view, with what was at one place of the old layout where it is in the new one. */
export function anchored(view: Viewed, before: Point, after: Point): Viewed {
  return {
    scale: view.scale,
    x: view.x + (before.x - after.x) * view.scale,
    y: view.y + (before.y - after.y) * view.scale,
  };
}

/** Moved as little as it takes to have a box in the window. */
export function showing(view: Viewed, box: Point & Size, space: Size): Viewed {
  const moved = (at: number, middle: number, length: number, room: number): number => {
    const from = at + (middle - length / 2) * view.scale;
    const to = at + (middle + length / 2) * view.scale;
    if (from < MARGIN || to - from > room - 2 * MARGIN) return at + MARGIN - from;
    return to > room - MARGIN ? at + room - MARGIN - to : at;
  };
  return {
    scale: view.scale,
    x: Math.round(moved(view.x, box.x, box.width, space.width)),
    y: Math.round(moved(view.y, box.y, box.height, space.height)),
  };
}
