/** How much of the axis the timeline shows. Pure arithmetic: lengths of the axis in, pixels a unit of it out. */
import type { PanelState } from '../../../server/src/protocol/panel-state.ts';

/** Times the first scale, or the whole axis. */
export type Zoom = PanelState['timeline']['zoom'];

export interface Extent {
  /** Of the axis: the longest row, and what nine of ten rows stay below. */
  readonly longest: number;
  readonly typical: number;
  /** Pixels that the axis has in view. */
  readonly width: number;
}

/** Of the first scale, at least. */
const CLOSEST = 128;
/** Pixels a unit of the axis that the closest zoom reaches where that is more: one for a microsecond. */
const FINEST = 1_000_000;
/** Where little would go on past the edge, the first scale shows all. */
const LITTLE = 1.5;

/** Of the axis in view at first. */
function firstSpan({ longest, typical }: Extent): number {
  return typical > 0 && longest > typical * LITTLE ? typical : longest;
}

function limits(extent: Extent): { readonly all: number; readonly most: number } {
  const first = firstSpan(extent);
  if (!(extent.longest > 0)) return { all: 1, most: 1 };
  const all = first / extent.longest;
  return { all, most: Math.max(all, CLOSEST, (FINEST * first) / extent.width) };
}

/** The zoom as a factor of the first scale, within what there is to see. */
export function factorOf(zoom: Zoom, extent: Extent): number {
  const { all, most } = limits(extent);
  return zoom === 'all' ? all : Math.min(most, Math.max(all, zoom));
}

/** Pixels a unit; 0 where no row has a duration. */
export function scaleOf(zoom: Zoom, extent: Extent): number {
  const first = firstSpan(extent);
  return first > 0 ? (extent.width / first) * factorOf(zoom, extent) : 0;
}

/** The zoom that has this much of the axis in view. */
export function zoomFor(length: number, extent: Extent): Zoom {
  const { all } = limits(extent);
  const factor = factorOf(length > 0 ? firstSpan(extent) / length : CLOSEST, extent);
  return factor <= all ? 'all' : factor;
}

/** So many times closer; `all` where that is all. */
export function zoomedBy(zoom: Zoom, times: number, extent: Extent): Zoom {
  const { all } = limits(extent);
  const factor = factorOf(factorOf(zoom, extent) * times, extent);
  return factor <= all ? 'all' : factor;
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

/** Of the axis: how far its left edge can go. */
export function leftMost(extent: Extent, scale: number): number {
  const left = scale > 0 ? extent.longest - extent.width / scale : 0;
  // What is less than rounding is nothing.
  return left > extent.longest * 1e-9 ? left : 0;
}

/** Seconds a pixel, rounded down to a power of two so that a little zoom asks for nothing anew; 0 for all there is. */
export function resolutionOf(secondsPerPixel: number): number {
  if (!(secondsPerPixel > 0) || !Number.isFinite(secondsPerPixel)) return 0;
  return 2 ** Math.floor(Math.log2(secondsPerPixel));
}
