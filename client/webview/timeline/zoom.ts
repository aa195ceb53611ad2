/** How much time the timeline shows. Pure arithmetic: seconds in, pixels a second out. */
import type { PanelState } from '../../../server/src/protocol/panel-state.ts';

/** Times the first scale, or the whole axis. */
export type Zoom = PanelState['timeline']['zoom'];

export interface Extent {
  /** Seconds: the longest row, and what nine of ten rows stay below. */
  readonly longest: number;
  readonly typical: number;
  /** Pixels that the axis has in view. */
  readonly width: number;
}

/** Of the first scale. */
const CLOSEST = 128;
/** Pixels of the widest axis: far below what browsers lay out. */
const WIDEST = 8_000_000;
/** Where little would go on past the edge, the first scale shows all. */
const LITTLE = 1.5;

/** Seconds in view at first. */
function firstSpan({ longest, typical }: Extent): number {
  return typical > 0 && longest > typical * LITTLE ? typical : longest;
}

function limits(extent: Extent): { readonly all: number; readonly most: number } {
  const first = firstSpan(extent);
  if (!(extent.longest > 0)) return { all: 1, most: 1 };
  const all = first / extent.longest;
  return { all, most: Math.max(all, Math.min(CLOSEST, (WIDEST * all) / extent.width)) };
}

/** The zoom as a factor of the first scale, within what there is to see. */
export function factorOf(zoom: Zoom, extent: Extent): number {
  const { all, most } = limits(extent);
  return zoom === 'all' ? all : Math.min(most, Math.max(all, zoom));
}

/** Pixels a second; 0 where no row has a duration. */
export function scaleOf(zoom: Zoom, extent: Extent): number {
  const first = firstSpan(extent);
  return first > 0 ? (extent.width / first) * factorOf(zoom, extent) : 0;
}

/** The next zoom in or out, by doubling; the same where there is none. */
export function zoomed(zoom: Zoom, into: boolean, extent: Extent): Zoom {
  const { all, most } = limits(extent);
  const factor = factorOf(zoom, extent);
  // A little off, so that a factor that is a power of two does not come out as its own neighbour.
  const power = Math.log2(factor);
  const next = into ? 2 ** Math.floor(power + 1.001) : 2 ** Math.ceil(power - 1.001);
  if (into) return factor < most ? Math.min(next, most) : zoom;
  if (factor <= all) return zoom;
  return next < all ? 'all' : next;
}
