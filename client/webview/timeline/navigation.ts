/** Moves what is in view along the axis. */
import { duration } from '../format.ts';
import type { Panel } from '../view.ts';
import type { ZoomStep } from '../zoom-buttons.ts';
import { placeInWords } from './map-data.ts';
import type { Place } from './place.ts';
import { PAD, type Scenes } from './scene.ts';
import type { TimelineSource } from './source.ts';
import { leftMost, type Zoom, zoomed, zoomedBy, zoomFor } from './zoom.ts';

export interface Navigation {
  /** A zoom, with this place of the axis at the left edge. */
  moveTo(zoom: Zoom, at: number): void;
  /** This stretch of the axis. */
  show(from: number, to: number): void;
  panBy(pixels: number): void;
  /** So many times closer; what is at `x` stays there. */
  zoomBy(times: number, x: number): void;
  setZoom(step: ZoomStep): void;
  /** The zoom after a step of it. */
  after(step: ZoomStep): Zoom;
  /** The whole of a row. */
  zoomTo(row: number): void;
  inView(): string;
}

export function createNavigation(
  panel: Panel,
  scenes: Scenes,
  place: Place,
  source: TimelineSource,
  /** Where the step is that the keyboard is on, pixels from the tracks' left edge. */
  anchor: () => number | undefined,
  changed: () => void,
): Navigation {
  const moveTo = (zoom: Zoom, at: number): void => {
    place.move({ zoom });
    const { extent, scale } = scenes.now();
    place.move({ left: Math.max(0, Math.min(leftMost(extent, scale), at)) });
    changed();
  };

  const around = (zoom: Zoom, x: number): void => {
    const at = scenes.now().at(x);
    place.move({ zoom });
    const { scale } = scenes.now();
    moveTo(zoom, scale > 0 ? at - (x - PAD) / scale : 0);
  };

  const after = (step: ZoomStep): Zoom => {
    const { zoom } = place.settings;
    if (step === 'first') return 1;
    return step === 'all' ? 'all' : zoomed(zoom, step === 'in', scenes.now().extent);
  };

  const inView = (): string => {
    const scene = scenes.now();
    const { scale, extent, layout } = scene;
    if (!(scale > 0)) return 'No times to show';
    const [from, to] = [scene.left, Math.min(extent.longest, scene.left + extent.width / scale)];
    const say = (at: number): string => placeInWords(scene, at, panel.timeZone);
    const amount = layout.axis === 'own' ? say(to - from) : duration(to - from);
    return `${amount} in view, from ${say(from)} to ${say(to)}`;
  };

  return {
    moveTo,
    show: (from, to) => moveTo(zoomFor(to - from, scenes.now().extent), from),
    panBy(pixels) {
      const { scale, left } = scenes.now();
      if (scale > 0) moveTo(place.settings.zoom, left + pixels / scale);
    },
    zoomBy: (times, x) => around(zoomedBy(place.settings.zoom, times, scenes.now().extent), x),
    setZoom(step) {
      // Around the step that the keyboard is on, else the start while it is in view, else the middle.
      const { left, width } = scenes.now();
      const x = anchor();
      const isInside = x !== undefined && x >= 0 && x <= width;
      around(after(step), isInside ? x : left === 0 ? PAD : width / 2);
      panel.announce(inView());
    },
    after,
    zoomTo(index) {
      const row = source.row(index);
      if (row === undefined) return;
      const scene = scenes.now();
      const line = scene.line(row);
      const [from, to] = [line.at(0), line.at(row.duration ?? 0)];
      moveTo(zoomFor(to - from, scene.extent), from);
      panel.announce(inView());
    },
    inView,
  };
}
